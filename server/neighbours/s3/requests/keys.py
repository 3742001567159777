"""Paths of keys with line feeds: moto's routes would not take them."""

from typing import Any

from moto.s3.models import S3Backend

_ANY = f"[{chr(0)}-{chr(0x10FFFF)}]"


def take_all() -> None:
    """Let moto's S3 have routes for all keys, before it has an application."""
    backend: Any = S3Backend
    of_moto = backend.__mro__[1].url_paths.fget

    def url_paths(kind: S3Backend) -> dict[str, Any]:
        return {path.replace(".", _ANY): answer for path, answer in of_moto(kind).items()}

    backend.url_paths = property(url_paths)
