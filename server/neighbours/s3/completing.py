"""CompleteMultipartUpload: parts become an object, unless what the client says of one of them, or
of the whole, is another. No part is read again whose checksum is known.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from itertools import pairwise
from typing import Any, NoReturn
from xml.etree import ElementTree as ET

from moto.s3.exceptions import (
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    MalformedXML,
    NoSuchUpload,
    S3ClientError,
)
from moto.s3.models import FakeKey, FakeMultipart, S3Backend
from moto.s3.responses import S3Response
from moto.settings import S3_UPLOAD_PART_MIN_SIZE

from gluematch.server.protocol import checksums

from .body import Body
from .gathered import Gathered, checksum_of
from .sums import COMPOSITE, FULL_OBJECT, TYPE

_END = "</CompleteMultipartUploadResult>"
_here = threading.local()


@dataclass(frozen=True, slots=True)
class Named:
    """A part as the client names it, its checksums by algorithm."""

    number: int
    etag: str
    sums: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client says: the parts, and of the whole the kind of its checksum, checksums by
    algorithm, and the length; nothing of what it has left out."""

    parts: tuple[Named, ...]
    kind: str | None
    sums: Mapping[str, str]
    size: str | None


def stand_in() -> None:
    """Let moto's S3 complete uploads so from now on."""
    answers: Any = S3Response
    if answers._complete_multipart_body is _asked:
        return
    answers._complete_multipart_body = _asked
    answers._key_response_post = _telling(answers._key_response_post)
    parts: Any = FakeMultipart
    parts.complete = _complete


def _check_beginning(told: Mapping[str, str]) -> None:
    algorithm, kind = told.get("x-amz-checksum-algorithm", "").upper(), told.get(TYPE, "").upper()
    if algorithm and algorithm not in checksums.ALGORITHMS:
        known = ", ".join(checksums.ALGORITHMS)
        why = f"Please try again with any of the valid types: [{known}]"
        _refuse("InvalidRequest", f"Checksum algorithm provided is unsupported. {why}")
    if kind and not algorithm:
        why = "header can only be used with the x-amz-checksum-algorithm header."
        _refuse("InvalidRequest", f"The {TYPE} {why}")
    whole_only, never_whole = algorithm == "CRC64NVME", algorithm in {"SHA1", "SHA256"}
    if (kind == COMPOSITE and whole_only) or (kind == FULL_OBJECT and never_whole):
        why = f"cannot be used with the {algorithm.lower()} checksum algorithm."
        _refuse("InvalidRequest", f"The {kind} checksum type {why}")


def _check_upload(backend: S3Backend, bucket: str, key: str, upload_id: str) -> None:
    """Raise NoSuchUpload unless that is an upload of the key, or one that has become it: who asks
    again for the same gets the same answer."""
    upload: Any = backend.get_bucket(bucket).multiparts.get(upload_id)
    if upload is None:
        made = backend.get_object(bucket, key)
        upload = None if made is None else made.multipart
    if upload is None or (upload.id, upload.key_name) != (upload_id, key):
        raise NoSuchUpload(upload_id=upload_id)


def _asked(response: S3Response, body: bytes) -> Asked:
    told = response.headers
    sums = {name: told[header] for header, name in checksums.HEADERS.items() if header in told}
    kind = told.get(TYPE)
    return Asked(_parts(body), kind, sums, told.get("x-amz-mp-object-size"))


def _parts(body: bytes) -> tuple[Named, ...]:
    try:
        text = body.decode("utf-8-sig")  # whatever it says: in other encodings more could hide
        if "<!DOCTYPE" in text:
            raise MalformedXML
        top = ET.fromstring(text)  # noqa: S314  # nothing is declared, so nothing is expanded
        found = [_part(each) for each in top.iterfind("{*}Part")]
    except (ET.ParseError, ValueError):
        raise MalformedXML from None
    if not found:
        raise MalformedXML
    if any(after.number <= before.number for before, after in pairwise(found)):
        raise InvalidPartOrder
    return tuple(found)


def _part(found: ET.Element) -> Named:
    texts = {each.tag.rpartition("}")[2]: (each.text or "").strip() for each in found}
    named = {name: texts.get(f"Checksum{name}") for name in checksums.ALGORITHMS}
    sums = {name: text for name, text in named.items() if text}
    return Named(int(texts.get("PartNumber", "")), texts.get("ETag", "").replace('"', ""), sums)


def _complete(upload: FakeMultipart, asked: Asked) -> tuple[Any, str, tuple[str, str, int] | None]:
    """In the place of moto's own: value, ETag, and kind, value and number of parts of the checksum,
    where the upload has one."""
    algorithm = _algorithm(upload)
    kind = _kind(upload, algorithm)
    if asked.kind is not None and kind is not None and asked.kind != kind:
        mode = "checksum mode. The complete request must use the same checksum mode."
        _refuse("InvalidRequest", f"The upload was created using the {kind} {mode}")
    chosen: list[FakeKey] = []
    for named in asked.parts:
        if chosen and chosen[-1].contentsize < S3_UPLOAD_PART_MIN_SIZE:
            raise EntityTooSmall
        chosen.append(_chosen(upload, named, algorithm))
    _check_size(asked.size, sum(part.contentsize for part in chosen))
    whole = None if algorithm is None or kind is None else _whole(algorithm, kind, chosen)
    _check_whole(asked.sums, algorithm, whole)
    if whole is not None:
        _here.whole = algorithm, kind, whole
    tags = b"".join(bytes.fromhex(part.etag.strip('"')) for part in chosen)
    etag = hashlib.md5(tags, usedforsecurity=False).hexdigest()
    bare = None if kind is None or whole is None else (kind, whole.partition("-")[0], len(chosen))
    return _joined(chosen), f"{etag}-{len(chosen)}", bare


