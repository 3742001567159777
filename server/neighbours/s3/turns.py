"""Whose turn it is to change S3: requests for one key come one after another.

Moto reads what a key has, then writes what it shall have. Two requests at once would each write
without the other's version, or into a bucket that the other has just deleted.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote

_STRIPES = 64


class Turns:
    """Changes of a key exclude each other; those of a bucket or of many keys exclude all."""

    def __init__(self) -> None:
        self._keys = [threading.Lock() for _ in range(_STRIPES)]
        self._change = threading.Condition()
        self._going, self._waiting, self._alone = 0, 0, False

    @contextmanager
    def taken(self, environ: dict[str, Any]) -> Iterator[None]:
        """Do a request's work in the block, when it is its turn."""
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        asked = parse_qs(query, keep_blank_values=True)
        if path.strip("/").count("/") == 0 or "delete" in asked:
            with self._by_itself():
                yield
        elif "partNumber" in asked:  # parts of one upload come at once, as clients send them
            with self._with_others():
                yield
        else:
            # A bucket is named in the path or in the host: a key always ends the path.
            stripe = hash(path.rsplit("/", 1)[-1]) % _STRIPES
            with self._with_others(), self._keys[stripe]:
                yield

    @contextmanager
    def _with_others(self) -> Iterator[None]:
        with self._change:
            self._change.wait_for(lambda: not self._alone and not self._waiting)
            self._going += 1
        try:
            yield
        finally:
            with self._change:
                self._going -= 1
                self._change.notify_all()

    @contextmanager
    def _by_itself(self) -> Iterator[None]:
        with self._change:
            self._waiting += 1
            self._change.wait_for(lambda: not self._alone and not self._going)
            self._waiting -= 1
            self._alone = True
        try:
            yield
        finally:
            with self._change:
                self._alone = False
                self._change.notify_all()


def copied(environ: dict[str, Any]) -> frozenset[tuple[str, str]]:
    """Bucket and key that a request copies from, unless it may copy the object onto itself.

    It has no turn there: what it has seen may be half of what another request is doing.
    """
    source = unquote(environ.get("HTTP_X_AMZ_COPY_SOURCE", "").partition("?")[0])
    bucket, _, key = source.lstrip("/").partition("/")
    onto_itself = environ.get("PATH_INFO", "").endswith(f"/{key}")
    return frozenset() if onto_itself or not key else frozenset({(bucket, key)})
