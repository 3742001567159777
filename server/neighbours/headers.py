"""Header names with underscores, which WSGI cannot tell from dashes: how moto wants them kept.

S3 treats `x-amz-meta-my_key` and `x-amz-meta-my-key` as two keys. Other underscored headers are
dropped, so that none of them can pose as a header that decides something.
"""

from collections.abc import Iterable
from typing import Any

from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)


def keep_names(environ: dict[str, Any], headers: Iterable[tuple[str, str]]) -> None:
    """Write a request's headers into its WSGI environ again, underscores told from dashes."""
    pairs = list(headers)
    for name, _ in pairs:
        environ.pop(environ_key_for_header(name), None)
    for name, value in pairs:
        if "_" not in name:
            environ[environ_key_for_header(name)] = value
    kept: dict[str, str] = {}
    for name, value in pairs:
        key = environ_key_for_header(name)
        if should_preserve_original_header_name(name) and key not in environ:
            environ[key] = value
            kept[key] = name
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = kept
