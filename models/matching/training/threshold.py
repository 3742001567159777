"""What the precision-recall tradeoff means in numbers."""

import math

_STEEPNESS = 8.0
_NEUTRAL = math.log(0.42 / 0.58)


def threshold(precision_recall: float) -> float:
    """The probability from which a pair counts as a match, rising with the wish for
    precision, never quite 0 or 1.

    Without preference (0.5) it lies a little under one half: classifiers that learn from
    few labels are shrunk towards doubt, and more so for the rarer kind, the matches.
    """
    wish = min(max(precision_recall, 0.0), 1.0) - 0.5
    return 1 / (1 + math.exp(-(_STEEPNESS * wish + _NEUTRAL)))
