"""Generated product records with a known truth: two shops that describe the same things in free
text, as `bench_scale.py --of products` matches them.

A product has a maker, a model number and words that say what it is. The second shop knows fewer of
the words, in another order, seldom the price, and not always the model number.
"""

import numpy as np
import pandas as pd
from people import Generated

_ONSETS = [*"bcdfghjklmnprstvw", "br", "st", "th"]
_WORDS = np.array(
    [f"{a}{b}{c}{d}" for a in _ONSETS for b in "aeiou" for c in _ONSETS for d in "aeiou"]
)
_MAKERS, _KINDS = 300, 4_000
_LEAST, _MOST = 4, 12
_MOST_SAID = 40
_NUMBERED, _PRICED = 0.7, 0.5


def generate(rows: int, seed: int = 0) -> Generated:
    """`rows` records in random order; the same arguments give the same records."""
    chance = np.random.default_rng(seed)
    words = chance.permutation(_WORDS)
    products = [_two(words, chance) for _ in range(-(-rows // 2))]
    listed = [record for two in products for record in two][:rows]
    order = chance.permutation(rows)
    frame = pd.DataFrame(listed, columns=["title", "description", "price"])
    frame.insert(0, "id", np.arange(rows).astype(str).astype(object))
    cluster = np.arange(rows) // 2
    return Generated(frame.iloc[order].reset_index(drop=True), cluster[order])


def _two(words: np.ndarray, chance: np.random.Generator) -> list[tuple[str | None, ...]]:
    """What both shops say of one product."""
    kind = words[_common(chance, _KINDS, int(chance.integers(_LEAST, _MOST)))]
    maker, model = (
        words[-1 - _common(chance, _MAKERS, 1)[0]],
        f"{chance.choice(words)[:2]}{chance.integers(10_000)}",
    )
    said = words[_common(chance, _KINDS, int(chance.integers(_MOST_SAID)))]
    price = f"{chance.gamma(2, 50):.2f}"
    fewer = chance.permutation(kind)[: max(3, len(kind) - 2)]
    named = [maker, *fewer, model] if chance.random() < _NUMBERED else [maker, *fewer]
    return [
        (" ".join([maker, model, *kind]), _text(said), price),
        (" ".join(named), _text(said[::2]), price if chance.random() < _PRICED else None),
    ]


def _text(said: np.ndarray) -> str | None:
    return " ".join(said) or None


def _common(chance: np.random.Generator, below: int, count: int) -> np.ndarray:
    """Numbers below a bound, the low ones often and the high ones seldom."""
    return (below ** chance.random(count)).astype(np.int64) - 1
