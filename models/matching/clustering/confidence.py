"""How likely each group of a decided table is right as it stands: that no row in it is wrong,
and that no row is missing.
"""

from dataclasses import replace

import numpy as np

from gluematch.models.matching.kernels.arrays import Doubles

from .calibration import group_links
from .linkage import Groups, LinkedPairs

_MOST = 0.999
_FIRMNESS, _ODDS = 0.75, 0.74
"""The odds that a group is right, by the odds said of it: groups are picked for looking right, so
they are so less often than the model says of their pairs."""


def with_confidence(linked: LinkedPairs, groups: Groups) -> Groups:
    """The groups, with the chance that each of their merges is right and that none is missing.

    A group that formed is as sure as its weakest merge; a merge with another group that was
    refused is missing with the mean probability of the pairs between both, and the chances
    that each is not are multiplied, as if independent. What comes of it is said a little lower.
    """
    count = len(groups.confidence)
    key, mean = group_links(linked.pairs, linked.probability, groups.group)
    one, other = key >> 32, key & 0xFFFFFFFF
    refused = one != other
    alone = np.log1p(-np.minimum(mean[refused], _MOST))
    complete = np.zeros(count)
    np.add.at(complete, one[refused], alone)
    np.add.at(complete, other[refused], alone)
    lone = np.bincount(groups.group, minlength=count) == 1
    formed = np.where(lone, 1.0, groups.confidence)
    return replace(
        groups, confidence=shrunk_confidence(np.clip(formed * np.exp(complete), 0.0, 1.0))
    )


def shrunk_confidence(said: Doubles) -> Doubles:
    """Chances (g,) with odds that are ODDS times those said to the power of FIRMNESS."""
    right, wrong = _ODDS * said**_FIRMNESS, (1 - said) ** _FIRMNESS
    return np.asarray(right / (right + wrong), dtype=np.float64)
