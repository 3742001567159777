"""`awsglue.dynamicframe`."""

from gluematch.models.jobs.glue.frames import DynamicFrame, DynamicFrameCollection
from gluematch.models.jobs.glue.readers import DynamicFrameReader
from gluematch.models.jobs.glue.writers import DynamicFrameWriter

__all__ = ["DynamicFrame", "DynamicFrameCollection", "DynamicFrameReader", "DynamicFrameWriter"]
