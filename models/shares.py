"""A fair share of places that are few: one account's flood leaves room for the others.

An account may have one more while it holds less than so many times the places that are free
(Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches", 1998).
Alone it gets most of them, never all; among many, each gets about the same.
"""

GREED = 4
"""An account alone gets 4/5 of all places, two get 4/9 each, three 4/13."""


def may_have_one_more(held: int, taken: int, places: int) -> bool:
    """Whether who holds `held` of the `taken` places, of so many in all, may have one more."""
    return held < GREED * (places - taken)
