"""The bytes of small objects, which one commit keeps together with the objects that name them.

A file of its own would cost two waits for the disk more. New ones are in memory until a commit has
taken them; those that were used last stay there, so that reading them asks no database.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection

from gluematch.models.catalog import kept_bodies
from gluematch.models.catalog.store import Catalog, Connection

LARGEST = 16 * 2**10
"""Bytes of a body that is small."""

_IN_MEMORY = 16 * 2**20


class Small:
    """Rows of the catalog. Safe to share between threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._new: dict[str, bytes] = {}
        self._used: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._doomed: set[str] = set()

    def add(self, data: bytes) -> str:
        """Bytes that are to be kept, from the next `write` of their name on; that name."""
        name = kept_bodies.new_name()
        with self._lock:
            self._new[name] = data
        return name

    def read(self, name: str) -> bytes:
        """The bytes of a name. Raises KeyError."""
        with self._lock:
            if name in self._new:
                return self._new[name]
            if name in self._used:
                self._used.move_to_end(name)
                return self._used[name]
        with self._catalog.look() as connection:
            data = kept_bodies.find(connection, name)
        with self._lock:
            self._remember(name, data)
        return data

    def write(self, connection: Connection, names: Collection[str]) -> None:
        """Write those of the names that are new."""
        with self._lock:
            new = [(name, self._new[name]) for name in names if name in self._new]
        for name, data in new:
            kept_bodies.add(connection, name, data)

    def written(self, names: Collection[str]) -> None:
        """What `write` wrote of the names is on the disk."""
        with self._lock:
            for name in names:
                if (data := self._new.pop(name, None)) is not None:
                    self._remember(name, data)

    def discard(self, names: Collection[str]) -> None:
        """Have names deleted by whoever writes next: nothing names them, and nobody reads."""
        with self._lock:
            self._doomed.update(names)
            for name in names:
                self._new.pop(name, None)
                self._forget(name)

    def discarded(self) -> Collection[str]:
        """What was discarded, to be deleted by who has asked, or discarded again."""
        with self._lock:
            names, self._doomed = self._doomed, set()
        return names

    def sweep(self, used: Collection[str]) -> None:
        """Delete all that are not `used`."""
        with self._catalog.look() as connection:
            left = kept_bodies.names(connection).difference(used)
        if left:
            with self._catalog.connect() as connection:
                kept_bodies.remove(connection, left)

    def forget(self) -> None:
        """The rows have been emptied."""
        with self._lock:
            self._new.clear()
            self._used.clear()
            self._doomed.clear()
            self._size = 0

    def _remember(self, name: str, data: bytes) -> None:
        self._forget(name)
        self._used[name] = data
        self._size += len(data)
        while self._size > _IN_MEMORY:
            _, oldest = self._used.popitem(last=False)
            self._size -= len(oldest)

    def _forget(self, name: str) -> None:
        if (data := self._used.pop(name, None)) is not None:
            self._size -= len(data)


class OpenBytes:
    """Bytes in memory, read as an open file is."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, start: int, size: int) -> bytes:
        """At most `size` bytes from `start` on."""
        return self._data[start : start + size]

    def close(self) -> None:
        """Nothing is open."""
