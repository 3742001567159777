"""From which amount of work on compiled loops pay for loading the compiler.

Loading takes about a second, and the first large run on a machine compiles for some more;
smaller work goes to rapidfuzz and scipy pair by pair.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ENOUGH_PAIRS = 200_000
_ENOUGH_AT_HAND = 20_000
LARGE = 50_000
"""Up to how many entities a table is held and compared as a whole."""
SMALL_COMPONENT = 60
"""Up to how many members a component is linked in compiled loops."""


CAUTION, FEW = 0.7, 3.0
"""A merge that makes more than FEW squared pairs at once needs up to CAUTION more log-odds."""


_at_hand = ContextVar("_at_hand", default=False)


@contextmanager
def compiler_loaded(*, loaded: bool) -> Iterator[None]:
    """Within, compiled loops pay from few pairs on, if the compiler is `loaded` for other work."""
    before = _at_hand.set(loaded)
    try:
        yield
    finally:
        _at_hand.reset(before)


def enough_to_compile(pairs: int) -> bool:
    """Whether so many pairs go through the compiled loops."""
    return pairs >= (_ENOUGH_AT_HAND if _at_hand.get() else ENOUGH_PAIRS)


def is_large(size: int) -> bool:
    """Whether a table of so many entities goes the way of large ones."""
    return size > LARGE
