"""Which format an object has: Glue's built-in classifiers, asked in Glue's order."""

from collections.abc import Callable
from dataclasses import dataclass

from gluematch.models.datasets.delimited import FormatError
from gluematch.models.datasets.footers import PARQUET_MAGIC, parquet_footer, parquet_footer_of
from gluematch.models.datasets.objects import ObjectInfo, ObjectStore

from . import delimited_text, json_text
from .formats import Format, Parquet, Unknown
from .samples import MEGABYTE, SHORT, Sample, sample
from .types import Columns, union

JSON_LIMIT = 10 * MEGABYTE
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Classified:
    """An object, its format and columns, and an estimate of its number of records.

    `reason` says why the format is unknown, when it is.
    """

    info: ObjectInfo
    format: Format
    compression: str
    columns: Columns
    records: int
    reason: str = ""


def classify(store: ObjectStore, info: ObjectInfo) -> Classified:
    """Read the beginning, or the footer, of an object and name its format.

    Raises ObjectStoreError; an object that fits no format is Unknown.
    """
    short = sample(store, info, SHORT)
    if short.data.startswith(PARQUET_MAGIC):
        return _parquet(store, short)
    found = short if short.whole else sample(store, info)
    answer = _text(found)
    if answer is None and _may_be_long_json(found):
        answer = _text(sample(store, info, JSON_LIMIT))
    return answer or _unknown(found)


def _text(found: Sample) -> Classified | None:
    text = found.text
    if text is None:
        return None
    for classifier in TEXT_CLASSIFIERS:
        seen = classifier(text, whole=found.whole)
        if seen is not None:
            form, columns, records, characters = seen
            taken = round(len(found.data) * characters / max(len(text), 1))
            return Classified(
                info=found.info,
                format=form,
                compression=found.compression,
                columns=_nameable(columns),
                records=found.records_in_object(records, taken),
            )
    return None


def _nameable(columns: Columns) -> Columns:
    """The columns whose names the catalog can hold: 1 to 255 characters on one line."""
    return tuple(
        (name, kind)
        for name, kind in columns
        if 1 <= len(name) <= LONGEST_NAME and not any(sign in name for sign in "\r\n\t")
    )


def _may_be_long_json(found: Sample) -> bool:
    """Whether the sample may have ended within the very first JSON value."""
    start = found.data[:SHORT].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return not found.whole and start in {b"{", b"["}


def _parquet(store: ObjectStore, found: Sample) -> Classified:
    info = found.info
    try:
        if found.whole:
            footer = parquet_footer_of(found.data, info.uri)
        else:
            footer = parquet_footer(store, info)
    except FormatError as error:
        return Classified(info, Unknown(), "none", (), 0, str(error))
    columns = union([tuple((name.lower(), kind) for name, kind in footer.columns)])
    return Classified(info, Parquet(), "none", _nameable(columns), footer.rows)


def _unknown(found: Sample) -> Classified:
    reason = "its text is of no known format" if found.text else "it is not UTF-8 text"
    return Classified(found.info, Unknown(), found.compression, (), 0, reason)


Seen = tuple[Format, Columns, int, int]
"""Format, columns, number of records, and how many characters these take."""

TEXT_CLASSIFIERS: tuple[Callable[..., Seen | None], ...] = (
    json_text.classify,
    delimited_text.classify,
)
