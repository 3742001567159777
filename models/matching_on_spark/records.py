"""The rows of a cluster's table made ready: spelled where they are, and told apart by marks of
64 bits of what they say.

Of the rows only what each column says, each distinct value once, and numbers come to the driver.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, Row
from pyspark.sql.types import LongType, StructType

from gluematch.models.datasets.cells import typed
from gluematch.models.matching.kernels.arrays import AnyArray, Ints
from gluematch.models.matching.kernels.parallel import single_core
from gluematch.models.matching.records.records import Records
from gluematch.models.matching.records.remembered_labels import content_hashes
from gluematch.models.matching.records.table import Table, column_of, encode, number_distinct

from .shuffle import Arrays, cached, move_rows

MARK = "gluematch_mark"
"""The column that rows bear while they are matched."""

MATCH_ID, SCORE = "match_id", "match_confidence_score"
"""The columns that matching adds."""


@dataclass(frozen=True, slots=True)
class RecordSource:
    """How rows become records: the names and Hive types of the columns, the key among them."""

    columns: tuple[tuple[str, str], ...]
    primary_key: str

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns that are compared, in order."""
        return tuple(sorted(name for name, _ in self.columns if name != self.primary_key))

    def records(self, rows: pa.Table) -> Records:
        """The rows as the engine takes them; the case of column names does not count."""
        stored = {name.lower(): name for name in rows.column_names}
        frame = pd.DataFrame(
            {name: typed(rows[stored[name.lower()]], kind)[0] for name, kind in self.columns}
        )
        return Records.from_frame(frame, dict(self.columns), self.primary_key)


@dataclass(frozen=True, slots=True, eq=False)
class Entities:
    """The distinct rows as a `Table`, whose `entity` only counts equal rows, and their marks
    (u,) uint64."""

    table: Table
    marks: AnyArray


class HashCollision(ValueError):
    """Two different values of the table have the same mark of 64 bits."""


def with_hashes(frame: DataFrame, reading: RecordSource) -> DataFrame:
    """The rows with the mark of what they say, a column MARK of 64 bits."""
    schema = StructType([*frame.schema.fields]).add(MARK, LongType())
    return frame.mapInArrow(partial(_with_marks, reading), schema)


def read_entities(rows: DataFrame, reading: RecordSource, parts: int) -> Entities:
    """The distinct rows of a `with_hashes` frame. Raises UnlikelyMarks."""
    names = reading.compared
    spelled = rows.mapInArrow(partial(_distinct, reading), "packed binary").rdd
    by_mark = partial(_by_mark, parts)
    whole = cached(
        move_rows(spelled.mapPartitionsWithIndex(_unpacked), by_mark, parts).map(_merged)
    )
    said = move_rows(whole.map(partial(_values, names)), by_mark).map(_each_once)
    spellings, marks = _sorted_by_text(said.values().collect(), len(names))
    known = rows.sparkSession.sparkContext.broadcast(marks)
    coded = whole.map(lambda part: _coded(names, known.value, part[1])).collect()
    whole.unpersist()
    known.destroy()
    return _assembled(names, spellings, coded)


def _marks(records: Records) -> AnyArray:
    total = np.zeros(len(records), dtype=np.uint64)
    for name, values in zip(records.names, records.columns, strict=True):
        codes, spellings = encode(values, large=False)
        total += np.append(content_hashes(name, spellings), np.uint64(0))[codes]
    return total


