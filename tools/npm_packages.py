"""Installs the npm packages of folders that lack them: npm_packages.py FOLDER...

Says one line for each folder that it fills, and nothing for one whose packages are newer than its
list of versions. Packages are unpacked; their scripts do not run.
"""
import subprocess
import sys
from pathlib import Path

COMMAND = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def are_current(folder: Path) -> bool:
    """npm writes the list of what it has installed last of all."""
    installed = folder / "node_modules" / ".package-lock.json"
    wanted = (folder / "package.json", folder / "package-lock.json")
    return installed.exists() and all(
        installed.stat().st_mtime >= file.stat().st_mtime for file in wanted)


def main() -> int:
    for folder in map(Path, sys.argv[1:]):
        if are_current(folder):
            continue
        print(f"Installing the npm packages of {folder}", file=sys.stderr, flush=True)
        code = subprocess.run(COMMAND, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
