"""Amazon Ion, text and binary: its values as plain Python ones."""

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from amazon.ion import simpleion
from amazon.ion.exceptions import IonException

from .errors import FormatError

BINARY = b"\xe0\x01\x00\xea"
BOOL = 1


def values(data: bytes) -> Iterator[Any]:
    """The values at the top, as far as they go. Raises FormatError where they stop to be Ion.

    Symbols are text; clobs, like blobs, are bytes.
    """
    try:
        for value in _read(data):
            yield _plain(value)
    except (IonException, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise FormatError("this is not ion") from error


def _read(data: bytes) -> Iterator[Any]:
    """The reader in C kills or stalls the process at text that is no UTF-8, and at odd binary."""
    if data.startswith(BINARY):
        return iter(
            simpleion.load_python(io.BytesIO(data), single_value=False, parse_eagerly=False)
        )
    data.decode()
    return iter(simpleion.load(io.BytesIO(data), single_value=False, parse_eagerly=False))


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
