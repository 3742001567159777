"""What the pairs around a pair say about it: a second look, over the probabilities that
the first classifier gave. Rivals speak against a match, common neighbours for it.
"""

import numpy as np
from scipy import sparse

from gluematch.models.matching.kernels.arrays import Doubles, Flags, Floats, Longs
from gluematch.models.matching.kernels.parallel import parallel_ranges
from gluematch.models.matching.records.pairs import Pairs
from gluematch.models.matching.records.token_vectors import row_products

from .candidate_ranks import rank_features
from .pair_features import WHOLE, Features

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
NAMES = tuple(f"{WHOLE}:{name}" for name in _NAMES)


def neighbourhood_features(
    size: int, pairs: Pairs, probability: Doubles, eligible: Flags, rows: Longs | None = None
) -> Features:
    """Per pair (m, 8), or for the pairs `rows`: its log-odds, its standing among rivals, how much
    its two entities are linked to the same third ones, absolutely and as a share, and to others
    at all."""
    p = np.where(eligible, probability, 0.0)
    ranked = rank_features(size, pairs, competition(p, eligible))
    linked = is_link(p)
    graph = links(size, Pairs(pairs.i[linked], pairs.j[linked]), p[linked])
    degree = degrees(graph)
    at = slice(None) if rows is None else rows
    asked, p = Pairs(pairs.i[at], pairs.j[at]), p[at]
    own = np.where(linked[at], p, 0.0)
    other_i, other_j = degree[asked.i] - own, degree[asked.j] - own
    support = supports(graph, asked, np.minimum(other_i, other_j) > 0)
    ranked = {name: values[at] for name, values in ranked.items()}
    matrix = np.empty((len(asked), len(_NAMES)), dtype=np.float32)

    def loop(s: int, e: int) -> None:
        stand = {name: values[s:e] for name, values in ranked.items()}
        other = other_i[s:e], other_j[s:e]
        matrix[s:e] = neighbour_features(p[s:e], stand, other, support[s:e]).matrix

    parallel_ranges(len(matrix), loop)
    return Features(matrix, NAMES)


def competition(probability: Doubles, eligible: Flags) -> Doubles:
    """By what pairs stand against each other: those that cannot match behind all others."""
    return np.where(eligible, probability, -1.0)


def is_link(probability: Doubles) -> Flags:
    """Which pairs count as links between their entities: (m,)."""
    return probability > _LINK


def links(size: int, pairs: Pairs, probability: Doubles) -> sparse.csr_matrix:
    """The links as a symmetric matrix (size, size)."""
    i, j = pairs.i, pairs.j
    both = np.concatenate([i, j]), np.concatenate([j, i])
    strength = np.concatenate([probability, probability])
    return sparse.csr_matrix((strength, both), shape=(size, size))


def degrees(graph: sparse.csr_matrix) -> Doubles:
    """The strength of all links of each entity: (size,)."""
    return np.asarray(graph.sum(axis=1), dtype=np.float64).ravel()


def neighbour_features(
    p: Doubles, ranked: dict[str, Floats], other: tuple[Doubles, Doubles], support: Doubles
) -> Features:
    """`neighbourhood_features` of pairs by their probability, standing, the `other` links of both
    ends, and the support of common neighbours."""
    other_i, other_j = other
    union = np.maximum(other_i + other_j - support, 0.3)
    columns: list[Floats | Doubles] = [
        log_odds(p),
        ranked["best_gap"],
        ranked["worst_gap"],
        ranked["rank"],
        np.log1p(support),
        support / union,
        np.log1p(np.maximum(np.minimum(other_i, other_j), 0.0)),
        np.log1p(np.maximum(np.maximum(other_i, other_j), 0.0)),
    ]
    return Features(np.column_stack(columns).astype(np.float32), NAMES)


def log_odds(probability: Doubles) -> Doubles:
    """log(p / (1 - p)), within +-9.2."""
    p = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(p / (1 - p)), dtype=np.float64)


def supports(graph: sparse.csr_matrix, pairs: Pairs, possible: Flags) -> Doubles:
    """For each pair, the sum over third entities of the product of its two links to them."""
    out = np.zeros(len(pairs))
    rows = np.flatnonzero(possible)
    out[rows] = row_products(graph, pairs.i[rows], pairs.j[rows])
    return out
