"""XML documents as rows: each element of one name is a row, what is in it its columns.

Entities and deep nesting are refused: a few bytes of them unfold to gigabytes.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from .errors import FormatError

DEEPEST = 64
ATTRIBUTE = "_"
TEXT = "_value"

Value = Any
"""Text, None for an empty element, a mapping of members, or a list where a name repeats."""


@dataclass(slots=True)
class _Element:
    tag: str
    members: dict[str, Value] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    empty: bool = True

    def value(self) -> Value:
        """What a column has for the element."""
        text = "".join(self.text).strip()
        if not self.members:
            return text or None
        return {**self.members, TEXT: text} if text else self.members

    def add(self, name: str, value: Value) -> None:
        """A member; the second of a name makes a list of them."""
        self.empty = False
        if name not in self.members:
            self.members[name] = value
        elif isinstance(self.members[name], list):
            self.members[name].append(value)
        else:
            self.members[name] = [self.members[name], value]


@dataclass(slots=True)
class _Reader:
    """The state of one reading: the elements that are open, and the rows so far."""

    row_tag: str
    data: bytes
    parser: Any
    open: list[_Element] = field(default_factory=list)
    rows: list[dict[str, Value]] = field(default_factory=list)
    depth: int = 0
    taken: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth = _deeper(self.depth)
        if self.open or tag == self.row_tag:
            members = {ATTRIBUTE + name: value for name, value in attributes.items()}
            self.open.append(_Element(tag, members))

    def text(self, text: str) -> None:
        if self.open:
            self.open[-1].text.append(text)
            self.open[-1].empty = False

    def end(self, _: str) -> None:
        self.depth -= 1
        if not self.open:
            return
        element = self.open.pop()
        if self.open:
            self.open[-1].add(element.tag, element.value())
            return
        self.taken = self.parser.CurrentByteIndex
        # Glue does not read rows that close themselves.
        if not (element.empty and self.data.endswith(b"/>", 0, self.taken)):
            value = element.value()
            self.rows.append(value if isinstance(value, dict) else {TEXT: value})


def rows(data: bytes, row_tag: str, *, whole: bool = True) -> tuple[list[dict[str, Value]], int]:
    """The rows of a document, and the bytes that they take.

    Attributes are members whose names begin with `_`; an element with members besides its text
    has that as `_value`. Data that are not `whole` may end anywhere. Raises FormatError.
    """
    parser = _parser()
    reader = _Reader(row_tag, data, parser)
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    _parse(parser, data, whole=whole)
    return reader.rows, reader.taken


def likely_row_tag(data: bytes, *, whole: bool = True) -> str | None:
    """The commonest name among the elements directly below the root; None if there are none."""
    depth = 0
    seen: Counter[str] = Counter()

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal depth
        if depth == 1:
            seen[tag] += 1
        depth = _deeper(depth)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = _parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    _parse(parser, data, whole=whole)
    return seen.most_common(1)[0][0] if seen else None


def _deeper(depth: int) -> int:
    if depth == DEEPEST:
        raise FormatError(f"its elements lie more than {DEEPEST} levels deep")
    return depth + 1


def _parser() -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: Any) -> None:
        raise FormatError("it declares XML entities, which are refused")

    parser.EntityDeclHandler = refuse
    return parser


def _parse(parser: Any, data: bytes, *, whole: bool) -> None:
    try:
        parser.Parse(data, whole)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise FormatError(f"this is not XML: {error}") from error
