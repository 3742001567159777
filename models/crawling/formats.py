"""What a table of each format says of itself: formats, SerDe and parameters, as Glue writes them.

A format is a value with the traits that its classifier found. Adding one is a class here and
a classifier beside it.
"""

from dataclasses import dataclass, replace
from typing import Protocol, Self

TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


@dataclass(frozen=True, slots=True)
class Storage:
    """The format's part of a StorageDescriptor, and its part of the table's parameters."""

    input_format: str
    output_format: str
    serde: str
    serde_parameters: dict[str, str]
    parameters: dict[str, str]


class Format(Protocol):
    """A classification, and what objects must share to lie in one table."""

    @property
    def classification(self) -> str:
        """The name that the table's parameters bear."""

    @property
    def partitioned(self) -> bool:
        """Whether folders of such objects may be partitions."""

    def groups_with(self, other: "Format") -> bool:
        """Whether one table may hold objects of both."""

    def merged(self, other: Self) -> Self:
        """The format of a table that holds objects of both."""

    def storage(self) -> Storage | None:
        """What the catalog says of it; None where nobody knows how to read it."""


@dataclass(frozen=True, slots=True)
class Csv:
    """Delimited text."""

    delimiter: str
    header: bool
    quoted: bool
    classification: str = "csv"
    partitioned: bool = True

    def groups_with(self, other: Format) -> bool:
        """Delimiter and header agree; quotes may be here and not there."""
        return isinstance(other, Csv) and replace(other, quoted=self.quoted) == self

    def merged(self, other: "Csv") -> "Csv":
        """Quoted if one of them is."""
        return replace(self, quoted=self.quoted or other.quoted)

    def storage(self) -> Storage:
        """LazySimpleSerDe with the delimiter; a header is skipped by the table's parameter."""
        parameters = {
            "areColumnsQuoted": str(self.quoted).lower(),
            "columnsOrdered": "true",
            "delimiter": self.delimiter,
        }
        if self.header:
            parameters["skip.header.line.count"] = "1"
        serde = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
        return Storage(TEXT_INPUT, TEXT_OUTPUT, serde, {"field.delim": self.delimiter}, parameters)


@dataclass(frozen=True, slots=True)
class Json:
    """JSON values, one after another; `paths` are the top-level names in their own case."""

    paths: frozenset[str]
    classification: str = "json"
    partitioned: bool = True

    def groups_with(self, other: Format) -> bool:
        """Whatever their names: the columns decide."""
        return isinstance(other, Json)

    def merged(self, other: "Json") -> "Json":
        """The names of both."""
        return replace(self, paths=self.paths | other.paths)

    def storage(self) -> Storage:
        """The JSON SerDe, told the names in alphabetical order."""
        paths = {"paths": ",".join(sorted(self.paths))}
        return Storage(TEXT_INPUT, TEXT_OUTPUT, "org.openx.data.jsonserde.JsonSerDe", paths, {})


@dataclass(frozen=True, slots=True)
class Parquet:
    """Parquet files, whatever compresses their pages."""

    classification: str = "parquet"
    partitioned: bool = True

    def groups_with(self, other: Format) -> bool:
        """The columns decide."""
        return isinstance(other, Parquet)

    def merged(self, _: "Parquet") -> "Parquet":
        """The same."""
        return self

    def storage(self) -> Storage:
        """Hive's SerDe for Parquet."""
        return Storage(
            f"{PARQUET}.MapredParquetInputFormat",
            f"{PARQUET}.MapredParquetOutputFormat",
            f"{PARQUET}.serde.ParquetHiveSerDe",
            {"serialization.format": "1"},
            {},
        )


@dataclass(frozen=True, slots=True)
class Unknown:
    """Objects that no classifier recognises: a table says so, and has no columns."""

    classification: str = "UNKNOWN"
    partitioned: bool = False

    def groups_with(self, other: Format) -> bool:
        """All that is unknown is alike."""
        return isinstance(other, Unknown)

    def merged(self, _: "Unknown") -> "Unknown":
        """The same."""
        return self

    def storage(self) -> None:
        """Nobody knows."""
        return