@single_core
def _with_marks(
    reading: RecordSource, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        marks = _marks(reading.records(pa.Table.from_batches([batch])))
        yield batch.append_column(MARK, pa.array(marks.view(np.int64)))


@single_core
def _distinct(reading: RecordSource, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The distinct rows of a partition, spelled, each with its mark and count, packed in a cell."""
    listed = list(batches)
    nothing = np.zeros(0, dtype=np.uint64)
    found: Arrays = {name: pa.array([], pa.string()) for name in _texts(reading.compared)}
    found |= {"mark": nothing, "count": nothing.astype(np.int64)}
    if listed:
        rows = pa.Table.from_batches(listed)
        records = reading.records(rows)
        mark = rows[MARK].to_numpy().view(np.uint64)
        found["mark"], first, found["count"] = np.unique(
            mark, return_index=True, return_counts=True
        )
        for name, values in zip(records.names, records.columns, strict=True):
            codes, spellings = encode(values[first], large=False)
            missing = codes < 0
            texts = pa.array(spellings, pa.string())
            found[_text(name)] = texts.take(pa.array(codes, pa.int32(), mask=missing))
    yield pa.record_batch({"packed": pa.array([_packed(found)], pa.binary())})


def _packed(arrays: Arrays) -> bytes:
    """Arrays of one length as a stream of Arrow."""
    table = pa.table(arrays)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def _text(name: str) -> str:
    return f"text {name}"


def _texts(names: Iterable[str]) -> list[str]:
    return [_text(name) for name in names]


def _unpacked(number: int, rows: Iterable[Row]) -> Iterator[tuple[int, Arrays]]:
    for row in rows:
        table = pa.ipc.open_stream(row.packed).read_all()
        arrays: Arrays = {name: table[name].combine_chunks() for name in table.column_names}
        numbers = {name: arrays[name].to_numpy() for name in ("mark", "count")}
        yield number, arrays | numbers


def _by_mark(parts: int, _number: int, arrays: Arrays) -> AnyArray:
    return np.asarray(arrays["mark"] % np.uint64(parts), dtype=np.int64)


def _merged(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    """Each distinct row once, with the count of all."""
    number, arrays = part
    mark, first, at = np.unique(arrays["mark"], return_index=True, return_inverse=True)
    count = np.zeros(len(mark), dtype=np.int64)
    np.add.at(count, at, arrays["count"])
    rows = {name: v.take(pa.array(first)) for name, v in arrays.items() if isinstance(v, pa.Array)}
    return number, {**rows, "mark": mark, "count": count}


@single_core
def _values(names: tuple[str, ...], part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    """The distinct values of each column, end to end: which column, the text and its mark."""
    number, arrays = part
    texts = [arrays[_text(name)].unique().drop_null() for name in names]
    marks = [
        content_hashes(name, mine.to_pylist()) for name, mine in zip(names, texts, strict=True)
    ]
    return number, {
        "column": np.repeat(np.arange(len(names)), list(map(len, texts))),
        "text": pa.concat_arrays([pa.array([], pa.string()), *texts]),
        "mark": np.concatenate([np.zeros(0, dtype=np.uint64), *marks]),
    }


def _each_once(part: tuple[int, Arrays]) -> tuple[int, Arrays]:
    number, arrays = part
    seen = pd.DataFrame({"column": arrays["column"], "text": arrays["text"].to_pylist()})
    first = np.flatnonzero(~seen.duplicated().to_numpy())
    text = arrays["text"].take(pa.array(first))
    return number, {
        "column": arrays["column"][first],
        "text": text,
        "mark": arrays["mark"][first],
    }


def _sorted_by_text(
    found: list[Arrays], columns: int
) -> tuple[list[list[str]], list[tuple[AnyArray, Ints]]]:
    """The spellings of each column in order; and the marks of a column in order, with the
    places of their spellings."""
    spellings, marks = [], []
    for k in range(columns):
        text: list[Any] = []
        mark = [np.zeros(0, dtype=np.uint64)]
        for arrays in found:
            mine = arrays["column"] == k
            text += arrays["text"].filter(pa.array(mine)).to_pylist()
            mark.append(arrays["mark"][mine])
        values = np.array(text, dtype=object)
        order = np.argsort(values, kind="stable") if len(values) else np.zeros(0, dtype=np.int64)
        told = np.concatenate(mark)[order]
        place = np.argsort(told).astype(np.int32)
        if (np.diff(told[place]) == 0).any():
            raise HashCollision("two values of one column share a mark: match fewer rows at once")
        spellings.append(values[order].tolist())
        marks.append((told[place], place))
    return spellings, marks


@single_core
def _coded(names: tuple[str, ...], known: list[tuple[AnyArray, Ints]], arrays: Arrays) -> Arrays:
    """Distinct rows as codes (rows, columns), beside their marks and counts."""
    codes = np.full((len(arrays["mark"]), len(names)), -1, dtype=np.int32)
    for k, (name, (marks, place)) in enumerate(zip(names, known, strict=True)):
        held = arrays[_text(name)].dictionary_encode()
        mine = content_hashes(name, held.dictionary.to_pylist())
        code = np.append(place[np.searchsorted(marks, mine)], np.int32(-1)).astype(np.int32)
        codes[:, k] = code[held.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return {"codes": codes, "mark": arrays["mark"], "count": arrays["count"]}


def _assembled(names: tuple[str, ...], spellings: list[list[str]], coded: list[Arrays]) -> Entities:
    codes = np.concatenate([one["codes"] for one in coded])
    mark = np.concatenate([one["mark"] for one in coded])
    count = np.concatenate([one["count"] for one in coded])
    place = number_distinct([codes[:, k] for k in range(len(names))], len(codes))
    size = int(place.max(initial=-1)) + 1
    if size < len(codes):
        raise HashCollision("one row of the table has two marks")
    order = np.argsort(place)
    codes, mark, count = codes[order], mark[order], count[order]
    columns = tuple(
        column_of(name, np.ascontiguousarray(codes[:, k]), spellings[k])
        for k, name in enumerate(names)
    )
    rows = np.repeat(np.arange(size, dtype=np.int32), count)
    return Entities(Table(columns, rows, size), mark)
