"""What the two tradeoffs mean in numbers."""

import math

_STEEPNESS = 8.0


def threshold(precision_recall: float) -> float:
    """The probability from which a pair counts as a match: 0.5 for 0.5, rising with the
    wish for precision, never quite 0 or 1."""
    wish = min(max(precision_recall, 0.0), 1.0) - 0.5
    return 1 / (1 + math.exp(-_STEEPNESS * wish))
