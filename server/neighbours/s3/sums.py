"""Checksums of objects as answers tell them, and what becomes of them in copies."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.s3.models import FakeKey, S3Backend
from moto.s3.responses import S3Response

from gluematch.server.protocol import checksums

from .gathered import checksum_of

COMPOSITE, FULL_OBJECT = "COMPOSITE", "FULL_OBJECT"
TYPE = "x-amz-checksum-type"


def of(key: FakeKey) -> dict[str, str]:
    """The headers by which GetObject and HeadObject tell the checksum; none where there is none."""
    algorithm, value = key.checksum_algorithm, key.checksum_value
    if algorithm is None or value is None:
        return {}
    if key.checksum_type is None:
        return {checksums.header(algorithm): value}
    whole = f"{value}-{key.checksum_parts}" if key.checksum_type == COMPOSITE else value
    return {checksums.header(algorithm): whole, TYPE: key.checksum_type}


def stand_in() -> None:
    """Let moto's S3 do so from now on."""
    answers: Any = S3Response
    if getattr(answers.head_object, "tells", False):
        return
    answers.head_object = _telling(answers.head_object)
    backend: Any = S3Backend
    backend.copy_object = _copying(backend.copy_object)


def _telling(answer: Callable[..., Any]) -> Callable[..., Any]:
    """HEAD tells what GET tells: moto leaves out there of how many parts a checksum is."""

    @wraps(answer)
    def tells(response: S3Response, bucket: str, query: Any, name: str, headers: Any) -> Any:
        status, told, body = answer(response, bucket, query, name, headers)
        if headers.get("x-amz-checksum-mode") == "ENABLED" and "partNumber" not in query:
            version = query.get("versionId", [None])[0]
            found = response.backend.get_object(bucket, name, version) if status == 200 else None
            told.update({} if found is None else of(found))
        return status, told, body

    tells.tells = True  # type: ignore[attr-defined]  # so that it is done once
    return tells


def _copying(copy: Callable[..., Any]) -> Callable[..., Any]:
    """A copy is no object of parts: its checksum is that of the whole."""

    @wraps(copy)
    def copies(
        backend: S3Backend, original: FakeKey, bucket: str, name: str, **options: Any
    ) -> None:
        kind, algorithm = original.checksum_type, original.checksum_algorithm
        value = original.checksum_value
        if kind == COMPOSITE and algorithm is not None:
            value = checksum_of(original.value, algorithm).decode()
        copy(backend, original, bucket, name, **options)
        made = backend.get_object(bucket, name)
        if made is not None and kind is not None:
            made.checksum_type, made.checksum_value = FULL_OBJECT, value

    return copies
