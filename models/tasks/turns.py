"""Which run begins next: every account gets its turn, however much another has put in the queue."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import zip_longest

from .work import Kind, Work

Entry = tuple[Kind, Work]


def in_turn(waiting: Iterable[Sequence[Entry]], going_on: Iterable[Entry]) -> Iterator[Entry]:
    """The waiting runs of each kind, oldest first, in the order in which they should begin.

    Who has the fewest runs that go on comes first, then who has waited longest; kinds that have
    places of their own are counted by themselves.
    """
    running = Counter(map(_place, going_on))
    queues: dict[tuple[Kind | None, str], deque[Entry]] = {}
    for turn in zip_longest(*waiting):
        for entry in turn:
            if entry is not None:
                queues.setdefault(_place(entry), deque()).append(entry)
    order = [(running[place], number, place) for number, place in enumerate(queues)]
    heap = [(runs, number) for runs, number, _ in order]
    places = [place for *_, place in order]
    heapify(heap)
    while heap:
        runs, number = heappop(heap)
        queue = queues[places[number]]
        yield queue.popleft()
        if queue:
            heappush(heap, (runs + 1, number))


def has_room(entry: Entry, going_on: Iterable[Entry], slots: int) -> bool:
    """Whether a run may begin beside those that go on.

    `slots` is the number of places for all kinds that have none of their own. While one account has
    all the places, there is one more for another account.
    """
    kind, work = entry
    places = slots if kind.slots is None else kind.slots
    accounts = [other.scope.account for one, other in going_on if _shares(one, kind)]
    if len(accounts) == places:
        return len({*accounts}) == 1 and work.scope.account not in accounts
    return len(accounts) < places


def _shares(one: Kind, other: Kind) -> bool:
    """Whether the runs of two kinds take the same places."""
    return one is other or (one.slots is None and other.slots is None)


def _place(entry: Entry) -> tuple[Kind | None, str]:
    """Where a run's account is counted: among the runs with which it shares places."""
    kind, work = entry
    return None if kind.slots is None else kind, work.scope.account
