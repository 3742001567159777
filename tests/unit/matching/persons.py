"""A small table of generated persons, some of them twice with an error, and its truth."""

import numpy as np
import pandas as pd

from gluematch.models.matching.pipeline import Labels, Records

FIRST = ("anna", "boris", "clara", "david", "elena", "frank", "greta", "henry", "irene", "jakob")
LAST = ("abbott", "brandt", "castro", "dvorak", "eriksen", "fischer", "garcia", "hansen", "ito")
TOWNS = ("aarhus", "bergen", "cork", "dresden", "evora", None)


def people(count: int = 90, seed: int = 7) -> tuple[pd.DataFrame, np.ndarray]:
    """`count` persons, every third of them twice; the truth numbers the persons."""
    chance = np.random.default_rng(seed)
    rows, truth = [], []
    for person in range(count):
        born = 19000000 + 10000 * chance.integers(20, 99) + 100 * chance.integers(1, 13) + 10
        row = {
            "first": str(chance.choice(FIRST)),
            "last": str(chance.choice(LAST)) + str(chance.choice(("", "son", "berg"))),
            "born": int(born + chance.integers(0, 9)),
            "town": TOWNS[chance.integers(len(TOWNS))],
            "street": f"{chance.integers(1, 99)} {chance.choice(LAST)} road",
        }
        rows.append(row)
        truth.append(person)
        if person % 3 == 0:
            rows.append(row | {"first": _typo(row["first"], chance), "town": None})
            truth.append(person)
    frame = pd.DataFrame(rows)
    frame.insert(0, "id", np.arange(len(frame)) * 7 + 3)
    return frame, np.array(truth)


def records(frame: pd.DataFrame) -> Records:
    return Records.from_frame(frame, {}, "id")


def answers(sets: list[np.ndarray], truth: np.ndarray) -> Labels:
    """What a person who knows the truth says about the sets."""
    rows = np.concatenate(sets).astype(np.int32)
    group = np.repeat(np.arange(len(sets)), [len(s) for s in sets]).astype(np.int32)
    return Labels(rows, group, truth[rows].astype(np.int32))


def groups(match_id: np.ndarray) -> set[frozenset[int]]:
    """The groups of rows, whatever they are called."""
    return {frozenset(np.flatnonzero(match_id == k).tolist()) for k in np.unique(match_id)}


def _typo(text: str, chance: np.random.Generator) -> str:
    place = int(chance.integers(1, len(text) - 1))
    return text[:place] + text[place + 1 :]
