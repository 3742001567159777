"""Numbers spread over a cluster in parts, and the exchange of rows between the parts.

A part is one element of an RDD: its number and its columns, arrays of one length. The same
exchange always gives the same arrays, so a part that is lost with its machine is computed again.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
from pyspark import RDD, SparkContext, StorageLevel
from pyspark.serializers import PairDeserializer

from gluematch.models.matching.kernels.arrays import AnyArray, Ints, Longs

Arrays: TypeAlias = dict[str, Any]
"""Columns by name: numpy or Arrow arrays of one length."""

Parts: TypeAlias = RDD[tuple[int, Arrays]]
"""Part k, as the only element of partition k."""

Messages: TypeAlias = RDD[tuple[int, list[tuple[int, Arrays]]]]
"""What each part was sent: by whom, in their order, and what."""

Sending: TypeAlias = Callable[[int, Arrays], Iterable[tuple[int, Arrays]]]
"""What a part sends, and to whom: itself in any case, and to nobody twice."""

_One = TypeVar("_One")
_Other = TypeVar("_Other")


def exchange(parts: Parts, send: Sending, count: int | None = None) -> Messages:
    """What `send` makes of each part, where it was sent to: in as many parts, or in `count`."""
    count = count or parts.getNumPartitions()

    def sending(part: tuple[int, Arrays]) -> Iterator[tuple[int, tuple[int, Arrays]]]:
        for target, arrays in send(*part):
            yield target, (part[0], arrays)

    def received(
        number: int, messages: Iterable[tuple[int, tuple[int, Arrays]]]
    ) -> Iterator[tuple[int, list[tuple[int, Arrays]]]]:
        yield number, sorted((what for _, what in messages), key=lambda what: what[0])

    moved = parts.flatMap(sending).partitionBy(count, int)
    return moved.mapPartitionsWithIndex(received)


def move_rows(
    parts: Parts, target: Callable[[int, Arrays], AnyArray], count: int | None = None
) -> Parts:
    """Every row in the part that `target` (rows,) names, by the order of where it was: in as
    many parts, or in `count`."""
    most = count or parts.getNumPartitions()

    def send(number: int, arrays: Arrays) -> Iterator[tuple[int, Arrays]]:
        return split(arrays, target(number, arrays), most, None if count else number)

    return exchange(parts, send, most).map(
        lambda part: (part[0], concatenate_parts(what for _, what in part[1]))
    )


def split(
    arrays: Arrays, target: AnyArray, count: int, home: int | None = None
) -> Iterator[tuple[int, Arrays]]:
    """The rows by their target, below `count`; for `home`, or for all if there is none, even if
    there are no rows."""
    order = np.argsort(target, kind="stable")
    edges = np.searchsorted(target[order], np.arange(count + 1))
    for k in range(count):
        if home is None or k == home or edges[k] < edges[k + 1]:
            yield k, take(arrays, order[edges[k] : edges[k + 1]])


def take(arrays: Arrays, rows: AnyArray) -> Arrays:
    """Some of the rows: by their places, or by a flag for each."""
    places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
    return {
        name: values.take(pa.array(places)) if isinstance(values, pa.Array) else values[places]
        for name, values in arrays.items()
    }


def concatenate_parts(several: Iterable[Arrays]) -> Arrays:
    """The rows of several arrays of the same names; there is at least one."""
    listed = list(several)
    return {
        name: pa.concat_arrays([one[name] for one in listed])
        if isinstance(values, pa.Array)
        else np.concatenate([one[name] for one in listed])
        for name, values in listed[0].items()
    }


def merge_columns(one: Parts, other: Parts) -> Parts:
    """The columns of both, part by part; those of `other` where both have one."""
    return zip_parts(one, other).map(lambda two: (two[0][0], two[0][1] | two[1][1]))


def zip_parts(one: "RDD[_One]", other: "RDD[_Other]") -> "RDD[tuple[_One, _Other]]":
    """The only elements of each partition of both, two by two.

    `RDD.zip` has a Python worker for either side write its elements anew, in batches of one size;
    here every batch has one element as it is.
    """
    both = (one._jrdd_deserializer, other._jrdd_deserializer)
    pairs = PairDeserializer(*both)  # type: ignore[no-untyped-call]  # pyspark leaves it untyped
    return RDD(one._jrdd.zip(other._jrdd), one.ctx, pairs)


def cached(parts: "RDD[_One]") -> "RDD[_One]":
    """The parts, computed now and held on the disks of the machines that computed them.

    What asks for parts that are still to be computed has another Python worker do it beside its
    own, and every worker holds what was broadcast: so one step is done before the next begins.
    """
    held = parts.persist(StorageLevel.DISK_ONLY)
    held._jrdd.count()
    return held


@contextmanager
def release_cached(context: SparkContext) -> Iterator[None]:
    """What is kept inside the block is given up at its end."""
    before = set(context._jsc.getPersistentRDDs().keySet())
    try:
        yield
    finally:
        for number, held in dict(context._jsc.getPersistentRDDs()).items():
            if number not in before:
                held.unpersist()


def part_of(edges: Longs, entities: Ints | Longs) -> Longs:
    """The part that each entity belongs to, of parts from edges[k] to edges[k + 1]."""
    return np.searchsorted(edges, entities, side="right") - 1
