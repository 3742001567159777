"""What is told of rows that somebody asks about: values only, `explain.py` finds them out."""

from dataclasses import dataclass

from .contributions import PairContributions


@dataclass(frozen=True, slots=True)
class Row:
    """A row in question: `values` by column, cut where they are long."""

    id: str
    match_id: int
    match_confidence_score: float
    values: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class PairExplanation:
    """Two rows by themselves: `probability` is what the model alone gives them.

    `labelled` is what the labels say of them now and `remembered` what the model remembers,
    None for nothing. `heeded` is the probability with which they entered the linkage tree,
    if what people said of these rows, or of rows that surely match them, moved it.
    `set_apart_by` names the column in which rows that match always differ, if these agree in
    it. Rows that read the same, or are set apart so, have no `weighed`.
    """

    ids: tuple[str, str]
    probability: float
    read_the_same: bool
    proposed: bool
    set_apart_by: str | None
    labelled: bool | None
    remembered: bool | None
    heeded: float | None
    weighed: PairContributions | None

    @property
    def decided(self) -> float:
        """The probability that counted in the end."""
        return self.probability if self.heeded is None else self.heeded


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a merge: a merge told before, by its number, or rows that read the same.
    `ids` are at most twenty of its rows' keys."""

    merge: int | None
    rows: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A merge of the linkage tree: the mean `probability` of the pairs between both sides,
    and what was `needed`; a merge that was not taken ended the group."""

    merge: int
    one: Side
    other: Side
    probability: float
    needed: float
    taken: bool


@dataclass(frozen=True, slots=True)
class GroupExplanation:
    """A group: its rows' keys, and the merges that made and ended it, surest first.

    `relabelled`: enforced labels made it other than the tree did.
    """

    match_id: int
    match_confidence_score: float
    ids: tuple[str, ...]
    relabelled: bool
    merges: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Two rows that hold others together, and the probability with which they entered the
    linkage tree."""

    ids: tuple[str, str]
    probability: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """`verdict` says it in a sentence. `pairs` are the two rows, or the nearest candidates of
    a single row. `path` are the strongest links between two rows of a component."""

    verdict: str
    threshold: float
    rows: tuple[Row, ...]
    together: bool
    pairs: tuple[PairExplanation, ...]
    path: tuple[Link, ...]
    groups: tuple[GroupExplanation, ...]
