"""Where frames go: S3, and the catalog's table of what lies there."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pyspark.sql.types import StructType

from . import types, writing
from .frames import DynamicFrame, DynamicFrameCollection
from .options import Options, form_of

if TYPE_CHECKING:
    from .context import GlueContext

SERDES: Mapping[str, tuple[str, str, str]] = {
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.openx.data.jsonserde.JsonSerDe",
    ),
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "orc": (
        "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
    ),
    "avro": (
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    ),
}
"""Input format, output format and SerDe, as Glue's crawlers write them."""


class DataSink:
    """A place in S3 that frames are written to; what `GlueContext.getSink` gives."""

    def __init__(self, glue_ctx: "GlueContext", options: Mapping[str, Any]) -> None:
        self._glue = glue_ctx
        self._options = dict(options)
        self._form: str | None = None
        self._format_options: dict[str, Any] = {}
        self._table: tuple[str, str] | None = None

    def setFormat(self, format: str | None, **options: Any) -> "DataSink":
        """The format of the objects, and its options."""
        self._form = form_of("s3", format)
        self._format_options.update(options)
        return self

    def setCatalogInfo(self, catalogDatabase: str, catalogTableName: str = "") -> "DataSink":
        """The table that tells what was written, made or brought up to date by `writeFrame`."""
        self._table = catalogDatabase, catalogTableName
        return self

    def writeFrame(self, dynamic_frame: DynamicFrame, info: str = "") -> DynamicFrame:
        """Write the frame; it is given back."""
        del info
        options = Options({**self._options, **self._format_options})
        form = self._form or form_of("s3", options.text("format"))
        path, keys = options.text("path"), options.texts("partitionKeys")
        if not path:
            raise ValueError("say where to write: connection_options needs a path")
        frame = dynamic_frame.toDF()
        written = writing.write(frame, self._glue.around.objects, path, form, options, keys)
        if self._table is not None and options.flag("enableUpdateCatalog"):
            described = described_table(frame.schema, self._table[1], path, form, keys)
            self._record(described, [one.values for one in written], options)
        return dynamic_frame

    def write(
        self, dynamic_frame_or_dfc: "DynamicFrame | DynamicFrameCollection", info: str = ""
    ) -> "DynamicFrame | DynamicFrameCollection":
        """Write a frame, or each of a collection below its name."""
        if isinstance(dynamic_frame_or_dfc, DynamicFrame):
            return self.writeFrame(dynamic_frame_or_dfc, info)
        path = str(self._options.get("path", "")).rstrip("/")
        for name, frame in dynamic_frame_or_dfc.items():
            sink = DataSink(self._glue, {**self._options, "path": f"{path}/{name}"})
            sink.setFormat(self._form, **self._format_options).writeFrame(frame, info)
        return dynamic_frame_or_dfc

    def _record(
        self, table: dict[str, Any], values: Sequence[tuple[str, ...]], options: Options
    ) -> None:
        """Make the table, or give it the new columns, and its new partitions."""
        glue = self._glue.around.services.client("glue")
        database = self._table[0] if self._table else ""
        try:
            glue.create_table(DatabaseName=database, TableInput=table)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AlreadyExistsException":
                raise
            if options.text("updateBehavior", "UPDATE_IN_DATABASE") == "UPDATE_IN_DATABASE":
                glue.update_table(DatabaseName=database, TableInput=table)
        _add_partitions(glue, database, table, sorted(set(values) - {()}))


def described_table(
    schema: StructType, name: str, path: str, form: str, keys: Sequence[str]
) -> dict[str, Any]:
    """The TableInput of objects that were written with these columns."""
    columns = [
        {"Name": field.name.lower(), "Type": types.hive_name(field.dataType)}
        for field in schema.fields
    ]
    folded = [key.lower() for key in keys]
    by_name = {column["Name"]: column for column in columns}
    inputs, outputs, serde = SERDES[form]
    parameters = {"field.delim": ","} if form == "csv" else {"serialization.format": "1"}
    more = {"skip.header.line.count": "1"} if form == "csv" else {}
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [by_name[key] for key in folded],
        "Parameters": {"classification": form, **more},
        "StorageDescriptor": {
            "Columns": [column for column in columns if column["Name"] not in folded],
            "Location": path.rstrip("/") + "/",
            "InputFormat": inputs,
            "OutputFormat": outputs,
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters},
        },
    }


def _add_partitions(
    glue: Any, database: str, table: Mapping[str, Any], values: Sequence[tuple[str, ...]]
) -> None:
    descriptor = table["StorageDescriptor"]
    keys = [key["Name"] for key in table["PartitionKeys"]]
    for start in range(0, len(values), 100):
        some = [
            {
                "Values": list(one),
                "StorageDescriptor": {
                    **descriptor,
                    "Location": descriptor["Location"] + writing.folders(keys, one),
                },
            }
            for one in values[start : start + 100]
        ]
        answer = glue.batch_create_partition(
            DatabaseName=database, TableName=table["Name"], PartitionInputList=some
        )
        for wrong in answer.get("Errors", ()):
            detail = wrong["ErrorDetail"]
            if detail["ErrorCode"] != "AlreadyExistsException":
                raise RuntimeError(f"{detail['ErrorCode']}: {detail['ErrorMessage']}")
