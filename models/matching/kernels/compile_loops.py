"""How the loops for large tables are compiled and kept on disk.

Small work never comes here: importing the compiler takes longer than a few thousand
comparisons do. Each compiled loop has a plain counterpart that gives the same numbers.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """`function` as machine code that lets other threads run, kept on disk where that can
    be written."""
    try:
        made = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        made = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("_Function", made)
