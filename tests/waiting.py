"""Waiting for what comes about by itself, such as the end of a run."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 180.0

Found = TypeVar("Found")


def until(
    condition: Callable[[], Found], what: str, patience: float = PATIENCE, longest: float = 0.25
) -> Found:
    """The first true value of `condition()`, or an AssertionError after `patience` seconds.

    The longer it takes, the more seldom it is asked: who asks shares the machine with what it
    waits for. What comes about is seen an eighth of the wait later, `longest` seconds at most.
    """
    never, begun = threading.Event(), time.monotonic()
    while not (found := condition()):
        passed = time.monotonic() - begun
        assert passed < patience, f"waited in vain for {what}"
        never.wait(min(max(passed / 8, 0.04), longest))
    return found
