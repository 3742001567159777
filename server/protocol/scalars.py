"""JSON values into the scalar types of the model, and the refusal of those that do not fit.

Wording: AWS's JSON services say `STRING_VALUE can not be converted to an Integer` and `Start of
structure or map found where not expected.`; Glue is assumed to be one of them.
"""

import base64
import binascii
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.model import Shape

from .faults import SerializationException

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANGES = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
_JAVA = {
    "string": "a String",
    "integer": "an Integer",
    "long": "a Long",
    "double": "a Double",
    "float": "a Float",
    "boolean": "a Boolean",
    "timestamp": "a Date",
    "blob": "a Blob",
}


def converter(shape: Shape) -> Callable[[Any, str, Any], Any] | None:
    """The conversion of a scalar shape's values, or None for other shapes.

    Raises SerializationException for a value of another type.
    """
    kind = shape.type_name
    convert = _CONVERSIONS.get(kind)
    if convert is None:
        return None
    sure = convert
    return lambda value, _path, _violations: sure(value, kind)


def mismatch(value: Any, wanted: str) -> SerializationException:
    """The refusal of a JSON value where the model has `wanted`."""
    if isinstance(value, list):
        return SerializationException("Start of list found where not expected")
    if isinstance(value, dict):
        return SerializationException("Start of structure or map found where not expected.")
    if wanted in {"list", "map", "structure"}:
        return SerializationException(f"Expected {wanted} or null")
    return SerializationException(f"{_token(value)} can not be converted to {_JAVA[wanted]}")


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    return "DECIMAL_VALUE" if isinstance(value, float) else "NUMBER_VALUE"


def _string(value: Any, kind: str) -> str:
    if not isinstance(value, str):
        raise mismatch(value, kind)
    return value


def _boolean(value: Any, kind: str) -> bool:
    if not isinstance(value, bool):
        raise mismatch(value, kind)
    return value


def _whole(value: Any, kind: str) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise mismatch(value, kind)
    least, most = _RANGES[kind]
    if not least <= value <= most:
        message = f"Numeric value ({value}) out of range of {'int' if kind == 'integer' else kind}"
        raise SerializationException(message)
    if value != int(value):
        raise mismatch(value, kind)
    return int(value)


def _real(value: Any, kind: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise mismatch(value, kind)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SerializationException(f"Numeric value out of range of {kind}")
    return number


def _timestamp(value: Any, kind: str) -> datetime:
    """Epoch seconds, with or without a fraction: what every SDK sends for JSON 1.1."""
    try:
        return _EPOCH + timedelta(milliseconds=round(_real(value, kind) * 1000))
    except OverflowError:
        raise SerializationException("Numeric value out of range of a Date") from None


def _blob(value: Any, kind: str) -> bytes:
    try:
        return base64.b64decode(_string(value, kind), validate=True)
    except binascii.Error:
        raise SerializationException("The value of a blob is not valid Base64") from None


_CONVERSIONS: dict[str, Callable[[Any, str], Any]] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _whole,
    "long": _whole,
    "double": _real,
    "float": _real,
    "timestamp": _timestamp,
    "blob": _blob,
}
