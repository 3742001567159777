"""How likely each group of a decided table is right as it stands: that no row in it is wrong,
and that no row is missing.
"""

from dataclasses import replace

import numpy as np

from .calibration import group_links
from .clustering import Groups, Linked

_MOST = 0.999


def settle(linked: Linked, groups: Groups) -> Groups:
    """The groups, with the chance that each of their merges is right and that none is missing.

    A group that formed is as sure as its weakest merge; a merge with another group that was
    refused is missing with the mean probability of the pairs between both, and the chances
    that each is not are multiplied, as if independent.
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
    return replace(groups, confidence=np.clip(formed * np.exp(complete), 0.0, 1.0))
