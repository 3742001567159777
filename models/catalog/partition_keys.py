"""Partition keys as filters compare them: by the types that the table gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, func

from gluematch.models.errors import InvalidInputException, InvalidStateException

from . import partition_values, schema
from .statements import Condition

ROWS = schema.partitions


@dataclass(frozen=True, slots=True)
class Type:
    """How keys of a type are compared: which kinds of values they have, and what to say else."""

    name: str
    kinds: str
    complaint: str


TEXT = Type("String", "", "")
INTEGRAL = Type("Integral", partition_values.WHOLE, 'For input string: "{}" is not an integer.')
DECIMAL = Type(
    "Decimal", partition_values.WHOLE + partition_values.FRACTION, "{} is not a decimal."
)
DATE = Type("Date", partition_values.DATE, "{} is not a date.")
TIMESTAMP = Type(
    "Timestamp",
    partition_values.TIMESTAMP,
    "Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]. {} is not a timestamp.",
)
TYPES: Mapping[str, Type] = {
    **dict.fromkeys(("string", "char", "varchar"), TEXT),
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint", "long"), INTEGRAL),
    "decimal": DECIMAL,
    "date": DATE,
    "timestamp": TIMESTAMP,
}


@dataclass(frozen=True, slots=True)
class Key:
    """A partition key that an expression names, and its place among the table's."""

    place: int
    type: Type

    @property
    def text(self) -> Column[str]:
        """The column of its values as they are."""
        column: Column[str] = ROWS.c[f"text_{self.place}"]
        return column

    @property
    def compared(self) -> Column[str]:
        """The column that sorts as its type does."""
        rank: Column[str] = ROWS.c[f"rank_{self.place}"]
        return self.text if self.type is TEXT else rank

    @property
    def misfit(self) -> Condition:
        """That a value is there which is not of the type."""
        kind = func.substr(ROWS.c.kinds, self.place + 1, 1)
        return kind.not_in([*self.type.kinds, partition_values.NOTHING])

    def literal(self, written: str) -> str:
        """What `compared` is compared with. Raises InvalidInputException."""
        if self.type is TEXT:
            return partition_values.comparable(written)
        kind, rank = partition_values.kind_and_rank(written)
        if rank is None or kind not in self.type.kinds:
            raise InvalidInputException(self.type.complaint.format(written))
        return rank

    def require_fits(self, values: Sequence[str]) -> None:
        """Raise InvalidStateException if the value among `values` is not of the type."""
        if self.type is TEXT or self.place >= len(values):
            return
        value = values[self.place]
        if partition_values.kind_and_rank(value)[0] not in self.type.kinds:
            raise InvalidStateException(self.type.complaint.format(value))


def key(place: int, hive: str) -> Key:
    """The key at a place of a table, of a Hive type. Raises InvalidInputException."""
    kind = TYPES.get(hive.partition("(")[0].strip().lower())
    if kind is None:
        raise InvalidInputException(f"Unknown type : '{hive}'")
    if place >= partition_values.PLACES:
        first = partition_values.PLACES
        raise InvalidInputException(f"Expression can use the first {first} partition keys only.")
    return Key(place, kind)
