"""Everything that CI checks, step by step: run_checks.py [all|fast|lint] [--keep-going] [--jobs N].

Each step writes build/logs/<step>.log; its end is shown when the step fails. The run stops at the first
step that fails unless told to keep going. The last line is `N passed, M failed`: test cases, and one
for each fuzz target, tree rule and analysis. The same test under a sanitizer is not counted again
when it passes; a build counts only when it fails.
"""
import argparse
import sys
import time

from check_steps import STEPS, Context, Outcome, Step

TAIL_LINES = 60
SHOWN_FAILURES = 5
SHOWN_LINES = 6
STEPS_OF = {
    "all": [step.name for step in STEPS],
    "fast": ["release-build", "unit-tests", "integration-tests"],
    "lint": ["format", "tree-rules", "clang-tidy"],
}


def show_tail(context: Context, step: Step) -> None:
    log = context.log_file(step.name)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    print(f"--- end of {log.relative_to(context.root)}")
    print("\n".join(lines[-TAIL_LINES:]))
    print("---")


def show_failures(outcome: Outcome) -> None:
    """The failed cases once more, for who sees only the end of what was printed."""
    for failure in outcome.failures[:SHOWN_FAILURES]:
        first, *rest = failure.splitlines()[:SHOWN_LINES]
        print("\n".join([f"    {first}", *(f"      {line}" for line in rest)]))


def run_step(context: Context, step: Step) -> Outcome:
    print(f"{step.name:<18} {step.what} ...", flush=True)
    start = time.monotonic()
    context.begin(step.name)
    try:
        outcome = step.run(context)
    except OSError as error:  # a program that is not installed
        context.write(f"{error}\n")
        outcome = Outcome(0, 1, str(error))
    outcome.seconds = time.monotonic() - start
    verdict = "FAILED" if outcome.failed else "ok"
    print(f"{step.name:<18} {verdict}, {outcome.seconds:.0f} s{outcome.text()}", flush=True)
    if outcome.failed:
        show_tail(context, step)
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=sorted(STEPS_OF), default="all")
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()

    context = Context(jobs=options.jobs)
    chosen = [step for step in STEPS if step.name in STEPS_OF[options.what]]
    outcomes: dict[str, Outcome] = {}
    for step in chosen:
        outcomes[step.name] = run_step(context, step)
        if outcomes[step.name].failed and not options.keep_going:
            break

    print("\nSummary")
    for step in chosen:
        outcome = outcomes.get(step.name)
        if outcome is None:
            print(f"  {step.name:<18} not run")
        else:
            verdict = "FAILED" if outcome.failed else "ok"
            print(f"  {step.name:<18} {verdict:<7} {outcome.seconds:6.0f} s{outcome.text()}")
            show_failures(outcome)
    passed = sum(outcome.passed for outcome in outcomes.values())
    failed = sum(outcome.failed for outcome in outcomes.values())
    print(f"  {'total':<26} {sum(outcome.seconds for outcome in outcomes.values()):6.0f} s\n")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
