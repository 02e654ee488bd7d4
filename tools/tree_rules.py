"""Checks what the compiler does not: layers, banned calls, waits, sizes, headers, words, links, metrics.

Run it from anywhere: `tools/tree_rules.py [ROOT]`. It prints `file:line: rule: text` for each finding
and fails when there is one. The tables come first; an exception is a line in them, with its reason.
"""
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import cpp_source
import source_files
from source_files import is_test

# --- tables ----------------------------------------------------------------------------------

# Module -> what it may include besides itself. The longest matching folder counts. Tests are free.
LAYERS: dict[str, set[str]] = {
    "src/base": set(),
    "src/schema": {"base"},
    "src/model": {"base"},
    "src/policy": {"base", "model"},
    "src/observe": {"base"},
    "src/net": {"base", "observe"},
    "src/connectors": {"base", "model", "policy", "net"},
    "src/declarative": {"base", "model"},
    "src/storage": {"base", "model"},
    "src/shared_state": {"base", "model"},
    "src/shared_state/redis": {"base", "model", "policy", "net", "shared_state"},
    "src/events": {"base", "model"},
    "src/events/zmq": {"base", "model", "net", "events"},
    "src/quota": {"base", "model", "policy", "observe", "shared_state", "storage", "events"},
    "src/auth": {"base", "model", "policy", "observe", "storage"},
    "src/catalogue": {"base", "model", "schema", "declarative", "auth", "storage"},
    "src/gateway": {"base", "schema", "model", "policy", "observe", "net", "auth", "connectors",
                    "quota", "events"},
    "src/admin": {"base", "schema", "model", "policy", "observe", "net", "auth", "storage",
                  "catalogue", "declarative", "quota"},
    "src/app": {"base", "schema", "model", "policy", "observe", "net", "connectors", "declarative", "storage",
                "auth", "catalogue", "gateway", "admin", "quota", "shared_state", "events"},
    "src/main.cpp": {"app"},
    "sim": {"base"},
}
# Where output other than the log may be written.
OUTPUT = ("src/app/*", "src/main.cpp", "sim/main.cpp")


@dataclass(frozen=True)
class Ban:
    """A call that only some files may make. `allowed` are patterns of paths."""
    rule: str
    pattern: str
    advice: str
    allowed: tuple[str, ...] = ()
    in_tests: bool = False  # whether tests may


BANS = (
    Ban("clock", r"\b\w*_clock\s*::\s*now\b|\bclock_type\s*::\s*now\b|\bgettimeofday\s*\(|"
        r"\bclock_gettime\s*\(|(?:\bstd|(?<![\w:]))::time\s*\(",
        "pass a Clock or a time value in", ("src/base/clock.cpp",), in_tests=True),
    Ban("regex", r"\bstd\s*::\s*(?:w|basic_)?regex", "use RE2"),
    Ban("random", r"(?<![\w.>:])(?:std::|::)?s?rand\s*\(|\bstd::random_device\b",
        "use base/random.hpp, or libsodium for keys", ("src/base/random.cpp",)),
    Ban("shell", r"(?<![\w.>:])(?:std::|::)?(?:system|popen)\s*\(", "no shell is started"),
    Ban("output", r"(?<![\w.>:])(?:std::|::)?(?:f?printf|f?puts|putchar)\s*\(|"
        r"\bstd::(?:cout|cerr|clog)\b|\bfmt::print\s*\(", "write to the log", OUTPUT),
    Ban("environment", r"(?<![\w.>:])(?:std::|::)?(?:secure_)?getenv\s*\(|\bsetenv\s*\(",
        "settings are read in app/ and handed down", ("src/app/*", "src/main.cpp"), in_tests=True),
    Ban("sleep", r"\bthis_thread::sleep_\w+|(?<![\w.>:])(?:::)?(?:u|nano)?sleep\s*\(",
        "wait on a timer or an event", ("*_bench.cpp",)),
    Ban("resolver", r"\b(?:getaddrinfo|gethostbyname)(?:_\w+)?\s*\(", "blocks; use net's resolver",
        ("src/net/*resolve*",)),
    Ban("global", r"\bstd::(?:set_terminate|atexit|call_once)\b", "no global state",
        ("src/app/*", "src/main.cpp")),
)

FILE_LINES = 400
FUNCTION_LINES = 70
# Only protocol machines may be longer. Path, or path:function -> reason.
LONGER: dict[str, str] = {}

# Libraries whose headers take seconds to compile stay in .cpp files and private headers.
HEAVY = ("boost/asio", "boost/beast", "boost/json", "yaml-cpp/", "spdlog/", "soci/", "openssl/",
         "prometheus/", "CLI/", "cjose/", "valijson/", "libpq-fe", "sqlite3.h",
         "zmq.hpp")
# `*/detail/*` holds private headers of a module; other modules may not include them. The simulator
# is one program, and nobody includes its headers.
HEAVY_ALLOWED = ("*/detail/*", "sim/*")

