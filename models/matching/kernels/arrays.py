"""The array types that the stages hand to each other, and the shape of a progress report."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]
AnyArray = npt.NDArray[Any]

Progress = Callable[[float, str], None]


def no_progress(_fraction: float, _stage: str) -> None:
    """A progress report that nobody reads."""


def part(progress: Progress, start: float, end: float) -> Progress:
    """Report a stage that runs from `start` to `end` of the whole, itself from 0 to 1."""

    def report(fraction: float, stage: str) -> None:
        progress(start + (end - start) * min(max(fraction, 0.0), 1.0), stage)

    return report
