"""`awsglue.context.GlueContext`: where a script gets its frames from and writes them to.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-glue-context.html
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession

from gluematch.models.datasets.tables import table_format

from . import catalog, databases, surroundings
from .bookmarks import Bookmarks
from .frames import DynamicFrame, DynamicFrameCollection
from .hadoop import reach_s3
from .objects_source import objects_frame, pieces_of
from .options import Options, form_of
from .readers import DataFrameReader, DynamicFrameReader
from .sinks import DataSink
from .writers import DynamicFrameWriter

AS_IN_GLUE: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.sources.default": "parquet",
}
"""Settings of a session that scripts rely on: a cast that fails gives null, clocks show UTC."""

Given = Mapping[str, Any]


class GlueContext:
    """A Spark session, and Glue's ways to data."""

    def __init__(self, sparkContext: SparkContext, **options: Any) -> None:
        del options
        self.spark_context = sparkContext
        self.spark_session = SparkSession(sparkContext)
        for name, value in AS_IN_GLUE.items():
            self.spark_session.conf.set(name, value)
        self.around = surroundings.found()
        reach_s3(self.spark_session, self.around.objects.access)
        self.bookmarks = Bookmarks(self.around)
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.create_data_frame = DataFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)

    def __getattr__(self, name: str) -> Any:
        """What a SQLContext has, the session has: `sql`, `read`, `createDataFrame`."""
        if name.startswith("_") or name == "spark_session":
            raise AttributeError(name)
        return getattr(self.spark_session, name)

    def get_logger(self) -> logging.Logger:
        """A logger; what it is told stands in the job's error log."""
        logger = logging.getLogger("GlueLogger")
        if not logger.handlers:
            logger.addHandler(logging.StreamHandler())
            logger.setLevel(logging.INFO)
        return logger

    def create_dynamic_frame_from_catalog(
        self,
        database: str,
        table_name: str,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Given | None = None,
        catalog_id: str | None = None,
        **more: Any,
    ) -> DynamicFrame:
        """The rows of a table of the catalog, of the partitions that meet the predicate."""
        del redshift_tmp_dir, more
        options = Options(additional_options or {})
        table = catalog.find_table(self.around, database, table_name, catalog_id)
        if place := databases.place_of(table):
            return self._from_database("jdbc", {**options.given, **place}, table_name)
        expression = options.text("catalogPartitionPredicate")
        parts = catalog.partitions(
            self.spark_session, self.around, table, push_down_predicate, expression
        )
        pieces = catalog.table_pieces(self.around, table, parts)
        pieces = self.bookmarks.fresh(transformation_ctx, pieces)
        frame = catalog.table_frame(self.spark_session, self.around.objects, table, pieces)
        return DynamicFrame(frame, self, table_name)

    def create_dynamic_frame_from_options(
        self,
        connection_type: str,
        connection_options: Given | None = None,
        format: str | None = None,
        format_options: Given | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **more: Any,
    ) -> DynamicFrame:
        """The rows of objects at paths, or of a table of a database."""
        del more
        if connection_type.lower() in databases.ENGINES:
            return self._from_database(connection_type.lower(), connection_options or {}, "")
        form = form_of(connection_type, format)
        options = Options({**(format_options or {}), **(connection_options or {})})
        listed, keys = pieces_of(self.around.objects, options)
        pieces = self.bookmarks.fresh(transformation_ctx, listed)
        frame = objects_frame(self.spark_session, self.around.objects, form, options, pieces, keys)
        if push_down_predicate:
            frame = frame.where(push_down_predicate)
        return DynamicFrame(frame, self, "")

    def _from_database(self, engine: str, given: Given, name: str) -> DynamicFrame:
        options = Options(given)
        frame = databases.table_frame(self.spark_session, self.around, engine, options)
        return DynamicFrame(frame, self, name)

    def create_data_frame_from_catalog(
        self, database: str, table_name: str, *args: Any, **more: Any
    ) -> DataFrame:
        """The rows of a table of the catalog as a Spark frame."""
        return self.create_dynamic_frame_from_catalog(database, table_name, *args, **more).toDF()

    def create_data_frame_from_options(
        self, connection_type: str, *args: Any, **more: Any
    ) -> DataFrame:
        """The rows of objects at paths as a Spark frame."""
        return self.create_dynamic_frame_from_options(connection_type, *args, **more).toDF()

    def create_dynamic_frame_from_rdd(
        self, data: Any, name: str, schema: Any = None, sample_ratio: float | None = None, **_: Any
    ) -> DynamicFrame:
        """The rows of an RDD or a list."""
        frame = self.spark_session.createDataFrame(data, schema, sample_ratio)
        return DynamicFrame(frame, self, name)

    def write_dynamic_frame_from_options(
        self,
        frame: DynamicFrame | DynamicFrameCollection,
        connection_type: str,
        connection_options: Given | None = None,
        format: str | None = None,
        format_options: Given | None = None,
        transformation_ctx: str = "",
        **more: Any,
    ) -> DynamicFrame | DynamicFrameCollection:
        """Write the rows to a path, or add those of a frame to a table; they are given back."""
        del transformation_ctx, more
        if connection_type.lower() in databases.ENGINES and isinstance(frame, DynamicFrame):
            options = Options(connection_options or {})
            databases.write(frame.toDF(), self.around, connection_type.lower(), options)
            return frame
        form = form_of(connection_type, format)
        sink = DataSink(self, connection_options or {})
        return sink.setFormat(form, **(format_options or {})).write(frame)

    def write_dynamic_frame_from_catalog(
        self,
        frame: DynamicFrame,
        database: str,
        table_name: str,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: Given | None = None,
        catalog_id: str | None = None,
        **more: Any,
    ) -> DynamicFrame:
        """Write the rows to where a table of the catalog lies, in its format and partitions."""
        del redshift_tmp_dir, transformation_ctx, more
        table = catalog.find_table(self.around, database, table_name, catalog_id)
        if place := databases.place_of(table):
            databases.write(frame.toDF(), self.around, "jdbc", Options(place))
            return frame
        options = dict(additional_options or {})
        dialect = catalog.format_options(table)
        keys = options.pop("partitionKeys", [name for name, _ in table.partition_keys])
        sink = DataSink(self, {**options, "path": table.location, "partitionKeys": keys})
        sink.setFormat(table_format(table), **dialect)
        sink.setCatalogInfo(database, table_name)
        return sink.writeFrame(frame)

    def write_dynamic_frame_from_jdbc_conf(
        self, frame: DynamicFrame, catalog_connection: str, connection_options: Given, **_: Any
    ) -> DynamicFrame:
        """Add the rows to a table that a connection of the catalog leads to."""
        options = Options({**connection_options, "connectionName": catalog_connection})
        databases.write(frame.toDF(), self.around, "jdbc", options)
        return frame

    def getSink(
        self,
        connection_type: str,
        format: str | None = None,
        transformation_ctx: str = "",
        **options: Any,
    ) -> DataSink:
        """A place in S3 to write to, told by `path`; see DataSink."""
        del transformation_ctx
        form_of(connection_type, format or "csv")
        sink = DataSink(self, options)
        return sink if format is None else sink.setFormat(format)

    def union(self, *frames: Any) -> Any:
        """The rows of several DynamicFrames."""
        listed: Sequence[DynamicFrame] = frames[0] if isinstance(frames[0], list) else frames
        first, *rest = listed
        for one in rest:
            first = first.union(one)
        return first
