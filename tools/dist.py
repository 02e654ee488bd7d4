"""Builds build/dist/apiforge, the binary that is shipped: compiled by a profile of a load, and linked
as one program (docs/adr/0018).

It is compiled twice: with counters, which calls through the gateway fill, and then by what they hold.
"""
import argparse
import os
import subprocess
import sys
from pathlib import Path

import source_files

ROOT = source_files.ROOT
BUILD = ROOT / "build" / "dist"
# What is worth being fast: small and larger calls, with and without key, limits and TLS.
TRAINING = [("get_small", ("apiforge", "apiforge key", "apiforge limits")), ("post_4k", ("apiforge key",)),
            ("tls_small", ("apiforge key",))]
TRAINING_SECONDS = 3


def run(*command: str | Path, environment: dict[str, str] | None = None) -> None:
    log = BUILD.parent / "dist.log"
    with log.open("ab") as output:
        done = subprocess.run([str(word) for word in command], cwd=ROOT, check=False,
                              env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                              stdout=output, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"{command[0]} failed; see {log}")


def compile_with(profile: str, jobs: int) -> None:
    run("cmake", "--preset", "dist", "-D", f"APIFORGE_PROFILE={profile}")
    run("ninja", "-C", BUILD, "-j", str(jobs), "apiforge")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    jobs = parser.parse_args().jobs
    BUILD.mkdir(parents=True, exist_ok=True)
    for counters in BUILD.rglob("*.gcda"):
        counters.unlink()
    compile_with("generate", jobs)
    for load, peers in TRAINING:
        choices = [word for peer in peers for word in ("--peer", peer)]
        run(sys.executable, "bench/run.py", "--rounds", "1", "--seconds", str(TRAINING_SECONDS), "--load",
            load, *choices, "--output", BUILD / "training",
            environment={"APIFORGE_BINARY": str(BUILD / "apiforge")})
    compile_with("use", jobs)


if __name__ == "__main__":
    main()
