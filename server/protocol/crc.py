"""Cyclic redundancy checks that Python's library lacks, by tables of eight bytes (slicing-by-8).

A long piece is cut into lanes of equal length, whose states are computed side by side and then
folded: a check is linear over GF(2), so what stands before n more bytes counts as its state after
n zeros (Kounavis and Berry 2005; Ross Williams 1993).
"""

from functools import cache
from typing import Any

_LANE = 256
_FEW = 4 * _LANE
"""Bytes for which lanes do not pay."""

CRC32 = 0xEDB88320
CRC32C = 0x82F63B78
CRC64NVME = 0x9A6C9329AC4BC9B5
"""Polynomials with their bits reversed, as they are used here; the lengths are those of the
polynomials in whole bytes."""

_BITS = {CRC32: 32, CRC32C: 32, CRC64NVME: 64}


class Crc:
    """A check whose state begins and ends with all bits turned over, as all three do."""

    def __init__(self, polynomial: int) -> None:
        self._polynomial = polynomial
        self._ones = (1 << _BITS[polynomial]) - 1
        self._state = self._ones

    def update(self, data: bytes | memoryview, /) -> None:
        """Take in what comes next."""
        size = len(data)
        whole = size - size % _LANE if size >= _FEW else 0
        if whole:
            ahead = _shifted(self._polynomial, self._state, whole)
            self._state = ahead ^ _of_lanes(self._polynomial, memoryview(data)[:whole])
        table, state = _tables(self._polynomial)[0], self._state
        for byte in memoryview(data)[whole:]:
            state = table[(state ^ byte) & 0xFF] ^ (state >> 8)
        self._state = state

    def digest(self) -> bytes:
        """The check, its highest byte first."""
        return (self._state ^ self._ones).to_bytes(_BITS[self._polynomial] // 8, "big")


def joined(polynomial: int, first: bytes, second: bytes, length: int) -> bytes:
    """The check of two texts end to end, of their checks and the `length` of the second."""
    ahead = _shifted(polynomial, int.from_bytes(first, "big"), length)
    return (ahead ^ int.from_bytes(second, "big")).to_bytes(len(first), "big")


def _of_lanes(polynomial: int, data: memoryview) -> int:
    """The state after whole lanes, from zero."""
    import numpy as np  # noqa: PLC0415  # a server that is asked for none of these does without

    lanes = len(data) // _LANE
    full = 1 << (lanes - 1).bit_length()
    padded = np.zeros((full, _LANE), np.uint8)  # zeros in front leave a state of zero as it is
    padded[full - lanes :] = np.frombuffer(data, np.uint8).reshape(lanes, _LANE)
    words = np.ascontiguousarray(padded.view("<u8").T)
    tables = _arrays(polynomial)
    states = np.zeros(full, "<u8")
    for word in words:
        states = _through(tables, states ^ word)
    while (half := len(states) // 2) > 0:
        states = _through(_ahead(polynomial, half * _LANE), states[:half]) ^ states[half:]
    return int(states[0])


def _through(tables: Any, words: Any) -> Any:
    """Each word looked up byte by byte, the lowest in the first table."""
    parts = words.view("u1").reshape(len(words), 8)
    found = tables[0][parts[:, 0]]
    for place in range(1, 8):
        found ^= tables[place][parts[:, place]]
    return found


@cache
def _tables(polynomial: int) -> list[list[int]]:
    """Of each byte the state after it, and after 0 to 7 zeros behind it."""
    first = []
    for byte in range(256):
        state = byte
        for _ in range(8):
            state = (state >> 1) ^ (polynomial if state & 1 else 0)
        first.append(state)
    found = [first]
    for _ in range(7):
        found.append([(state >> 8) ^ first[state & 0xFF] for state in found[-1]])
    return found


@cache
def _arrays(polynomial: int) -> Any:
    import numpy as np  # noqa: PLC0415  # as above

    return np.array(_tables(polynomial)[::-1], "<u8")


@cache
def _ahead(polynomial: int, length: int) -> Any:
    """Tables by which states become those after `length` zeros."""
    import numpy as np  # noqa: PLC0415  # as above

    columns = _columns(polynomial, length)
    tables = [[_times(columns, byte << 8 * place) for byte in range(256)] for place in range(8)]
    return np.array(tables, "<u8")


def _shifted(polynomial: int, state: int, length: int) -> int:
    """A state after `length` zeros."""
    size = 1
    while length:
        if length & 1:
            state = _times(_columns(polynomial, size), state)
        length >>= 1
        size *= 2
    return state


@cache
def _columns(polynomial: int, length: int) -> tuple[int, ...]:
    """What each bit of a state becomes by `length` zeros, a power of two; 64 in any case."""
    bits = _BITS[polynomial]
    if length == 1:
        table = _tables(polynomial)[0]
        states = [1 << bit for bit in range(bits)]
        one = [table[state & 0xFF] ^ (state >> 8) for state in states]
    else:
        half = _columns(polynomial, length // 2)
        one = [_times(half, half[bit]) for bit in range(bits)]
    return (*one, *(0,) * (64 - bits))


def _times(columns: tuple[int, ...], state: int) -> int:
    found = 0
    while state:
        lowest = state & -state
        found ^= columns[lowest.bit_length() - 1]
        state ^= lowest
    return found
