"""How a cell's text is made comparable: one spelling, words, character trigrams, numbers, days."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from typing import cast

import numpy as np

from gluematch.models.matching.kernels.arrays import AnyArray

LONGEST = 2_000
_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[\W_]+")
_UNEVEN = re.compile(r"\s\s+|[^\S ]")
_OTHER_SPACES = [chr(k) for k in range(128) if chr(k).isspace() and chr(k) != " "]
_MARK = "\0"
_AT_ONCE = 4_096
"""So many texts stay in the cache while one after another is looked at, joined and let go."""
_TO_SPACE = {k: " " for k in range(1, 128) if _NOT_WORD.match(chr(k))}
_NUMBER = re.compile(
    r"^[^\w+\-.]?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?:%|[a-z]{1,3}|\W)?$"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
_DAY = re.compile(r"^(\d{4})\D?(\d{1,2})\D?(\d{1,2})(?:[t\s].*)?$")
_DAY_LAST = re.compile(r"^(\d{1,2})\D(\d{1,2})\D(\d{4})(?:[t\s].*)?$")


def spelling(value: object) -> str:
    """The text by which a value is known: case, accents and runs of space do not count."""
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    else:
        text = str(value)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} {hashlib.sha256(text.encode(errors='replace')).hexdigest()[:16]}"
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    return _SPACES.sub(" ", text.casefold()).strip()


def spellings(values: Iterable[object]) -> list[str]:
    """`spelling` of every value, the plain ones all at once."""
    listed = list(values)
    if not all(type(v) is str for v in listed):
        return [spelling(v) for v in listed]
    texts = cast("list[str]", listed)
    joined = joined_spellings(texts)
    if joined is None or (texts and max(map(len, texts)) > LONGEST):
        return [spelling(t) for t in texts]
    return joined.split(_MARK) if texts else []


def join_texts(texts: Sequence[object] | AnyArray) -> str | None:
    """Plain texts with NUL between them, None as an empty one; None if other values are among
    them, or signs that are not ASCII."""
    buffer = []
    try:
        for start in range(0, len(texts), _AT_ONCE):
            here = texts[start : start + _AT_ONCE]
            values = here.tolist() if isinstance(here, np.ndarray) else here
            buffer.append(_MARK.join(["" if t is None else t for t in values]))  # type: ignore[misc]
    except TypeError:
        return None
    joined = _MARK.join(buffer)
    if not joined.isascii() or joined.count(_MARK) >= max(len(texts), 1):
        return None
    return joined


def joined_spellings(texts: Sequence[object] | AnyArray) -> str | None:
    """The spellings of plain texts with NUL between them, as `join_texts` gives them."""
    joined = join_texts(texts)
    return None if joined is None else _stripped(_even(joined.lower()))


def normalise_all(texts: Sequence[str]) -> Sequence[str]:
    """`normalise` of every spelling, the plain ones all at once: `texts` itself where none has
    punctuation."""
    joined = _MARK.join(texts)
    if not texts or not joined.isascii() or joined.count(_MARK) >= len(texts):
        return [normalise(t) for t in texts]
    spaced = joined.translate(_TO_SPACE)
    if spaced == joined:
        return texts
    found = _stripped(_even(spaced)).split(_MARK)
    # most values have no punctuation: they need no second copy
    return [t if not words or words == t else words for words, t in zip(found, texts, strict=True)]


def _even(joined: str) -> str:
    """The texts, in ASCII, with one space for each run of space. Most have none other: to look
    for some takes a small part of the time that replacing takes."""
    if "  " in joined or any(sign in joined for sign in _OTHER_SPACES):
        return _UNEVEN.sub(" ", joined)
    return joined


def _stripped(joined: str) -> str:
    """The marked texts without the space before or behind each."""
    return joined.replace(f" {_MARK}", _MARK).replace(f"{_MARK} ", _MARK).strip(" ")


def normalise(text: str) -> str:
    """A spelling without punctuation; the spelling itself where nothing else is in it."""
    return _NOT_WORD.sub(" ", text).strip() or text


def words(text: str) -> list[str]:
    """The words of a bare text, in order."""
    return text.split()


def trigrams(text: str) -> set[str]:
    """The character trigrams of a bare text's words, each word framed by spaces."""
    grams: set[str] = set()
    for word in text.split():
        framed = f" {word} "
        grams.update(framed[k : k + 3] for k in range(len(framed) - 2))
    return grams


def number(text: str) -> float:
    """The number that a spelling writes, units and thousands signs aside; NaN if none."""
    if text.isdigit() and text.isascii() and len(text) < 300:
        return float(text)
    match = _NUMBER.match(_THOUSANDS.sub("", text))
    if not match:
        return float("nan")
    value = float(match.group(1))
    return value if abs(value) < 1e300 else float("nan")


def day(text: str) -> float:
    """The day that a spelling writes, counted from year 1; NaN if it writes none."""
    if match := _DAY.match(text):
        year, month, dom = (int(g) for g in match.groups())
    elif match := _DAY_LAST.match(text):
        month, dom, year = (int(g) for g in match.groups())
        if month > 12:
            month, dom = dom, month
    else:
        return float("nan")
    if not 1800 <= year <= 2200:
        return float("nan")
    try:
        return float(date(year, month, dom).toordinal())
    except ValueError:
        return float("nan")
