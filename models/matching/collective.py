"""What the pairs around a pair say about it: a second look, over the probabilities that
the first classifier gave. Rivals speak against a match, common neighbours for it.
"""

import numpy as np
from scipy import sparse

from .arrays import Doubles, Flags, Floats
from .bags import row_products
from .blocking import Pairs
from .features import WHOLE, Features
from .standing import standing

_LINK = 0.1
_NAMES = (
    "logit",
    "best_gap",
    "worst_gap",
    "rank",
    "support",
    "agreement",
    "least_other",
    "most_other",
)


def collective_features(size: int, pairs: Pairs, probability: Doubles, eligible: Flags) -> Features:
    """Per pair (m, 8): its log-odds, its standing among rivals, how much its two entities
    are linked to the same third ones, absolutely and as a share, and to others at all."""
    p = np.where(eligible, probability, 0.0)
    ranked = standing(size, pairs, np.where(eligible, p, -1.0))
    linked = p > _LINK
    i, j, strength = pairs.i[linked], pairs.j[linked], p[linked]
    graph = sparse.csr_matrix(
        (
            np.concatenate([strength, strength]),
            (np.concatenate([i, j]), np.concatenate([j, i])),
        ),
        shape=(size, size),
    )
    degree = np.asarray(graph.sum(axis=1)).ravel()
    own = np.where(linked, p, 0.0)
    other_i, other_j = degree[pairs.i] - own, degree[pairs.j] - own
    support = _support(graph, pairs, np.minimum(other_i, other_j) > 0)
    union = np.maximum(other_i + other_j - support, 0.3)
    columns = [
        log_odds(p),
        ranked["best_gap"],
        ranked["worst_gap"],
        ranked["rank"],
        np.log1p(support),
        support / union,
        np.log1p(np.maximum(np.minimum(other_i, other_j), 0.0)),
        np.log1p(np.maximum(np.maximum(other_i, other_j), 0.0)),
    ]
    return Features(
        np.column_stack(columns).astype(np.float32), tuple(f"{WHOLE}:{n}" for n in _NAMES)
    )


def log_odds(probability: Doubles) -> Doubles:
    """log(p / (1 - p)), within +-9.2."""
    p = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(p / (1 - p)), dtype=np.float64)


def _support(graph: sparse.csr_matrix, pairs: Pairs, possible: Flags) -> Floats | Doubles:
    """For each pair, the sum over third entities of the product of its two links to them."""
    out = np.zeros(len(pairs))
    rows = np.flatnonzero(possible)
    out[rows] = row_products(graph, pairs.i[rows], pairs.j[rows])
    return out
