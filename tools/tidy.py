"""What clang-tidy reads: the sources of the unity build, several in one file.

Much of an analysis is its headers. The files that CMake's unity build includes are written one
after the other here, since the path-sensitive checks look into the main file only.
"""
import json
import re
from pathlib import Path

INCLUDED_SOURCE = re.compile(r'^#include "([^"]+\.cpp)"$', re.MULTILINE)
LINE_MARK = re.compile(r'^#line 1 "([^"]+)"$')


def sources_of(file: Path) -> list[Path]:
    """The sources that this file of the unity build includes, or itself."""
    if file.suffix != ".cxx":
        return [file]
    return [Path(path) for path in INCLUDED_SOURCE.findall(file.read_text(encoding="utf-8"))]


def joined(sources: list[Path]) -> str:
    """One text, whose findings have the names and lines of the sources."""
    return "".join(f'#line 1 "{source}"\n{source.read_text(encoding="utf-8")}\n' for source in sources)


def write_units(build: Path, root: Path, folders: tuple[str, ...], is_test) -> Path:
    """The folder with a compile_commands.json of what to analyse: the given folders without tests."""
    units = build / "units"
    units.mkdir(exist_ok=True)
    commands = []
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        sources = [path for path in sources_of(Path(entry["file"])) if path.suffix == ".cpp"]
        wanted = [path for path in sources if path.is_relative_to(root)
                  and not is_test(path.relative_to(root))
                  and str(path.relative_to(root)).startswith(folders)]
        if not wanted:
            continue
        unit = units / f"{len(commands)}.cpp"
        unit.write_text(joined(wanted), encoding="utf-8")
        commands.append({"directory": entry["directory"], "file": str(unit),
                         "command": entry["command"].replace(entry["file"], str(unit))})
    (units / "compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")
    return units


def with_sources(text: str, units: Path) -> str:
    """What clang-tidy wrote, with the names and lines of the sources in place of those of the units."""
    def named(place: re.Match) -> str:
        source, first = "", 0
        lines = (units / place["unit"]).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines[:int(place["line"])], 1):
            if start := LINE_MARK.match(line):
                source, first = start[1], number
        return f"{source}:{int(place['line']) - first}"
    return re.sub(re.escape(f"{units}/") + r"(?P<unit>\d+\.cpp):(?P<line>\d+)", named, text)
