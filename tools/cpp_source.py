"""Reads C++ just well enough for the tree rules: what is code, and where functions begin and end.

No parser: braces are matched after comments, texts and preprocessor lines are blanked out. That is
exact for the balanced braces that clang-format leaves behind.
"""
import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<raw>\b(?:u8|[uUL])?R"(?P<fence>[^()\\\s]{0,16})\(.*?\)(?P=fence)")
  | (?P<text>"(?:\\.|[^"\\\n])*")
  | (?P<separator>(?<=[0-9a-fA-F])'(?=[0-9a-fA-F]))
  | (?P<character>'(?:\\.|[^'\\\n])+')
    """,
    re.VERBOSE | re.DOTALL)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?P<open>["<])(?P<path>[^">]+)[">]', re.MULTILINE)
# Heads whose braces hold functions.
SCOPE = re.compile(r"\b(?:namespace|class|struct|union|enum)\b|\bextern\s*$")
PARENTHESISED = re.compile(r"\b(?:alignas|__attribute__|requires)\s*\([^)]*\)+")
NEXT_INITIALISER = re.compile(r"\s*(?:,[^{;]*)?\{")
BRACE = re.compile(r"[{}]")
PARENTHESIS = re.compile(r"[()]")
CONDITION = re.compile(r"\b(if|while|for|switch)\b\s*(?:constexpr\s*)?(\()")
NAME = re.compile(r"(~?[A-Za-z_][\w:]*|operator\s*[^\s(]+)\s*\(")


@dataclass(frozen=True)
class Function:
    name: str
    line: int  # of its first line
    lines: int  # from the first line of its head to its closing brace


@dataclass(frozen=True)
class Condition:
    """What is evaluated again and again, or decides: all of a `for` but its initialiser."""
    keyword: str
    text: str
    offset: int  # of the text in the source


@dataclass(frozen=True)
class Include:
    path: str
    line: int
    quoted: bool


def line_of(source: str, offset: int) -> int:
    return source.count("\n", 0, offset) + 1


def blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def without_comments(source: str) -> str:
    """The source with comments blanked; lines and columns stay."""
    return TOKEN.sub(lambda m: blank(m[0]) if m["comment"] else m[0], source)


def code(source: str) -> str:
    """The source with comments and texts blanked; lines and columns stay."""
    return TOKEN.sub(lambda m: m[0] if m["separator"] else blank(m[0]), source)


def includes(source: str) -> Iterator[Include]:
    for match in INCLUDE.finditer(without_comments(source)):
        yield Include(match["path"], line_of(source, match.start("path")), match["open"] == '"')


def functions(source: str) -> Iterator[Function]:
    """Function bodies at namespace or class level; a lambda belongs to its function."""
    text = PREPROCESSOR.sub(lambda m: blank(m[0]), code(source))
    head_start = position = 0
    while position < len(text):
        character = text[position]
        if character in ";}":
            head_start = position = position + 1
        elif character != "{":
            position += 1
        elif _is_scope(head := text[head_start:position]):
            head_start = position = position + 1
        elif "(" not in head or head.count("(") > head.count(")"):
            # An initialiser, or a default argument: the head goes on behind it.
            position = _matching_brace(text, position)
        else:
            end = _end_of_body(text, position)
            yield _function(text, head_start, end, head)
            head_start = position = end


def conditions(source: str) -> Iterator[Condition]:
    """The conditions of branches and loops; a range-based `for` has none."""
    text = code(source)
    for match in CONDITION.finditer(text):
        start = match.end()
        end = _matching_parenthesis(text, match.start(2))
        inside = text[start:end]
        if match[1] == "for":
            if ";" not in inside:
                continue
            start += inside.index(";") + 1
        yield Condition(match[1], text[start:end], start)


def _matching_parenthesis(text: str, open_at: int) -> int:
    """The offset of the parenthesis that closes the one at `open_at`."""
    depth = 0
    for match in PARENTHESIS.finditer(text, open_at):
        depth += 1 if match[0] == "(" else -1
        if depth == 0:
            return match.start()
    return len(text)


def _is_scope(head: str) -> bool:
    return bool(SCOPE.search(head)) and "(" not in PARENTHESISED.sub("", head)


def _end_of_body(text: str, brace: int) -> int:
    """The offset after the body that starts at `brace`, past a constructor's `a_{1}, b_{2} {`."""
    end = _matching_brace(text, brace)
    while following := NEXT_INITIALISER.match(text, end):
        end = _matching_brace(text, following.end() - 1)
    return end


def _matching_brace(text: str, brace: int) -> int:
    depth = 0
    for match in BRACE.finditer(text, brace):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return len(text)


def _function(text: str, head_start: int, end: int, head: str) -> Function:
    # A label such as `public:` may stand before the head.
    head = re.sub(r"^\s*(?:public|private|protected)\s*:", lambda m: blank(m[0]), head)
    start = head_start + len(head) - len(head.lstrip())
    name = NAME.search(head)
    first, last = line_of(text, start), line_of(text, end - 1)
    return Function(name[1] if name else "?", first, last - first + 1)
