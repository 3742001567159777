"""Compiled loops for large tables: how they are compiled, kept on disk and spread over cores.

Small work never comes here: importing the compiler takes longer than a few thousand
comparisons do. Each compiled loop has a plain counterpart that gives the same numbers.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])
_LEAST_PART = 20_000
_PARTS_PER_CORE = 8


def compiled(function: _Function) -> _Function:
    """`function` as machine code that lets other threads run, kept on disk where that can
    be written."""
    try:
        made = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        made = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("_Function", made)


def spread(count: int, loop: Callable[[int, int], None], least: int = _LEAST_PART) -> None:
    """Call `loop(start, stop)` for parts that together are 0 to `count`, on all cores; no
    part but the last is smaller than `least`."""
    cores = os.cpu_count() or 1
    size = max(least, -(-count // (cores * _PARTS_PER_CORE)))
    starts = range(0, count, size)
    with ThreadPoolExecutor(cores) as pool:
        for done in [pool.submit(loop, s, min(s + size, count)) for s in starts]:
            done.result()
