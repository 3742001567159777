"""The bytes of an object on their way to a client: read piece by piece, and only those asked for.

Moto answers GetObject with an object's whole value and cuts a range out of it. In that place it
gets a sight of the file, which can be measured, cut and sent as bytes can.
"""

import threading
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from moto.s3.models import FakeKey
from moto.s3.responses import S3Response

from .body import Body
from .files import NotWhole, Opened

_PIECE = 2**20
_here = threading.local()


class Sight:
    """`length` bytes of an open body, from `start` on. It may be deleted meanwhile."""

    def __init__(self, file: Opened, start: int, length: int) -> None:
        self._file, self._start, self._length = file, start, length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, cut: slice) -> "Sight":
        first, end, _ = cut.indices(self._length)
        return Sight(self._file, self._start + first, max(end - first, 0))

    def __iter__(self) -> Iterator[bytes]:
        """The bytes in pieces, from the first. Raises NotWhole where they end too soon: whoever
        sends them closes the connection then, for it has promised all."""
        at, end = self._start, self._start + self._length
        while at < end:
            piece = self._file.read(at, min(end - at, _PIECE))
            if not piece:
                raise NotWhole(f"{end - at} bytes are missing of an object that is being sent")
            at += len(piece)
            yield piece

    def close(self) -> None:
        """Give the file back; who sends an answer does so at its end."""
        self._file.close()


def send_piece_by_piece() -> None:
    """Let moto's GetObject answer with sights of files from now on."""
    moto: Any = FakeKey
    whole: Any = moto.value
    if getattr(whole.fget, "sees", False):
        return

    def value(key: FakeKey) -> Any:
        held: Any = key._value_buffer
        if getattr(_here, "sending", False) and isinstance(held, Body):
            return Sight(*held.opened())
        return whole.fget(key)

    value.sees = True  # type: ignore[attr-defined]  # so that it is done once
    moto.value = property(value, whole.fset)
    answers: Any = S3Response
    answers.get_object = _sending(answers.get_object)


def _sending(answer: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    @wraps(answer)
    def get_object(response: S3Response) -> Any:
        _here.sending = True
        try:
            return answer(response)
        finally:
            _here.sending = False

    return get_object
