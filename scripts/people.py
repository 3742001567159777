"""Generated person records with a known truth: what the scale benchmark matches.

Each person has one record or several; every further record is a copy with typing errors,
swapped or missing values, moves and new telephone numbers. Families share surname and
address, and names, towns and streets are shared by a few or by thousands, as in life.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

_SIZES = np.array([0.62, 0.22, 0.09, 0.04, 0.02, 0.01])
_FAMILY = 0.15
_ONSETS = [*"bcdfghjklmnprstvw", "br", "st", "th"]
_SYLLABLES = [onset + vowel for onset in _ONSETS for vowel in "aeiou"]
_ENDINGS = ["n", "r", "s", "th", "ck", "ld", "y", "", "", ""]
_WAYS = ["street", "road", "avenue", "lane", "court", "drive", "close", "place"]
_MAILS = ["mail.example", "post.example", "web.example", "office.example", "home.example"]


@dataclass(frozen=True)
class Rates:
    """How often a copy differs from its person, as chances of a column or a record."""

    typo: float = 0.12
    second_typo: float = 0.2
    missing: float = 0.12
    swapped_names: float = 0.02
    initial: float = 0.03
    swapped_date: float = 0.02
    moved: float = 0.10
    new_phone: float = 0.12
    new_email: float = 0.15
    new_surname: float = 0.02


@dataclass(frozen=True)
class Generated:
    """Records and their truth: `frame`, one row per record, `id` and text columns, None where
    missing; `cluster` (n,), the number of what each record is of."""

    frame: pd.DataFrame
    cluster: np.ndarray


def generate(rows: int, seed: int = 0, rates: Rates | None = None) -> Generated:
    """`rows` records in random order; the same arguments give the same records."""
    rates = rates or Rates()
    generator = np.random.default_rng(seed)
    sizes = generator.choice(len(_SIZES), rows, p=_SIZES / _SIZES.sum()) + 1
    persons = int(np.searchsorted(np.cumsum(sizes), rows)) + 1
    cluster = np.repeat(np.arange(persons), sizes[:persons])[:rows]
    columns = _persons(persons, generator)
    copy = np.r_[False, cluster[1:] == cluster[:-1]]
    records = {name: values[cluster] for name, values in columns.items()}
    _change(records, np.flatnonzero(copy), _persons(rows, generator), rates, generator)
    frame = {name: _texts(values, copy, rates, generator) for name, values in records.items()}
    order = generator.permutation(rows)
    table = pd.DataFrame({"id": np.arange(rows).astype(str).astype(object), **frame})
    table = table.iloc[order].reset_index(drop=True)
    return Generated(table, cluster[order])


def _persons(count: int, generator: np.random.Generator) -> dict[str, np.ndarray]:
    """`count` people by their columns, as text arrays of fixed width."""
    given = _pick(_names(2_000, 2, 3), count, 0.9, generator)
    surname = _pick(_names(60_000, 2, 4), count, 0.8, generator)
    streets = np.char.add(np.char.add(_names(8_000, 2, 4), " "), np.resize(_WAYS, 8_000))
    street = np.char.add(
        np.char.add(generator.integers(1, 200, count).astype("U3"), " "),
        _pick(streets, count, 0.7, generator),
    )
    towns = _names(3_000, 3, 4)
    town = _shares(len(towns), 1.0).searchsorted(generator.random(count))
    city = towns[town]
    postcode = (town * 7 % 3_000 * 30 + generator.integers(0, 30, count) + 10_000).astype("U5")
    _share_homes(generator, surname, street, city, postcode)
    days = np.datetime64("1930-01-01") + generator.integers(0, 30_000, count)
    born = days.astype("U10")
    phone = np.char.add("07", generator.integers(10**8, 10**9, count).astype("U9"))
    number = np.where(
        generator.random(count) < 0.6, generator.integers(1, 999, count).astype("U3"), ""
    )
    email = np.char.add(
        np.char.add(np.char.add(np.char.add(given, "."), surname), number),
        np.char.add("@", np.resize(_MAILS, count)[generator.permutation(count)]),
    )
    return {
        "given_name": given,
        "surname": surname,
        "birth_date": born,
        "street": street,
        "city": city,
        "postcode": postcode,
        "phone": phone,
        "email": email,
    }


def _names(count: int, least: int, most: int) -> np.ndarray:
    """`count` distinct pronounceable names, the same in every run."""
    generator = np.random.default_rng(count)
    found = np.zeros(0, dtype="U16")
    while len(found) < count:
        names = np.resize(np.array(_ENDINGS), count * 2)[generator.permutation(count * 2)]
        length = generator.integers(least, most + 1, len(names))
        for place in range(most):
            part = np.array(_SYLLABLES)[generator.integers(0, len(_SYLLABLES), len(names))]
            names = np.where(place < length, np.char.add(part, names), names)
        found = np.unique(np.concatenate([found, names]))
    return generator.permutation(found)[:count]


def _shares(count: int, exponent: float) -> np.ndarray:
    """Cumulated shares of `count` values, the k-th about as frequent as k ** -exponent."""
    weight = (np.arange(count) + 10.0) ** -exponent
    return np.cumsum(weight / weight.sum())


def _pick(
    names: np.ndarray, count: int, exponent: float, generator: np.random.Generator
) -> np.ndarray:
    at = _shares(len(names), exponent).searchsorted(generator.random(count))
    return names[np.minimum(at, len(names) - 1)]


def _share_homes(generator: np.random.Generator, *columns: np.ndarray) -> None:
    """Let some people bear the surname and the address of the person before them."""
    member = np.flatnonzero(generator.random(len(columns[0])) < _FAMILY)
    member = member[member > 0]
    for values in columns:
        values[member] = values[member - 1]


def _change(
    records: dict[str, np.ndarray],
    copies: np.ndarray,
    others: dict[str, np.ndarray],
    rates: Rates,
    generator: np.random.Generator,
) -> None:
    """What life and clerks do to copies: moves, new numbers, swapped values, initials."""

    def some(rate: float) -> np.ndarray:
        return copies[generator.random(len(copies)) < rate]

    for rate, names in (
        (rates.moved, ("street", "city", "postcode")),
        (rates.new_phone, ("phone",)),
        (rates.new_email, ("email",)),
        (rates.new_surname, ("surname",)),
    ):
        rows = some(rate)
        for name in names:
            records[name][rows] = others[name][rows]
    rows = some(rates.initial)
    records["given_name"][rows] = records["given_name"][rows].astype("U1")
    rows = some(rates.swapped_names)
    given = records["given_name"][rows]
    records["given_name"] = records["given_name"].astype(records["surname"].dtype)
    records["given_name"][rows] = records["surname"][rows]
    records["surname"][rows] = given
    rows = some(rates.swapped_date)
    born = pd.Series(records["birth_date"][rows], dtype=object)
    swapped = born.str[:4] + "-" + born.str[8:] + "-" + born.str[5:7]
    records["birth_date"][rows] = np.where(born.str[8:].astype(int) <= 12, swapped, born)


def _texts(
    values: np.ndarray, copy: np.ndarray, rates: Rates, generator: np.random.Generator
) -> np.ndarray:
    """One column as Python text: copies with typing errors, anything now and then missing."""
    width = values.dtype.itemsize // 4 + 2
    signs = np.ascontiguousarray(values.astype(f"U{width}")).view(np.uint32).reshape(-1, width)
    signs = signs.copy()
    rows = np.flatnonzero(copy & (generator.random(len(copy)) < rates.typo))
    signs[rows] = _mistyped(signs[rows], generator)
    rows = rows[generator.random(len(rows)) < rates.second_typo]
    signs[rows] = _mistyped(signs[rows], generator)
    text: np.ndarray = signs.view(f"U{width}").ravel().astype(object)
    text[generator.random(len(text)) < np.where(copy, rates.missing, rates.missing / 2)] = None
    text[text == ""] = None
    return text


def _mistyped(signs: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Every row with one sign replaced, dropped, doubled by another, or swapped with the
    next: signs (r, width) as code points, 0 behind the end."""
    count, width = signs.shape
    length = np.count_nonzero(signs, axis=1)
    at = (generator.random(count) * np.maximum(length, 1)).astype(np.int64)
    kind = generator.integers(0, 4, count)
    place = np.broadcast_to(np.arange(width), signs.shape)
    row, here = np.arange(count)[:, None], at[:, None]
    typed = signs[row, here]
    letter = generator.integers(ord("a"), ord("z") + 1, (count, 1), dtype=np.uint32)
    digit = generator.integers(ord("0"), ord("9") + 1, (count, 1), dtype=np.uint32)
    new = np.where((typed >= ord("0")) & (typed <= ord("9")), digit, letter)
    replaced = np.where(place == here, new, signs)
    dropped = signs[row, np.minimum(place + (place >= here), width - 1)]
    added = np.where(place == here, new, signs[row, place - (place > here)])
    last = np.maximum(length[:, None] - 2, 0)
    first = np.minimum(here, last)
    order = place + (place == first) * 1 - (place == first + 1) * 1
    turned = np.where(length[:, None] >= 2, signs[row, order], signs)
    return np.choose(kind[:, None], [replaced, dropped, added, turned]).astype(np.uint32)
