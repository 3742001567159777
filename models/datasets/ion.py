"""Amazon Ion, text and binary: its values as plain Python ones."""

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from amazon.ion import simpleion
from amazon.ion.exceptions import IonException

from .delimited import FormatError

BINARY = b"\xe0\x01\x00\xea"
BOOL = 1


def values(data: bytes) -> Iterator[Any]:
    """The values at the top, as far as they go. Raises FormatError where they stop to be Ion.

    Symbols are text; clobs, like blobs, are bytes.
    """
    try:
        for value in simpleion.load(io.BytesIO(data), single_value=False, parse_eagerly=False):
            yield _plain(value)
    except (IonException, ValueError, OverflowError, RecursionError) as error:
        raise FormatError(f"this is not ion: {error}") from error


def _plain(value: Any) -> Any:
    kind = getattr(value, "ion_type", None)
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, Decimal | datetime | float):
        return value
    if isinstance(value, int):
        return bool(value) if kind is not None and int(kind) == BOOL else int(value)
    return getattr(value, "text", None)  # a symbol, or null
