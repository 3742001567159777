"""Large objects of text cut into spans, where records begin: several readers share one object.

A cut is only made where a record surely begins. In JSON that is a line break between `}` and
`{`; in CSV it is any line break, and `is_whole` tells afterwards whether one lay inside quotes.
"""

import csv
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .compression import compression_of, unpacked
from .dialects import BYTE_ORDER_MARK, Dialect, reader_of, rows
from .objects import ObjectInfo, ObjectStore

BEGINNING = 2**20
SOUGHT = 2**18
"""Bytes: how far from where a cut is wanted a record is sought that begins."""

_STARTS: Mapping[str, re.Pattern[bytes]] = {
    "csv": re.compile(rb"\n"),
    "grok": re.compile(rb"\n"),
    "json": re.compile(rb"\}[ \t\r]*\n[ \t\r\n]*(?=\{)"),
}
_END = "end"


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes of an object from `start` up to `stop`, whole records; `head` is the header that
    goes before them, where they do not have it themselves."""

    start: int
    stop: int
    head: bytes = b""

    @property
    def size(self) -> int:
        """In bytes, without the header."""
        return self.stop - self.start


def cut(
    store: ObjectStore, info: ObjectInfo, form: str, dialect: Dialect, most: int
) -> Sequence[Span]:
    """The spans of an object, of about `most` bytes each; none where it is to be read whole."""
    mark = _STARTS.get(form)
    if mark is None or info.size <= most:
        return ()
    beginning = store.read_range(info.uri, 0, BEGINNING)
    if compression_of(beginning) != "none":
        return ()
    head = _header(beginning, dialect) if form == "csv" else b""
    if head is None:
        return ()
    sought = (_start(store, info, mark, at) for at in range(most, info.size, most))
    first = len(BYTE_ORDER_MARK) + len(head)
    cuts = sorted({at for at in sought if at is not None and first < at < info.size})
    if not cuts:
        return ()
    spans = [Span(start, stop, head) for start, stop in pairwise([*cuts, info.size])]
    return [Span(0, cuts[0]), *spans]


def contents(store: ObjectStore, uri: str, span: Span | None) -> bytes:
    """The unpacked bytes of an object, or of a span of it, header first."""
    if span is None:
        return unpacked(store.read(uri))
    return span.head + store.read_range(uri, span.start, span.size)


def is_whole(data: bytes, dialect: Dialect) -> bool:
    """Whether CSV that begins with a record ends with one, no quote being open at its end.

    Where it is so for every span of an object, each of them begins with a record.
    """
    special = [mark.encode() for mark in (dialect.quote, dialect.escape) if mark]
    if not any(mark in data for mark in special):
        return True
    try:
        last = deque(rows(data.decode() + _END, dialect), maxlen=1)
    except (UnicodeDecodeError, csv.Error):
        return False
    return list(last) == [[_END]]


def _start(store: ObjectStore, info: ObjectInfo, mark: re.Pattern[bytes], at: int) -> int | None:
    found = mark.search(store.read_range(info.uri, at, SOUGHT))
    return None if found is None else at + found.end()


def _header(beginning: bytes, dialect: Dialect) -> bytes | None:
    """The bytes of the records that are no data; None where they are too long."""
    lines = beginning.removeprefix(BYTE_ORDER_MARK).splitlines(keepends=True)
    reader = reader_of((line.decode(errors="replace") for line in lines), dialect)
    try:
        for _ in range(dialect.skipped):
            next(reader)
    except (StopIteration, csv.Error):
        return None
    return b"".join(lines[: reader.line_num])
