"""Values of objects that lie in files already: moto hands them on without having read them.

Uploads and copies go through moto as stand-ins, which have a length and can be
cut; where moto would fill a buffer with bytes, the object takes the stand-in for its buffer.
"""

import threading
from collections.abc import Callable, Iterator
from functools import wraps
from itertools import chain
from typing import Any

from moto.s3 import models, responses
from moto.s3.models import FakeKey
from moto.s3.responses import S3Response

from gluematch.server.protocol import checksums

from .bodies import Bodies
from .body import Body
from .files import PIECE
from .receiving import RECEIVED, Received

_here = threading.local()


class Gathered:
    """The bytes of bodies, end to end, which are to be a file of their own.

    Moto may read them as it reads a buffer. `md5` has their digest, where it is known.
    """

    def __init__(self, parts: tuple[Body, ...], *, copied: bool, md5: str | None = None) -> None:
        self.parts, self.copied, self.md5 = parts, copied, md5
        self._pieces: Iterator[bytes] = iter(())

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __getitem__(self, cut: slice) -> "Gathered":
        (whole,) = self.parts
        first, end, _ = cut.indices(len(whole))
        return Gathered((whole.part(first, max(end - first, 0)),), copied=self.copied)

    def into(self, bodies: Bodies) -> Body:
        """The file. Raises NotKept."""
        return bodies.copy(*self.parts) if self.copied else bodies.join(self.parts)

    def pieces(self) -> Iterator[bytes]:
        """The bytes, from the first."""
        return chain.from_iterable(map(pieces, self.parts))

    def seek(self, _offset: int) -> None:
        """Go to the beginning: moto goes nowhere else."""
        self._pieces = self.pieces()

    def read(self, _size: int) -> bytes:
        """The next bytes."""
        return next(self._pieces, b"")

    def close(self) -> None:
        """Nothing is open."""


def pieces(body: Body) -> Iterator[bytes]:
    """The bytes of a body, from the first."""
    whole = body.part(0, len(body))  # with a place of its own
    while piece := whole.read(PIECE):
        yield piece


def stand_in() -> None:
    """Let moto's S3 handle uploads, copies and completions so from now on."""
    kind: Any = FakeKey
    plain: Any = kind.value
    if getattr(plain.fget, "gathers", False):
        return

    def value(key: FakeKey) -> Any:
        held: Any = key._value_buffer
        if getattr(_here, "copying", False) and isinstance(held, Body):
            known = key.etag.strip('"')
            return Gathered((held,), copied=True, md5=None if "-" in known else known)
        return plain.fget(key)

    def hold(key: FakeKey, new: Any) -> None:
        if not isinstance(new, (Received, Gathered)):
            plain.fset(key, new)
            return
        key._value_buffer.close()
        key._value_buffer = new.body if isinstance(new, Received) else new  # type: ignore[assignment]  # moto's annotation
        key.contentsize = len(new)
        key._etag = key._etag or new.md5

    value.gathers = True  # type: ignore[attr-defined]  # so that it is done once
    kind.value = property(value, hold)
    answers: Any = S3Response
    for name in ("copy_object", "upload_part_copy"):
        setattr(answers, name, _copying(getattr(answers, name)))
    answers.put_object = _receiving(answers.put_object)
    answers.upload_part = _summing(_receiving(answers.upload_part))
    for module in (models, responses):
        module.compute_checksum = checksum_of  # type: ignore[attr-defined]  # imported there


def _copying(answer: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    """Values are stand-ins while moto answers."""

    @wraps(answer)
    def copies(response: S3Response) -> Any:
        _here.copying = True
        try:
            return answer(response)
        finally:
            _here.copying = False

    return copies


def _receiving(answer: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    """What has been received is the body."""

    @wraps(answer)
    def receives(response: S3Response) -> Any:
        received = response.request.environ.get(RECEIVED)
        if received is not None:
            response.body = response.raw_body = received
        return answer(response)

    return receives


def _summing(answer: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    """A part remembers the checksum that it came with."""

    @wraps(answer)
    def sums(response: S3Response) -> Any:
        answered = answer(response)
        headers = response.headers
        algorithm = headers.get("x-amz-sdk-checksum-algorithm", "").upper()
        told = headers.get(checksums.header(algorithm))
        uploads: Any = response.backend.get_bucket(response.bucket_name).multiparts
        upload = uploads.get(response._get_param("uploadId"))
        part = None if upload is None else upload.parts.get(response._get_int_param("partNumber"))
        if told is not None and part is not None:
            part.checksum_algorithm, part.checksum_value = algorithm, told
        return answered

    return sums


def checksum_of(body: Any, algorithm: str, encode_base64: bool = True) -> bytes:  # noqa: FBT001, FBT002  # as moto's own
    """A checksum of bytes or of a stand-in, in the place of moto's, which takes CRC32 where it has
    no library."""
    made = checksums.ALGORITHMS[algorithm.upper()]()
    for piece in body.pieces() if isinstance(body, Gathered) else (body,):
        made.update(piece)
    return checksums.written(made.digest()).encode() if encode_base64 else made.digest()