def _algorithm(upload: FakeMultipart) -> str | None:
    told = str(upload.metadata.get("x-amz-checksum-algorithm") or "").upper()
    return told if told in checksums.ALGORITHMS else None


def _kind(upload: FakeMultipart, algorithm: str | None) -> str | None:
    if algorithm is None:
        return None
    usual = FULL_OBJECT if algorithm == "CRC64NVME" else COMPOSITE
    return str(upload.metadata.get(TYPE) or usual).upper()


def _chosen(upload: FakeMultipart, named: Named, algorithm: str | None) -> FakeKey:
    """The part that is named. Raises InvalidPart and others where it is not the one that was
    uploaded."""
    part = upload.parts.get(named.number)
    if part is None or part.etag.strip('"') != named.etag:
        raise InvalidPart
    for name, told in named.sums.items():
        if algorithm is None:
            raise InvalidPart
        if name != algorithm:
            why = f"you specified for part {named.number} did not match what we received."
            _refuse("BadDigest", f"The {name.lower()} {why}")
        if checksums.read(told, checksums.BYTES[name]) != _sum_of(part, algorithm):
            raise InvalidPart
    return part


def _check_size(told: str | None, size: int) -> None:
    header = "'x-amz-mp-object-size' header value"
    if told is not None and told.strip() != str(size):
        why = f"The provided {header} {told} does not match what was computed: {size}"
        _refuse("InvalidRequest", why)


def _check_whole(sums: Mapping[str, str], algorithm: str | None, whole: str | None) -> None:
    if len(sums) > 1:
        single = "Expecting a single x-amz-checksum- header."
        _refuse("InvalidRequest", f"{single} Multiple checksum Types are not allowed.")
    for name, told in sums.items():
        if name != algorithm or whole is None:
            expected = f"expected checksum Type: {(algorithm or 'null').lower()}"
            actual = f"actual checksum Type: {name.lower()}"
            _refuse("InvalidRequest", f"Checksum Type mismatch occurred, {expected}, {actual}")
        if checksums.read(told.partition("-")[0], checksums.BYTES[name]) is None:
            _refuse("InvalidRequest", f"Value for {checksums.header(name)} header is invalid.")
        if told not in {whole, whole.partition("-")[0]}:
            why = "you specified did not match the calculated checksum."
            _refuse("BadDigest", f"The {name.lower()} {why}")


def _whole(algorithm: str, kind: str, chosen: list[FakeKey]) -> str:
    """The checksum of the object, with the number of its parts where it is one of checksums."""
    if kind != COMPOSITE and not checksums.can_be_joined(algorithm):
        return checksum_of(_joined(chosen), algorithm).decode()
    sums = [_sum_of(part, algorithm) for part in chosen]
    if kind == COMPOSITE:
        made = checksums.ALGORITHMS[algorithm]()
        made.update(b"".join(sums))
        return f"{checksums.written(made.digest())}-{len(chosen)}"
    whole = sums[0]
    for part, found in zip(chosen[1:], sums[1:], strict=True):
        whole = checksums.joined(algorithm, whole, found, part.contentsize)
    return checksums.written(whole)


def _sum_of(part: FakeKey, algorithm: str) -> bytes:
    if part.checksum_algorithm == algorithm and part.checksum_value:
        told = checksums.read(part.checksum_value, checksums.BYTES[algorithm])
        if told is not None:
            return told
    held: Any = part._value_buffer
    body = Gathered((held,), copied=True) if isinstance(held, Body) else part.value
    return checksum_of(body, algorithm, encode_base64=False)


def _joined(chosen: list[FakeKey]) -> Any:
    held: list[Any] = [part._value_buffer for part in chosen]
    if all(isinstance(body, Body) for body in held):
        return Gathered(tuple(held), copied=False)
    return b"".join(part.value for part in chosen)


def _telling(answer: Callable[..., Any]) -> Callable[..., Any]:
    """The answer tells the checksum, which moto leaves out."""

    @wraps(answer)
    def tells(response: S3Response, *asked: Any) -> Any:
        _request, _body, bucket, query, key = asked
        _here.whole = None
        if "uploads" in query:
            _check_beginning(response.headers)
        if "uploadId" in query:
            _check_upload(response.backend, bucket, key, query["uploadId"][0])
        status, headers, body = answer(response, *asked)
        if _here.whole is not None:
            algorithm, kind, whole = _here.whole
            of = f"Checksum{algorithm}"
            told = f"<{of}>{whole}</{of}><ChecksumType>{kind}</ChecksumType>"
            body = body.replace(_END, told + _END)
        return status, headers, body

    return tells


def _refuse(code: str, why: str) -> NoReturn:
    raise S3ClientError(code, why)
