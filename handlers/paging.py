"""Pages of long answers: how many things at a time, and the NextToken that goes on after them.

A token holds the key of the last thing shown, never an offset, so that paging ends and skips
nothing that stays, whatever is written meanwhile. It fits only the query it came from.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gluematch.models.catalog.pages import Part, fitting
from gluematch.models.errors import GlueError, InvalidInputException

DEFAULT_SIZE = 100
APART = ("NextToken", "MaxResults")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page starts (`after` a key, or at the beginning) and how much it holds."""

    query: str
    after: Any
    size: int

    @property
    def probe(self) -> int:
        """How many things to ask the store for: one more than fits shows that more follow."""
        return self.size + 1


@dataclass(frozen=True, slots=True)
class Cut(Generic[Item]):
    """The things of one page, and the token of the next page if there is one."""

    items: list[Item]
    next_token: str | None


def start(
    operation: str,
    request: Mapping[str, Any],
    *,
    refusal: type[GlueError] = InvalidInputException,
) -> Page:
    """The page that `request` asks for. A token that is not of this query raises `refusal`."""
    query = _digest(operation, {k: v for k, v in request.items() if k not in APART})
    after = None
    if token := request.get("NextToken"):
        after = _key_of(token, query)
        if after is None:
            raise refusal("The NextToken is not one that this request was answered with.")
    return Page(query, after, request.get("MaxResults") or DEFAULT_SIZE)


def cut(page: Page, found: Sequence[Item], key: Callable[[Item], Any]) -> Cut[Item]:
    """The page's share of `found`, which the store gave in the order of `key` by `page.probe`."""
    items = list(found[: page.size])
    more = len(found) > page.size
    return Cut(items, _token(page.query, key(items[-1])) if more else None)


def part(page: Page, found: Part[Item], key: Callable[[Item], Any]) -> Cut[Item]:
    """The page of things that the store gave as far as one page holds them, by `page.size`."""
    return Cut(found.items, _token(page.query, key(found.items[-1])) if found.more else None)


def listed(
    page: Page,
    everything: Iterable[Item],
    key: Callable[[Item], Sequence[str | int | float]],
    *,
    descending: bool = False,
    size: Callable[[Item], int] | None = None,
) -> Cut[Item]:
    """The page's share of a short list in memory, which is sorted by `key` here.

    `key` gives a sequence of JSON values, unique to each item. With a `size` of each item in bytes
    the page holds no more than `pages.PAGE_BYTES`.
    """
    keyed = sorted(((list(key(item)), item) for item in everything), key=_first, reverse=descending)
    if page.after is not None:
        keyed = [
            pair for pair in keyed if (pair[0] < page.after if descending else pair[0] > page.after)
        ]
    items = [item for _, item in keyed]
    if size is not None:
        count, more = fitting(map(size, items[: page.probe]), page.size)
        return part(page, Part(items[:count], more), lambda item: list(key(item)))
    return cut(page, items, lambda item: list(key(item)))


def _first(pair: tuple[list[str | int | float], object]) -> list[str | int | float]:
    return pair[0]


def _digest(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _token(query: str, key: Any) -> str:
    text = json.dumps([_digest(query, key), key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def _key_of(token: str, query: str) -> Any:
    """The key in a token, or None if it is not one of `query`."""
    try:
        proof, key = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError, RecursionError):
        return None
    return key if proof == _digest(query, key) else None
