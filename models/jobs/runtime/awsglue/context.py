"""`awsglue.context`."""

from gluematch.models.jobs.glue.context import GlueContext

__all__ = ["GlueContext"]
