"""A keeper of S3 that is opened, and moto's S3 imported, when there is something to keep."""

import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import kept_objects
from gluematch.models.catalog.store import Catalog
from gluematch.models.scope import Scope

if TYPE_CHECKING:
    from .body import Body
    from .keeper import Keeper


class Lazily:
    """A Keeper, from the first request on that may change S3, or at once where something is
    kept already."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self._catalog, self._folder = catalog, folder
        self._opening = threading.Lock()
        self._keeper: Keeper | None = None
        with catalog.look() as connection:
            kept = any(True for _ in kept_objects.everything(connection))
        if kept:
            self._open()

    def keeping(self, who: Scope, environ: dict[str, Any]) -> AbstractContextManager[None]:
        """As Keeper's."""
        return self._open().keeping(who, environ)

    def reading(self) -> AbstractContextManager[None]:
        """As Keeper's."""
        return nullcontext() if self._keeper is None else self._keeper.reading()

    def receive(self, pieces: Iterable[bytes]) -> "Body":
        """As Keeper's."""
        return self._open().receive(pieces)

    def drop(self, body: "Body") -> None:
        """As Keeper's."""
        self._open().drop(body)

    def forget(self) -> None:
        """As Keeper's."""
        if self._keeper is not None:
            self._keeper.forget()

    def _open(self) -> "Keeper":
        from .keeper import Keeper  # noqa: PLC0415  # imports moto's S3

        with self._opening:
            if self._keeper is None:
                self._keeper = Keeper(self._catalog, self._folder)
            return self._keeper
