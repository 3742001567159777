"""How the body of an upload comes in: taken from its chunks, compared with its digests, and written
to a file while it arrives. Moto learns of it when all of it is there.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Protocol

from gluematch.server.http.limits import LARGEST_DOCUMENT
from gluematch.server.neighbours import actions
from gluematch.server.protocol import checksums, chunks, digests
from gluematch.server.protocol.dialects import Fault, Refusal
from gluematch.server.signatures import HEADERS

from .body import Body
from .files import NotKept

RECEIVED = "gluematch.received"
"""The WSGI environ's entry for a body that has been received into a file."""

NOT_KEPT = "The change could not be kept in the data directory. {}"
"""What is said where a disk takes no more, and why."""

_IN_MEMORY = 2**20
_PIECE = 2**20
_UPLOADS = frozenset({"PutObject", "UploadPart"})
_NOT_KEPT = Fault(*[("ServiceUnavailable", 503)] * 3)
_TOO_LARGE = Fault(*[("EntityTooLarge", 400)] * 3)
_GONE = Fault(*[("RequestTimeout", 400)] * 3)
_NOT_READ = (
    "Your socket connection to the server was not read from or written to within the timeout "
    "period. Idle connections will be closed."
)


@dataclass(slots=True)
class Received:
    """A body in a file, with its MD5 in hexadecimal digits; whoever keeps files from then on has
    `adopted` it."""

    body: Body
    md5: str
    adopted: bool = False

    def __len__(self) -> int:
        return len(self.body)


class Files(Protocol):
    """Where bodies are kept."""

    def receive(self, pieces: Iterable[bytes]) -> Body:
        """A new file of the pieces. Raises NotKept."""

    def drop(self, body: Body) -> None:
        """Delete a file that nobody has adopted."""


@contextmanager
def receiving(environ: dict[str, Any], files: Files | None) -> Iterator[None]:
    """Have a request's body received in the block; it reads it from memory, or finds RECEIVED.

    Only large bodies of objects become files, where there are some. Raises Refusal for a body that
    is not whole, or not what was told of it, and keeps nothing of it.
    """
    arriving: IO[bytes] = environ["wsgi.input"]
    if arriving.seekable():  # it has been received
        yield
        return
    told = digests.told(environ[HEADERS])
    digested = digests.Digested(arriving, told, environ.get(chunks.TRAILERS, {}))
    with ExitStack() as stack:
        uploads = actions.asked(environ)[1] in _UPLOADS
        pieces = _pieces(digested, None if uploads else LARGEST_DOCUMENT)
        beginning = next(pieces, b"")
        files = files if uploads else None
        if len(beginning) < _IN_MEMORY:
            _hand_on(environ, io.BytesIO(beginning), len(beginning))
        elif files is None:
            _spool(environ, stack, beginning, pieces)
        else:
            received = Received(_filed(files, beginning, pieces), digested.md5)
            stack.callback(_drop, files, received)
            environ[RECEIVED] = received
            _hand_on(environ, io.BytesIO(), 0)
        if told.algorithm is not None:
            _tell(environ, "x-amz-sdk-checksum-algorithm", told.algorithm)
            _tell(environ, checksums.header(told.algorithm), digested.checksum)
        yield


def _pieces(digested: digests.Digested, most: int | None) -> Iterator[bytes]:
    """The body in pieces; all but the last are of the same length. Raises Refusal for one that has
    more bytes than it may."""
    stream = io.BufferedReader(digested, _PIECE)
    received = 0
    while True:
        try:
            piece = stream.read(_PIECE)
        except OSError:
            raise Refusal(_GONE, _NOT_READ) from None
        received += len(piece)
        if most is not None and received > most:
            raise Refusal(_TOO_LARGE, "Your proposed upload exceeds the maximum allowed size.")
        yield piece
        if len(piece) < _PIECE:
            return


def _filed(files: Files, beginning: bytes, pieces: Iterator[bytes]) -> Body:
    def all_pieces() -> Iterator[bytes]:
        yield beginning
        yield from pieces

    try:
        return files.receive(all_pieces())
    except NotKept as error:
        raise Refusal(_NOT_KEPT, NOT_KEPT.format(error)) from error


def _spool(
    environ: dict[str, Any], stack: ExitStack, beginning: bytes, pieces: Iterator[bytes]
) -> None:
    spool = SpooledTemporaryFile(max_size=16 * _IN_MEMORY)  # noqa: SIM115  # the stack closes it
    stack.enter_context(spool)
    spool.write(beginning)
    for piece in pieces:
        spool.write(piece)
    length = spool.tell()
    spool.seek(0)
    _hand_on(environ, spool, length)


def _hand_on(environ: dict[str, Any], body: Any, length: int) -> None:
    """Let moto read a plain body."""
    environ["wsgi.input"] = body
    environ["CONTENT_LENGTH"] = str(length)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    if environ[HEADERS].get("x-amz-content-sha256") in chunks.FORMS:
        _tell(environ, "x-amz-content-sha256", "UNSIGNED-PAYLOAD")


def _tell(environ: dict[str, Any], header: str, value: str) -> None:
    environ[f"HTTP_{header.upper().replace('-', '_')}"] = value


def _drop(files: Files, received: Received) -> None:
    if not received.adopted:
        files.drop(received.body)
