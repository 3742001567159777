"""What people said heeded in the links: a statement on two entities moves the probability of
that pair, and of the pairs between those that surely match one and the other.

It happens before the tree is built, so the tradeoff still only splits groups.
"""

import numpy as np

from gluematch.models.matching.features.neighbourhood import log_odds
from gluematch.models.matching.kernels.arrays import Doubles, Flags, Longs
from gluematch.models.matching.records.pairs import Pairs, join, positions
from gluematch.models.matching.records.remembered_labels import KnownLabels

from .linkage import FLOOR, LinkedPairs, members_of

_LABEL_LOG_ODDS = 6.0
_SURE = 0.9
_LEAST, _MOST = 0.01, 0.99


def add_known_pairs(pairs: Pairs, probability: Doubles, said: KnownLabels) -> tuple[Pairs, Doubles]:
    """The pairs, and those that somebody called a match, so that they share a component."""
    i, j = said.pairs.i[said.y], said.pairs.j[said.y]
    if (positions(pairs, i, j) >= 0).all():
        both, value = pairs, probability.copy()
    else:
        both = join(pairs, Pairs(i, j))
        value = np.zeros(len(both))
        value[positions(both, pairs.i, pairs.j)] = probability
    value[positions(both, i, j)] = np.maximum(value[positions(both, i, j)], _SURE)
    return both, value


def apply_constraints(linked: LinkedPairs, said: KnownLabels) -> LinkedPairs:
    """The links, moved by what was said inside each component.

    With S the sureness of matches between the n members (1 on the diagonal) and L the
    statements (1, -1, or 0), the log-odds move by S L S: (n, n).
    """
    component = linked.component
    inside = component[said.pairs.i] == component[said.pairs.j]
    if not inside.any():
        return linked
    touched = np.zeros(int(component.max()) + 1, dtype=np.bool_)
    touched[component[said.pairs.i[inside]]] = True
    place = np.zeros(len(component), dtype=np.int64)
    far = ~touched[component[linked.pairs.i]]
    i, j, p = [linked.pairs.i[far]], [linked.pairs.j[far]], [linked.probability[far]]
    for members in members_of(component, touched):
        place[members] = np.arange(len(members))
        likely = _square(linked.pairs, linked.probability, members, component, place)
        word = _square(said.pairs, np.where(said.y, 1.0, -1.0), members, component, place)
        a, b, moved = _moved(likely, word)
        i.append(members[a].astype(np.int32))
        j.append(members[b].astype(np.int32))
        p.append(moved)
    pairs = Pairs(np.concatenate(i), np.concatenate(j))
    order = np.lexsort((pairs.j, pairs.i))
    return LinkedPairs(
        Pairs(pairs.i[order], pairs.j[order]), np.concatenate(p)[order], linked.component
    )


def constrained_probability(
    pairs: Pairs, probability: Doubles, before: LinkedPairs, after: LinkedPairs
) -> Doubles:
    """The probabilities of scored pairs (m,) as the statements left them, which made `after` of
    the links `before`; links that were given up lie at half the floor."""
    if after is before:
        return probability
    value = probability.copy()
    linked, kept = (positions(links.pairs, pairs.i, pairs.j) for links in (before, after))
    value[linked >= 0] = FLOOR / 2
    value[kept >= 0] = after.probability[kept[kept >= 0]]
    return value


def _square(
    pairs: Pairs, value: Doubles, members: Longs, component: np.ndarray, place: Longs
) -> Doubles:
    """The values of the members' pairs as a symmetric matrix: (n, n)."""
    own: Flags = component[pairs.i] == component[members[0]]
    own &= component[pairs.j] == component[members[0]]
    a, b = place[pairs.i[own]], place[pairs.j[own]]
    matrix = np.zeros((len(members), len(members)))
    matrix[a, b] = matrix[b, a] = value[own]
    return matrix


def _moved(likely: Doubles, word: Doubles) -> tuple[Longs, Longs, Doubles]:
    """The pairs a < b of one component and their probabilities after what was said."""
    sure = np.maximum(2 * likely - 1, 0.0)
    np.fill_diagonal(sure, 1.0)
    shift = _LABEL_LOG_ODDS * np.clip(sure @ word @ sure, -1.5, 1.5)
    a, b = np.triu_indices(len(likely), 1)
    before, by = likely[a, b], shift[a, b]
    after = 1 / (1 + np.exp(-(log_odds(np.clip(before, _LEAST, _MOST)) + by)))
    after = np.where(by == 0, before, after)
    kept = after >= FLOOR
    return a[kept], b[kept], after[kept]
