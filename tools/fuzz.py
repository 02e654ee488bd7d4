"""Runs the libFuzzer targets of build/fuzz: fuzz.py [SECONDS] [TARGET] [--jobs N].

A target `src/<module>/<name>_fuzz.cpp` starts from the seeds in `<name>_fuzz_corpus/` beside it, which
stay as they are; what it finds on the way is kept in build/fuzz/corpus/, and an input that breaks it
in build/fuzz/artifacts/. A dictionary `<name>_fuzz.dict` beside the source is used when it is there.
"""
import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from source_files import ROOT

BUILD = ROOT / "build" / "fuzz"
SECONDS_FOR_ONE_INPUT = 10
MEGABYTES = 2048


@dataclass(frozen=True)
class FuzzResult:
    target: str
    passed: bool
    summary: str
    log: str


def sources() -> dict[str, Path]:
    """Target -> source file."""
    return {path.stem: path for path in sorted((ROOT / "src").rglob("*_fuzz.cpp"))}


def run(source: Path, seconds: int) -> FuzzResult:
    name = source.stem
    program = next((path for path in BUILD.rglob(name) if path.is_file()), None)
    if program is None:
        return FuzzResult(name, False, "was not built", "")
    corpus, artifacts = BUILD / "corpus" / name, BUILD / "artifacts"
    corpus.mkdir(parents=True, exist_ok=True)
    artifacts.mkdir(parents=True, exist_ok=True)
    command = [program, f"-max_total_time={seconds}", f"-timeout={SECONDS_FOR_ONE_INPUT}",
               f"-rss_limit_mb={MEGABYTES}", "-print_final_stats=1",
               f"-artifact_prefix={artifacts}/{name}-"]
    dictionary, seeds = source.with_suffix(".dict"), source.parent / f"{name}_corpus"
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    command.append(corpus)
    if seeds.is_dir():
        command.append(seeds)
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            errors="replace", check=False,
                            env={"UBSAN_OPTIONS": "print_stacktrace=1", **os.environ})
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", result.stdout)
    summary = f"{int(runs[1]):,} runs" if runs else "no statistics"
    if result.returncode != 0:
        error = re.search(r"^SUMMARY: .*|^.*ERROR: .*", result.stdout, re.MULTILINE)
        summary = error[0] if error else f"exit code {result.returncode}"
    return FuzzResult(name, result.returncode == 0, summary, result.stdout)


def run_all(seconds: int, jobs: int, only: str | None = None) -> list[FuzzResult]:
    chosen = [path for name, path in sources().items() if only in (None, name)]
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return list(pool.map(lambda path: run(path, seconds), chosen))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seconds", nargs="?", type=int, default=60)
    parser.add_argument("target", nargs="?", choices=sorted(sources()) or None)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    results = run_all(options.seconds, options.jobs, options.target)
    for result in results:
        print(f"{'ok    ' if result.passed else 'FAILED'} {result.target}: {result.summary}")
        if not result.passed:
            print(result.log[-4000:])
    return 0 if results and all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
