"""Formats whose files carry their schema themselves: Parquet, ORC, Avro, Ion."""

from dataclasses import dataclass

from .formats import OfOneKind, Storage

PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
ORC = "org.apache.hadoop.hive.ql.io.orc"
AVRO = "org.apache.hadoop.hive.ql.io.avro"
ION = "com.amazon.ionhiveserde"


@dataclass(frozen=True, slots=True)
class Parquet(OfOneKind):
    """Parquet files, whatever compresses their pages."""

    classification: str = "parquet"
    partitioned: bool = True

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
class Orc(OfOneKind):
    """ORC files, whatever compresses their stripes."""

    classification: str = "orc"
    partitioned: bool = True

    def storage(self) -> Storage:
        """Hive's SerDe for ORC."""
        return Storage(f"{ORC}.OrcInputFormat", f"{ORC}.OrcOutputFormat", f"{ORC}.OrcSerde", {}, {})


@dataclass(frozen=True, slots=True)
class Avro(OfOneKind):
    """Avro container files; `schema` is the JSON text in their headers."""

    schema: str
    classification: str = "avro"
    partitioned: bool = True

    def storage(self) -> Storage:
        """Hive's SerDe for Avro, told the schema."""
        literal = {"avro.schema.literal": self.schema}
        return Storage(
            f"{AVRO}.AvroContainerInputFormat",
            f"{AVRO}.AvroContainerOutputFormat",
            "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
            {**literal, "serialization.format": "1"},
            literal,
        )


@dataclass(frozen=True, slots=True)
class Ion(OfOneKind):
    """Amazon Ion, text or binary."""

    classification: str = "ion"
    partitioned: bool = True

    def storage(self) -> Storage:
        """Amazon's SerDe for Ion."""
        return Storage(
            f"{ION}.formats.IonInputFormat",
            f"{ION}.formats.IonOutputFormat",
            f"{ION}.IonHiveSerDe",
            {},
            {},
        )
