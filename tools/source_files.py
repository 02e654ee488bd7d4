"""Which files are ours: the walk that every tool of this folder uses.

As a command it prints the C++ files: `source_files.py [--null]`.
"""
import os
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
SKIPPED_FOLDERS = {".git", "build", "data", "logs", "node_modules", "__pycache__", "dist",
                   "coverage", ".vite", ".cache"}
CPP_SUFFIXES = {".cpp", ".hpp"}


def walk(root: Path = ROOT) -> Iterator[PurePosixPath]:
    """All files of the tree, relative to `root`, in a stable order."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        for name in sorted(files):
            yield PurePosixPath((Path(folder) / name).relative_to(root).as_posix())


def cpp_files(root: Path = ROOT) -> list[PurePosixPath]:
    return [path for path in walk(root) if path.suffix in CPP_SUFFIXES]


def is_test(path: PurePosixPath) -> bool:
    """Tests, their fixtures, fuzz targets and benchmarks: code that does not ship."""
    return path.parts[0] in ("tests", "bench") or path.stem.endswith(
        ("_test", "_fixture", "_fuzz", "_bench"))


def main() -> None:
    end = "\0" if "--null" in sys.argv[1:] else "\n"
    sys.stdout.write("".join(f"{path}{end}" for path in cpp_files()))


if __name__ == "__main__":
    main()
