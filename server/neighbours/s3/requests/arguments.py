"""Parameters of the query and headers: what botocore's model says of them, and S3's own limits."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.model import Shape

from .actions import GRANTS, source_of
from .operations import POST_OBJECT, Called
from .refusals import Refused, invalid_argument, not_implemented

LONGEST_KEY = 1024
"""Bytes of an object's name."""

MOST_METADATA = 2 * 2**10
"""Bytes of the names and values of an object's own metadata."""

_OWN = "x-amz-meta-"
_MAKES_OBJECTS = {"PutObject", "CopyObject", "CreateMultipartUpload", POST_OBJECT}
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NEGATIVE = re.compile(r"-[0-9]{1,9}")
_LARGEST = {"integer": 2**31 - 1, "long": 2**63 - 1}
_RANGES = re.compile(r"bytes=([0-9]+-[0-9]*|-[0-9]+)([ ]*,[ ]*([0-9]+-[0-9]*|-[0-9]+))*")
_RANGE = re.compile(r"(?:bytes=)?([0-9]{1,15})-([0-9]{1,15})")
_GRANT = re.compile(r'\s*[A-Za-z]+\s*=\s*("[^",]+"|[^",\s]+)\s*')
_ELSEWHERE = {
    "content-length",
    "content-md5",
    "expires",  # any text: objects keep it as it is
    "x-amz-checksum-mode",  # AWS's SDK for C++ sends "enabled", which S3 takes
    "x-amz-checksum-algorithm",  # these are compared with each other and with the body
    "x-amz-checksum-type",
    "x-amz-mp-object-size",
    "x-amz-sdk-checksum-algorithm",
}
"""Headers that are read with more care than here."""

_MESSAGES = {
    "encoding-type": "Invalid Encoding Method specified in Request",
    "partNumber": "Part number must be an integer between 1 and 10000, inclusive",
    "x-amz-metadata-directive": "Unknown metadata directive.",
    "x-amz-object-attributes": "Invalid attribute name specified.",
    "x-amz-object-lock-legal-hold": "Legal Hold must be either of 'ON' or 'OFF'",
    "x-amz-object-lock-mode": "Unknown wormMode directive.",
    "x-amz-object-lock-retain-until-date": (
        "The retain until date must be provided in ISO 8601 format"
    ),
    "x-amz-server-side-encryption": "The encryption method specified is not supported",
    "x-amz-tagging-directive": "Unknown tagging directive.",
}
_ONLY_IF = {"if-modified-since", "if-unmodified-since"}
"""Conditions that HTTP has a server ignore where they are no dates (RFC 9110, 13.1.3)."""


def check(called: Called, headers: Mapping[str, str], key: str | None) -> None:
    """Raise Refused unless the parameters, the headers and the key are what S3 takes.

    Names of headers are in lower case.
    """
    for name, shape, value in _given(called, headers):
        if called.name == "UploadPart" and name == "partNumber" and _NEGATIVE.fullmatch(value):
            continue  # moto finds no such upload
        if not _fits(shape, value) or (name == "partNumber" and not 1 <= int(value) <= 10_000):
            raise _refused(name, value, shape)
    _check_copy(headers)
    _check_grants(headers)
    if called.name in _MAKES_OBJECTS:
        _check_key(key or "")
        _check_metadata(headers)


def ignored(headers: Mapping[str, str]) -> list[str]:
    """The headers that count as not sent."""
    found = [name for name in _ONLY_IF if name in headers and not _is_http_date(headers[name])]
    return [*found, "range"] if not _RANGES.fullmatch(headers.get("range", "bytes=0-")) else found


def _given(called: Called, headers: Mapping[str, str]) -> Iterator[tuple[str, Shape, str]]:
    """What was sent of the operation's members: name, shape, value."""
    shape = None if called.model is None else called.model.input_shape
    for member in () if shape is None else shape.members.values():
        place, name = member.serialization.get("location"), member.serialization.get("name", "")
        if place == "querystring":
            yield from ((name, member, value) for value in called.query.get(name, ()))
        elif place == "header" and name.lower() not in _ELSEWHERE and name.lower() in headers:
            yield name.lower(), member, headers[name.lower()]


