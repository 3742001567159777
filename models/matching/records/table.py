"""Records made ready to compare: every column as codes of distinct spellings, rows that
read the same folded into one entity, columns and entities in an order of their own.

Nothing after this stage can see the order in which rows or columns came.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gluematch.models.matching.kernels.arrays import AnyArray, Doubles, Ints, Longs, no_progress
from gluematch.models.matching.kernels.parallel import parallel_each
from gluematch.models.matching.kernels.size_limits import is_large
from gluematch.models.matching.kernels.text_buffer import TextColumn

from . import text
from .records import Records

_MOST = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One compared column over u entities.

    `codes` (u,) point into `spellings` (sorted, distinct), -1 where missing; `normalised` are
    the spellings without punctuation; `numbers` what they count (days for dates), NaN
    where nothing; `counts` how many entities bear each spelling.
    """

    name: str
    kind: str
    codes: Ints
    spellings: TextColumn
    normalised: TextColumn
    numbers: Doubles
    counts: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """u entities: the distinct rows, sorted by content. `entity` (n,) names each row's."""

    columns: tuple[Column, ...]
    entity: Ints
    size: int


def prepare_table(records: Records) -> Table:
    """Fold `records` into a Table; constant columns stay, they only cannot tell much."""
    names = sorted(range(len(records.names)), key=lambda k: records.names[k])
    large = is_large(len(records))
    columns: dict[int, Column] = {}

    def of_rows(k: int) -> None:
        encoded = encode(records.columns[names[k]], large=large)
        columns[k] = column_of(records.names[names[k]], *encoded)

    parallel_each(len(names), of_rows, alone=False, progress=no_progress, stage="")
    entity = number_distinct([columns[k].codes for k in range(len(names))], len(records))
    size = int(entity.max()) + 1 if len(entity) else 0
    first = np.zeros(size, dtype=np.int64)
    first[entity[::-1]] = np.arange(len(entity) - 1, -1, -1)

    def of_entities(k: int) -> None:
        codes = columns[k].codes[first]
        columns[k] = replace(columns[k], codes=codes, counts=_counts(codes, columns[k].spellings))

    parallel_each(len(names), of_entities, alone=False, progress=no_progress, stage="")
    return Table(tuple(columns[k] for k in range(len(names))), entity, size)


def encode(values: AnyArray, *, large: bool) -> tuple[Ints, list[str]]:
    """Codes into the sorted distinct spellings; an empty text is a missing value."""
    if large and values.dtype == object:
        from .encode_large import encode_texts  # noqa: PLC0415 - loads the compiler

        encoded = encode_texts(values)
        if encoded is not None:
            return encoded
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in {"string", "integer", "floating", "boolean"}:
        values = np.array([_textual(v) for v in values], dtype=object)
    raw, distinct = pd.factorize(values)
    spelled = text.spellings(distinct)
    spellings = sorted({s for s in spelled if s})
    place = {s: k for k, s in enumerate(spellings)}
    to_code = np.array([*(place.get(s, -1) for s in spelled), -1], dtype=np.int32)
    return to_code[raw], spellings


def _textual(value: object) -> str | None:
    if isinstance(value, dict | list | tuple | np.ndarray):
        plain = value.tolist() if isinstance(value, np.ndarray) else value
        return json.dumps(plain, sort_keys=True, default=str, ensure_ascii=False)
    if isinstance(value, float):
        return text.spelling(value)
    return None if value is None else str(value)


def number_distinct(codes: list[Ints], rows: int) -> Ints:
    """Number the distinct rows in the order of their content."""
    entity: Longs = np.zeros(rows, dtype=np.int64)
    span = 1
    for column in codes:
        base = int(column.max(initial=-1)) + 2
        if span * base >= _MOST:
            entity = np.unique(entity, return_inverse=True)[1]
            span = int(entity.max(initial=0)) + 1
        entity = entity * base + column + 1
        span *= base
    return np.unique(entity, return_inverse=True)[1].astype(np.int32)


def column_of(name: str, codes: Ints, spellings: list[str]) -> Column:
    """The column over entities that have these codes into the sorted distinct spellings."""
    numbers, kind = _numbers(spellings)
    spelled = TextColumn(spellings)
    found = text.normalise_all(spelled)
    normalised = spelled if found is spelled else TextColumn(found)
    if kind == "text" and any(" " in s for s in normalised):
        kind = "words"
    return Column(name, kind, codes, spelled, normalised, numbers, _counts(codes, spelled))


def _counts(codes: Ints, spellings: Sequence[str]) -> Ints:
    return np.bincount(codes[codes >= 0], minlength=len(spellings)).astype(np.int32)


def _numbers(spellings: list[str]) -> tuple[Doubles, str]:
    """What the spellings count, and the kind: `day`, `number`, `text`, or `empty`."""
    if not spellings:
        return np.zeros(0), "empty"
    sample = spellings[:: max(1, len(spellings) // 1000)]
    for kind, reader, share in (("day", text.day, 0.9), ("number", text.number, 0.95)):
        found = sum(1 for s in sample if reader(s) == reader(s))
        if found >= share * len(sample):
            return np.array([reader(s) for s in spellings]), kind
    return np.full(len(spellings), np.nan), "text"
