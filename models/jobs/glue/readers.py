"""`create_dynamic_frame.from_...` and `create_data_frame.from_...`: Glue's other names."""

from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame

from .frames import DynamicFrame

if TYPE_CHECKING:
    from .context import GlueContext


class DynamicFrameReader:
    """Where DynamicFrames come from."""

    def __init__(self, glue_context: "GlueContext") -> None:
        self._glue = glue_context

    def from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: dict[str, Any] | None = None,
        catalog_id: str | None = None,
        **more: Any,
    ) -> DynamicFrame:
        """The rows of a table; `name_space` is an old word for `database`."""
        return self._glue.create_dynamic_frame_from_catalog(
            *_named(database, table_name, more),
            redshift_tmp_dir,
            transformation_ctx,
            push_down_predicate,
            additional_options,
            catalog_id,
        )

    def from_options(
        self,
        connection_type: str,
        connection_options: dict[str, Any] | None = None,
        format: str | None = None,
        format_options: dict[str, Any] | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **more: Any,
    ) -> DynamicFrame:
        """The rows of objects at paths."""
        return self._glue.create_dynamic_frame_from_options(
            connection_type,
            connection_options,
            format,
            format_options,
            transformation_ctx,
            push_down_predicate,
            **more,
        )

    def from_rdd(
        self, data: Any, name: str, schema: Any = None, sampleRatio: float | None = None
    ) -> DynamicFrame:
        """The rows of an RDD."""
        return self._glue.create_dynamic_frame_from_rdd(data, name, schema, sampleRatio)


class DataFrameReader:
    """Where Spark frames come from."""

    def __init__(self, glue_context: "GlueContext") -> None:
        self._read = DynamicFrameReader(glue_context)

    def from_catalog(self, *args: Any, **more: Any) -> DataFrame:
        """The rows of a table."""
        return self._read.from_catalog(*args, **more).toDF()

    def from_options(self, *args: Any, **more: Any) -> DataFrame:
        """The rows of objects at paths."""
        return self._read.from_options(*args, **more).toDF()


def _named(database: str | None, table: str | None, more: dict[str, Any]) -> tuple[str, str]:
    database = database or more.get("name_space")
    if not database or not table:
        raise ValueError("from_catalog needs a database and a table_name")
    return database, table