def _fits(shape: Any, value: str) -> bool:
    kind = shape.type_name
    if kind in _LARGEST:
        return _INTEGER.fullmatch(value) is not None and 0 <= int(value) <= _LARGEST[kind]
    if kind == "boolean":
        return value.lower() in {"true", "false"}
    if kind == "timestamp":
        return not _is_iso(shape) or _is_date(value)
    if kind == "list":
        return all(_fits(shape.member, each.strip()) for each in value.split(","))
    words = getattr(shape, "enum", ())  # only texts have it
    return not words or value in words


def _is_iso(shape: Any) -> bool:
    return bool(shape.serialization.get("timestampFormat") == "iso8601")


def _is_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_http_date(value: str) -> bool:
    try:
        datetime.strptime(value, "%a, %d %b %Y %H:%M:%S GMT")  # noqa: DTZ007  # GMT it says
    except ValueError:
        return False
    return True


def _refused(name: str, value: str, shape: Shape) -> Refused:
    if name == "x-amz-storage-class":
        why = "The storage class you specified is not valid"
        return Refused("InvalidStorageClass", why, StorageClassRequested=value)
    if shape.type_name in _LARGEST and name not in _MESSAGES:
        why = f"Provided {name} not an integer or within integer range"
        if _INTEGER.fullmatch(value) and int(value) < 0:
            most = _LARGEST[shape.type_name]
            why = f"Argument {name} must be an integer between 0 and {most}"
        return invalid_argument(why, name, value)
    return invalid_argument(_MESSAGES.get(name, f"The value of {name} is not valid."), name, value)


def _check_copy(headers: Mapping[str, str]) -> None:
    source, given = source_of(headers), headers.get("x-amz-copy-source", "")
    if source is not None:
        if source.bucket.startswith("arn:"):
            raise not_implemented("access points: x-amz-copy-source must name a bucket")
        if not source.bucket:
            why = "Invalid copy source bucket name"
            raise invalid_argument(why, "x-amz-copy-source", given)
        version = given.partition("?")[2]
        if not source.key or (version and not version.startswith("versionId=")):
            raise invalid_argument("Invalid copy source object key", "x-amz-copy-source", given)
    cut = headers.get("x-amz-copy-source-range")
    if cut is not None:
        found = _RANGE.fullmatch(cut)
        if found is None or int(found[1]) > int(found[2]):
            form = "bytes=first-last where first and last are the zero-based offsets of the"
            why = f"The x-amz-copy-source-range value must be of the form {form} first and last "
            why += "bytes to copy"
            raise invalid_argument(why, "x-amz-copy-source-range", cut)


def _check_grants(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if name.startswith("x-amz-grant-"):
            known = name.removeprefix("x-amz-grant-") in GRANTS
            if not known or not all(map(_GRANT.fullmatch, value.split(","))):
                raise invalid_argument("Argument format not recognized", name, value)


def is_too_long(key: str) -> bool:
    """Whether a key is more than S3 takes."""
    return _size_of_key(key) > LONGEST_KEY


def _check_key(key: str) -> None:
    if is_too_long(key):
        raise _too_large("KeyTooLongError", "Your key is too long", _size_of_key(key), LONGEST_KEY)


def _size_of_key(key: str) -> int:
    return len(key.encode("utf-8", "surrogatepass"))


def is_too_much(headers: Mapping[str, Any]) -> bool:
    """Whether an object's own metadata is more than S3 takes."""
    return _size_of_metadata(headers) > MOST_METADATA


def _check_metadata(headers: Mapping[str, Any]) -> None:
    if is_too_much(headers):
        why = "Your metadata headers exceed the maximum allowed metadata size"
        raise _too_large("MetadataTooLarge", why, _size_of_metadata(headers), MOST_METADATA)


def _too_large(code: str, why: str, size: int, most: int) -> Refused:
    return Refused(code, why, Size=str(size), MaxSizeAllowed=str(most))


def _size_of_metadata(headers: Mapping[str, Any]) -> int:
    own = ((name.lower(), str(value)) for name, value in headers.items())
    return sum(len(name) - len(_OWN) + len(value) for name, value in own if name.startswith(_OWN))
