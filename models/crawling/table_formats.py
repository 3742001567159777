"""The formats of tables that are not files below a folder: of databases, and of table formats."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from .file_formats import Parquet
from .formats import LAZY_SERDE, TEXT_OUTPUT, Format, OfOneKind, Storage


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A table that its own system reads: no formats, no SerDe, and the parameters that it has."""

    classification: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    partitioned: bool = False

    def groups_with(self, _: Format) -> bool:
        """A table is one by itself."""
        return False

    def merged(self, _: Self) -> Self:
        """The same."""
        return self

    def storage(self) -> Storage:
        """Empty formats, as Glue writes them."""
        return Storage("", "", "", {}, dict(self.parameters))


@dataclass(frozen=True, slots=True)
class NativeDelta(OfOneKind):
    """A table that engines read by its Delta log: what Spark writes for a source of its own."""

    location: str
    classification: str = "delta"
    partitioned: bool = False

    def storage(self) -> Storage:
        """Formats that nobody uses, and the provider that reads the log."""
        return Storage(
            "org.apache.hadoop.mapred.SequenceFileInputFormat",
            "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat",
            LAZY_SERDE,
            {"serialization.format": "1", "path": self.location},
            {"spark.sql.sources.provider": "delta", "table_type": "delta"},
        )


@dataclass(frozen=True, slots=True)
class SymlinkedParquet(OfOneKind):
    """Parquet files that manifests list."""

    classification: str = "parquet"
    partitioned: bool = True

    def storage(self) -> Storage:
        """Hive's SerDe for Parquet, behind the format that reads manifests."""
        return replace(
            Parquet().storage(),
            input_format="org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat",
            output_format=TEXT_OUTPUT,
        )