WORDS = ("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")
MACHINE_PATHS = r"(?<![\w.~:$}/-])/(?:work|home|root|Users)/[\w.-]"
# File names that say nothing of the role.
VAGUE_NAME = r"(?:^|_)(?:manager|helpers?|utils?|utility|common|misc)(?:_|$)"
# Where each metric of the product is explained.
METRICS_PAGE = PurePosixPath("docs/metrics.md")
TEXT_SUFFIXES = {".cpp", ".hpp", ".py", ".ts", ".tsx", ".js", ".sh", ".md", ".yaml", ".yml",
                 ".cmake", ".txt", ".json", ".html", ".css", ""}
SIZED_SUFFIXES = {".cpp", ".hpp", ".py", ".ts", ".tsx"}


# --- the tree --------------------------------------------------------------------------------

@dataclass(frozen=True)
class Finding:
    path: PurePosixPath
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


class Tree:
    """The files under a root; each is read once."""

    def __init__(self, root: Path):
        self.root = root
        self.paths = list(source_files.walk(root))
        self.cpp = [path for path in self.paths if path.suffix in source_files.CPP_SUFFIXES]
        self._sources: dict[PurePosixPath, str] = {}

    def read(self, path: PurePosixPath) -> str:
        if path not in self._sources:
            self._sources[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._sources[path]


def matches(path: PurePosixPath, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(str(path), pattern) for pattern in patterns)


# --- rules -----------------------------------------------------------------------------------

def layer_of(path: PurePosixPath) -> str | None:
    """The key of LAYERS that a file falls under."""
    fitting = [key for key in LAYERS if path == PurePosixPath(key) or PurePosixPath(key) in path.parents]
    return max(fitting, key=len, default=None)


def layers(tree: Tree) -> Iterator[Finding]:
    """Includes follow the table; connectors do not know each other; `detail` is private."""
    modules = {path.parts[1] for path in tree.cpp if path.parts[0] == "src" and len(path.parts) > 2}
    for path in tree.cpp:
        layer = layer_of(path)
        if layer is None:
            if path.parts[0] == "src":
                yield Finding(path, 1, "layers", "a module that the table LAYERS does not know")
            continue
        own = PurePosixPath(layer).name
        for include in cpp_source.includes(tree.read(path)):
            target = PurePosixPath(include.path)
            module = target.parts[0]
            if not include.quoted or module not in modules or is_test(path):
                continue
            if module != own and module not in LAYERS[layer]:
                yield Finding(path, include.line, "layers", f"{own} may not include {module}")
            elif "detail" in target.parts and module != own:
                yield Finding(path, include.line, "layers", f"{target} is private to {module}")
            elif module == own == "connectors":
                folder, home = PurePosixPath("src") / target.parent, path.parent
                if folder != home and folder not in home.parents:
                    yield Finding(path, include.line, "layers", "a connector may not know another")


def banned_calls(tree: Tree) -> Iterator[Finding]:
    """Calls with hidden inputs or effects appear only where the table BANS allows them."""
    for path in tree.cpp:
        text = cpp_source.code(tree.read(path))
        for ban in BANS:
            if matches(path, ban.allowed) or (ban.in_tests and is_test(path)):
                continue
            for match in re.finditer(ban.pattern, text):
                line = cpp_source.line_of(text, match.start())
                yield Finding(path, line, f"banned {ban.rule}", f"{match[0].strip(' (')}: {ban.advice}")


def co_awaits(tree: Tree) -> Iterator[Finding]:
    """No co_await where g++ 12 makes wrong code of it: see docs/threading.md."""
    for path in tree.cpp:
        source = tree.read(path)
        text = cpp_source.code(source)
        for condition in cpp_source.conditions(source):
            for match in re.finditer(r"\bco_await\b", condition.text):
                line = cpp_source.line_of(text, condition.offset + match.start())
                yield Finding(path, line, "co_await", f"in the condition of `{condition.keyword}`: "
                              "wait first, into a variable")


def sizes(tree: Tree) -> Iterator[Finding]:
    """Files and functions stay short."""
    for path in tree.paths:
        if path.suffix not in SIZED_SUFFIXES:
            continue
        lines = tree.read(path).count("\n")
        if lines > FILE_LINES and str(path) not in LONGER:
            yield Finding(path, lines, "sizes", f"{lines} lines, at most {FILE_LINES}")
    for path in tree.cpp:
        for function in cpp_source.functions(tree.read(path)):
            if function.lines > FUNCTION_LINES and f"{path}:{function.name}" not in LONGER:
                yield Finding(path, function.line, "sizes", f"{function.name} has {function.lines} "
                              f"lines, at most {FUNCTION_LINES}")


def readmes(tree: Tree) -> Iterator[Finding]:
    """Each folder of sources says what it is and what it must never know."""
    folders = {path.parent for path in tree.cpp if path.parts[0] in ("src", "sim", "tests")}
    for folder in sorted(folders - {PurePosixPath("src")}):
        if folder / "README.md" not in tree.paths and folder.name != "detail":
            yield Finding(folder / "README.md", 1, "readmes", "is missing")


def headers(tree: Tree) -> Iterator[Finding]:
    """A header begins with a comment, has `#pragma once`, and is compiled alone by its .cpp file."""
    for path in tree.cpp:
        source = tree.read(path)
        if path.suffix == ".hpp":
            if not source.startswith("//"):
                yield Finding(path, 1, "headers", "the first line says what it is, in a comment")
            if not re.search(r"^#pragma once$", source, re.MULTILINE):
                yield Finding(path, 1, "headers", "lacks #pragma once")
        elif path.with_suffix(".hpp") in tree.paths:
            first = next(cpp_source.includes(source), None)
            if first is None or PurePosixPath(first.path).name != path.stem + ".hpp":
                yield Finding(path, first.line if first else 1, "headers",
                              f"includes {path.stem}.hpp first, which proves that it stands alone")


def heavy_headers(tree: Tree) -> Iterator[Finding]:
    """Slow headers stay out of ours, so that a change compiles in seconds."""
    for path in tree.cpp:
        if path.suffix != ".hpp" or is_test(path) or matches(path, HEAVY_ALLOWED):
            continue
        for include in cpp_source.includes(tree.read(path)):
            if include.path.startswith(HEAVY):
                yield Finding(path, include.line, "heavy headers", f"{include.path} belongs in a .cpp")


def words(tree: Tree) -> Iterator[Finding]:
    """No notes to self, no paths of one machine, no names that say nothing."""
    note = re.compile(rf"\b(?:{'|'.join(WORDS)})\b")
    machine = re.compile(MACHINE_PATHS)
    for path in tree.paths:
        if path.suffix in TEXT_SUFFIXES and path.name != "package-lock.json":
            source = tree.read(path)
            for match in note.finditer(source):
                yield Finding(path, cpp_source.line_of(source, match.start()), "words", match[0])
            for match in machine.finditer(source):
                yield Finding(path, cpp_source.line_of(source, match.start()), "words",
                              f"a path of one machine: {match[0]}")
        if path.suffix in source_files.CPP_SUFFIXES and re.search(VAGUE_NAME, path.stem):
            yield Finding(path, 1, "words", "name it by its role")


def slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def links(tree: Tree) -> Iterator[Finding]:
    """Relative links in Markdown lead somewhere."""
    for path in tree.paths:
        if path.suffix != ".md":
            continue
        fenced = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
        source = fenced.sub(lambda m: cpp_source.blank(m[0]), tree.read(path))
        for match in re.finditer(r"\]\(\s*<?([^)\s>]+)", source):
            target, _, anchor = match[1].partition("#")
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            line = cpp_source.line_of(source, match.start())
            file = tree.root / path.parent / target if target else tree.root / path
            if target.startswith("/") or not file.exists():
                yield Finding(path, line, "links", f"{match[1]} does not exist")
            elif anchor and file.suffix == ".md":
                headings = re.findall(r"^#+\s+(.+?)\s*$", file.read_text(encoding="utf-8"), re.MULTILINE)
                if anchor not in map(slug, headings):
                    yield Finding(path, line, "links", f"{match[1]}: no such heading")


def metrics(tree: Tree) -> Iterator[Finding]:
    """Each metric of src/ is explained, and what is explained is there. A literal that ends in `_`
    is the beginning of several names."""
    page = tree.read(METRICS_PAGE) if METRICS_PAGE in tree.paths else ""
    explained = {match[1]: match.start() for match in re.finditer(r"`(apiforge_\w+)`", page)}
    written: set[str] = set()
    for path in tree.cpp:
        if path.parts[0] != "src" or is_test(path):
            continue
        source = tree.read(path)
        for match in re.finditer(r'"(apiforge_\w+)"', source):
            meant = {name for name in explained
                     if name == match[1] or (match[1].endswith("_") and name.startswith(match[1]))}
            written |= meant
            if not meant:
                yield Finding(path, cpp_source.line_of(source, match.start()), "metrics",
                              f"{match[1]} is not in {METRICS_PAGE}")
    for name in sorted(explained.keys() - written):
        yield Finding(METRICS_PAGE, cpp_source.line_of(page, explained[name]), "metrics",
                      f"{name} is no metric")


RULES: tuple[Callable[[Tree], Iterator[Finding]], ...] = (
    layers, banned_calls, co_awaits, sizes, readmes, headers, heavy_headers, words, links, metrics)


def check(root: Path) -> dict[str, list[Finding]]:
    """The findings of each rule."""
    tree = Tree(root)
    return {rule.__name__: list(rule(tree)) for rule in RULES}


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else source_files.ROOT
    findings = [finding for found in check(root).values() for finding in found]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
