"""Regular expressions that users write: compiled only if they cannot eat the server's memory.

No other module compiles a text that is not written in our own code. `regex` and not `re`, for its
timeouts: every match with such a pattern has one.

`regex` unfolds fixed repetitions when it compiles, so that `((a{1000}){1000}){1000}` would need all
of the machine's memory; such a pattern is refused.
"""

from dataclasses import dataclass
from time import monotonic

import regex

LARGEST = 100_000
_TOKEN = regex.compile(
    r"\\. | \[\^?\]?(?:\\.|[^\]\\])*+\] | (?P<open>\() | (?P<close>\))"
    r" | \{(?P<times>[0-9]*)(?:,[0-9]*)?\} | .",
    regex.VERBOSE | regex.DOTALL,
)


class PatternError(Exception):
    """A text that is no usable pattern; the message says why."""


def compiled(text: str, flags: int = 0) -> "regex.Pattern[str]":
    """The pattern of a text. Raises PatternError."""
    if _unfolded(text) > LARGEST:
        raise PatternError(f"its repetitions unfold to more than {LARGEST} parts")
    try:
        return regex.compile(text, flags)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise PatternError(str(error)) from error


@dataclass(slots=True)
class TimedPattern:
    """A pattern with the seconds that all matches with it may take together."""

    pattern: "regex.Pattern[str]"
    seconds: float

    def fits(self, text: str) -> bool:
        """Whether the pattern matches the whole text. Raises TimeoutError."""
        began = monotonic()
        try:
            return self.pattern.fullmatch(text, timeout=max(self.seconds, 0.001)) is not None
        finally:
            self.seconds -= monotonic() - began


def _unfolded(text: str) -> int:
    """How many parts the pattern has when each repetition is written out as often as it must."""
    totals, last = [0], 0
    for token in _TOKEN.finditer(text):
        if token["open"]:
            totals.append(0)
            last = 0
        elif token["close"] and len(totals) > 1:
            last = totals.pop()
            totals[-1] += last
        elif token["times"] is not None:
            times = max(int(token["times"][-9:] or 0), len(token["times"]) > 9, 1)
            totals[-1] += last * (times - 1)
            last *= times
        else:
            totals[-1] += 1
            last = 1
        if totals[-1] > LARGEST:
            return totals[-1]
    return sum(totals)
