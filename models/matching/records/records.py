"""The rows of one table as the engine takes them: columns of plain values beside their keys."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gluematch.models.matching.kernels.arrays import AnyArray, Objects


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """A table of n rows: `columns` are compared, `keys` only name the rows.

    `types` are the columns' Hive types. Each column is an array of n plain values, None
    where a value is missing. `keys` are text; two rows may bear the same key.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    columns: tuple[AnyArray, ...]
    keys: AnyArray

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.types) == len(self.columns):
            raise ValueError("names, types and columns differ in number")
        if len(set(self.names)) != len(self.names):
            raise ValueError("two columns bear the same name")
        if any(len(column) != len(self.keys) for column in self.columns):
            raise ValueError("a column and the keys differ in length")

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, types: Mapping[str, str], primary_key: str
    ) -> "Records":
        """The rows of `frame`; its column `primary_key` becomes the keys and is not compared.

        Columns without an entry in `types` count as `string`. Raises KeyError when the
        key column is missing.
        """
        names = tuple(str(name) for name in frame.columns if name != primary_key)
        return cls(
            names=names,
            types=tuple(types.get(name, "string") for name in names),
            columns=tuple(_plain(frame[name]) for name in names),
            keys=key_texts(frame[primary_key]),
        )


def key_texts(series: "pd.Series[str]") -> Objects:
    """The keys as text: a whole number reads the same whether stored as 7 or as 7.0."""
    return np.array(["" if v is None else _key_text(v) for v in _plain(series)], dtype=object)


def _key_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _plain(series: "pd.Series[str]") -> Objects:
    values = series.to_numpy(dtype=object)
    missing = pd.isna(values)
    if missing.any():
        values = values.copy()
        values[missing] = None
    return values
