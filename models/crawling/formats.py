"""What a table of each format says of itself: formats, SerDe and parameters, as Glue writes them.

A format is a value with the traits that its classifier found. Adding one is a class here and
a classifier beside it.
"""

from dataclasses import dataclass, replace
from typing import Protocol, Self

TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
LAZY_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"


@dataclass(frozen=True, slots=True)
class Storage:
    """The format's part of a StorageDescriptor, and its part of the table's parameters.

    Without a `serde` the descriptor names none.
    """

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


class OfOneKind:
    """What formats share in which the columns alone decide whether objects are one table."""

    __slots__ = ()

    def groups_with(self, other: Format) -> bool:
        """All of the same class."""
        return isinstance(other, type(self))

    def merged(self, _: Self) -> Self:
        """The first."""
        return self


@dataclass(frozen=True, slots=True)
class Csv:
    """Delimited text; `quote` is the sign around cells, `open_csv` names the SerDe."""

    delimiter: str
    header: bool
    quoted: bool
    quote: str = '"'
    open_csv: bool = False
    classification: str = "csv"
    partitioned: bool = True

    def groups_with(self, other: Format) -> bool:
        """Delimiter and header agree; quotes may be here and not there."""
        return isinstance(other, Csv) and self.merged(other) == other.merged(self)

    def merged(self, other: "Csv") -> "Csv":
        """Quoted if one of them is."""
        return replace(
            self, quoted=self.quoted or other.quoted, open_csv=self.open_csv or other.open_csv
        )

    def storage(self) -> Storage:
        """The SerDe with the delimiter; a header is skipped by the table's parameter."""
        parameters = {
            "areColumnsQuoted": str(self.quoted).lower(),
            "columnsOrdered": "true",
            "delimiter": self.delimiter,
        }
        if self.header:
            parameters["skip.header.line.count"] = "1"
        serde, given = LAZY_SERDE, {"field.delim": self.delimiter}
        if self.open_csv:
            serde = OPEN_CSV_SERDE
            given = {"separatorChar": self.delimiter, "quoteChar": self.quote}
        return Storage(TEXT_INPUT, TEXT_OUTPUT, serde, given, parameters)


@dataclass(frozen=True, slots=True)
class Json:
    """JSON values, one after another; `paths` are the top-level names in their own case.

    `json_path` leads to the records inside each value, where a custom classifier says so.
    """

    paths: frozenset[str]
    json_path: str = ""
    classification: str = "json"
    partitioned: bool = True

    def groups_with(self, other: Format) -> bool:
        """Whatever their names: the columns decide."""
        return isinstance(other, Json) and self.json_path == other.json_path

    def merged(self, other: "Json") -> "Json":
        """The names of both."""
        return replace(self, paths=self.paths | other.paths)

    def storage(self) -> Storage:
        """The JSON SerDe, told the names in alphabetical order."""
        paths = {"paths": ",".join(sorted(self.paths))}
        path = {"jsonPath": self.json_path} if self.json_path else {}
        serde = "org.openx.data.jsonserde.JsonSerDe"
        return Storage(TEXT_INPUT, TEXT_OUTPUT, serde, paths, path)


@dataclass(frozen=True, slots=True)
class Log:
    """Lines that a grok pattern takes apart."""

    classification: str
    pattern: str
    custom_patterns: str = ""
    partitioned: bool = True

    def groups_with(self, other: Format) -> bool:
        """The same lines."""
        return self == other

    def merged(self, _: "Log") -> "Log":
        """The same."""
        return self

    def storage(self) -> Storage:
        """Glue's own SerDe for grok."""
        given = {"input.format": self.pattern}
        if self.custom_patterns:
            given["input.grokCustomPatterns"] = self.custom_patterns
        serde = "com.amazonaws.glue.serde.GrokSerDe"
        return Storage(TEXT_INPUT, TEXT_OUTPUT, serde, given, {})


@dataclass(frozen=True, slots=True)
class Xml:
    """XML documents in which each element of the name `row_tag` is a row."""

    row_tag: str
    classification: str = "xml"
    partitioned: bool = True

    def groups_with(self, other: Format) -> bool:
        """The same rows."""
        return self == other

    def merged(self, _: "Xml") -> "Xml":
        """The same."""
        return self

    def storage(self) -> Storage:
        """No SerDe of Hive's reads it: Spark does, by the row tag."""
        row_tag = {"rowTag": self.row_tag}
        return Storage("", "", "", row_tag, row_tag)


@dataclass(frozen=True, slots=True)
class Unknown(OfOneKind):
    """Objects that no classifier recognises: a table says so, and has no columns."""

    classification: str = "UNKNOWN"
    partitioned: bool = False

    def storage(self) -> None:
        """Nobody knows."""
        return
