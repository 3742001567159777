"""Texts laid end to end, as compiled loops read them."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from .arrays import AnyArray, Longs

TextBuffer = tuple[AnyArray, Longs]
"""Code points, bytes where all are ASCII and else uint32, and where each text starts: (k + 1,)."""


class TextColumn(tuple[str, ...]):
    """The texts of a column, laid end to end once for all who read them so."""

    @cached_property
    def buffer(self) -> TextBuffer:
        """The texts end to end."""
        return _buffer(self)

    def __reduce__(self) -> tuple[type["TextColumn"], tuple[tuple[str, ...]]]:
        return TextColumn, (tuple(self),)

    def truncated(self, most: int) -> Sequence[str]:
        """The first `most` signs of each text."""
        start = self.buffer[1]
        return self if _longest(start) <= most else [text[:most] for text in self]


def to_buffer(texts: Sequence[str]) -> TextBuffer:
    """The texts end to end."""
    return texts.buffer if isinstance(texts, TextColumn) else _buffer(texts)


def _buffer(texts: Sequence[str]) -> TextBuffer:
    start = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=start[1:])
    joined = "".join(texts)
    if joined.isascii():
        return np.frombuffer(joined.encode(), dtype=np.uint8), start
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32), start


def _longest(start: Longs) -> int:
    return int(np.diff(start).max(initial=0))
