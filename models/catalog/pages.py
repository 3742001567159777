"""How much one page of a listing holds: a number of things, and of bytes of their documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE_BYTES = 4 * 2**20
"""A page ends before the thing whose document exceeds it. One thing it has in any case."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Part(Generic[Item]):
    """Things of one page, in the order of the store, and whether more follow them."""

    items: list[Item]
    more: bool


def fitting(sizes: Iterable[int], limit: int) -> tuple[int, bool]:
    """How many things of these sizes, `limit` at most, one page holds, and whether more follow."""
    count = total = 0
    for size in sizes:
        total += size
        if count == limit or (count and total > PAGE_BYTES):
            return count, True
        count += 1
    return count, False
