"""A run's progress on a terminal, from the lines that it logs; plain lines where it is none."""

import os
import re
from typing import TextIO

_PROGRESS = re.compile(r"(\d{1,3})%: (.*)")
_WIDTH = 30
_UNKNOWN_COLUMNS = 80


class ProgressBar:
    """Draws lines of the form `37%: comparing records` as a bar, and prints all others above it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._live = out.isatty()
        self._drawn = ""

    def show(self, line: str) -> None:
        """Show one line of the log."""
        found = _PROGRESS.fullmatch(line)
        if not self._live or found is None:
            self._erase()
            print(line, file=self._out, flush=True)
        if self._live:
            self._draw(bar(int(found.group(1)), found.group(2)) if found else self._drawn)

    def end(self) -> None:
        """Take the bar away."""
        self._erase()
        self._drawn = ""

    def _erase(self) -> None:
        if self._drawn and self._live:
            self._out.write("\r\x1b[K")

    def _draw(self, text: str) -> None:
        self._erase()
        self._drawn = text[: self._columns() - 1]  # a line that wraps cannot be erased
        self._out.write(self._drawn)
        self._out.flush()

    def _columns(self) -> int:
        return os.get_terminal_size(self._out.fileno()).columns or _UNKNOWN_COLUMNS


def bar(percent: int, stage: str) -> str:
    """The bar as text: `[######      ]  50% stage`."""
    full = _WIDTH * percent // 100
    return f"[{'#' * full}{' ' * (_WIDTH - full)}] {percent:3}% {stage}"
