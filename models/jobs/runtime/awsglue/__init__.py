"""What scripts know as `awsglue`: names only; the classes are in `gluematch.models.jobs.glue`."""

from gluematch.models.jobs.glue.frames import DynamicFrame
from gluematch.models.jobs.glue.transforms import GlueTransform

__all__ = ["DynamicFrame", "GlueTransform"]
