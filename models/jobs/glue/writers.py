"""`write_dynamic_frame.from_...`: Glue's other names."""

from typing import TYPE_CHECKING, Any

from .frames import DynamicFrame, DynamicFrameCollection

if TYPE_CHECKING:
    from .context import GlueContext


class DynamicFrameWriter:
    """Where DynamicFrames go."""

    def __init__(self, glue_context: "GlueContext") -> None:
        self._glue = glue_context

    def from_options(
        self,
        frame: DynamicFrame | DynamicFrameCollection,
        connection_type: str,
        connection_options: dict[str, Any] | None = None,
        format: str | None = None,
        format_options: dict[str, Any] | None = None,
        transformation_ctx: str = "",
        **more: Any,
    ) -> DynamicFrame | DynamicFrameCollection:
        """Write the rows to a path."""
        return self._glue.write_dynamic_frame_from_options(
            frame,
            connection_type,
            connection_options,
            format,
            format_options,
            transformation_ctx,
            **more,
        )

    def from_jdbc_conf(
        self,
        frame: DynamicFrame,
        catalog_connection: str,
        connection_options: dict[str, Any] | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        **_: Any,
    ) -> DynamicFrame:
        """Add the rows to a table that a connection leads to."""
        del redshift_tmp_dir, transformation_ctx
        return self._glue.write_dynamic_frame_from_jdbc_conf(
            frame, catalog_connection, connection_options or {}
        )

    def from_catalog(
        self,
        frame: DynamicFrame,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: dict[str, Any] | None = None,
        catalog_id: str | None = None,
        **more: Any,
    ) -> DynamicFrame:
        """Write the rows to where a table lies."""
        database = database or more.get("name_space")
        if not database or not table_name:
            raise ValueError("from_catalog needs a database and a table_name")
        return self._glue.write_dynamic_frame_from_catalog(
            frame,
            database,
            table_name,
            redshift_tmp_dir,
            transformation_ctx,
            additional_options,
            catalog_id,
        )
