"""What tasks read: objects, parts of large ones, and which of them a task gets."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from gluematch.models.datasets.objects import ObjectInfo
from gluematch.models.datasets.spans import Span

LEAST_PART = 8 * 2**20
TASK_BYTES = 64 * 2**20
PLANNERS = 8


@dataclass(frozen=True, slots=True)
class Units:
    """Some row groups of a Parquet object, or stripes of an ORC object, by their numbers; `size`
    in bytes is about their share of the object."""

    numbers: tuple[int, ...]
    size: int


Part = Span | Units


@dataclass(frozen=True, slots=True)
class Piece:
    """An object, or a part of it, and the values of the partition keys that its place gives it."""

    info: ObjectInfo
    values: tuple[str | None, ...] = ()
    part: Part | None = None

    @property
    def size(self) -> int:
        """In bytes, packed as they are."""
        return self.info.size if self.part is None else self.part.size


def parted(
    pieces: Sequence[Piece], tasks: int, parts_of: Callable[[ObjectInfo, int], Sequence[Part]]
) -> list[Piece]:
    """The pieces in their order, large objects in parts, so that `tasks` tasks have work.

    `parts_of` gives an object's parts of at most so many bytes, none where it is read whole.
    """
    most = max(LEAST_PART, min(TASK_BYTES, sum(piece.size for piece in pieces) // max(1, tasks)))

    def parts(piece: Piece) -> Sequence[Piece]:
        found = parts_of(piece.info, most) if piece.size > most else ()
        return [replace(piece, part=part) for part in found] or [piece]

    with ThreadPoolExecutor(PLANNERS) as pool:
        return [part for found in pool.map(parts, pieces) for part in found]


def grouped(pieces: Sequence[Piece], tasks: int) -> list[list[Piece]]:
    """The pieces in their order, neighbours together: about `tasks` groups, more of large data."""
    total = sum(piece.size for piece in pieces)
    most = min(TASK_BYTES, max(1, total // max(1, tasks)))
    groups: list[list[Piece]] = []
    room = 0
    for piece in pieces:
        if not groups or room < piece.size:
            groups.append([])
            room = most
        groups[-1].append(piece)
        room -= piece.size
    return groups
