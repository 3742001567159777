"""Work spread over the cores of the machine, by threads: for loops that let other threads run."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from .arrays import Progress, silent

_LEAST_PART = 20_000
_PARTS_PER_CORE = 8
_here = threading.local()


def spread(
    count: int,
    loop: Callable[[int, int], None],
    least: int = _LEAST_PART,
    *,
    most: int | None = None,
    progress: Progress = silent,
    stage: str = "",
) -> None:
    """Call `loop(start, stop)` for parts that together are 0 to `count`, on all cores; no
    part but the last is smaller than `least`, none larger than `most`.

    What is itself a part of spread work goes on in its own thread. `progress` hears of each
    part of `stage` that is done, and may raise: then no further part begins.
    """
    cores = os.cpu_count() or 1
    size = max(least, -(-count // (cores * _PARTS_PER_CORE)))
    size = size if most is None else min(size, most)
    starts = range(0, count, size)
    if len(starts) <= 1 or getattr(_here, "busy", False):
        for start in starts:
            loop(start, min(start + size, count))
        return
    with ThreadPoolExecutor(cores, initializer=_mark) as pool:
        waiting = [pool.submit(loop, s, min(s + size, count)) for s in starts]
        try:
            for place, done in enumerate(waiting):
                done.result()
                if stage:
                    progress((place + 1) / len(waiting), stage)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _mark() -> None:
    _here.busy = True
