"""`awsglue.utils`."""

from gluematch.models.jobs.glue.arguments import GlueArgumentError, getResolvedOptions

__all__ = ["GlueArgumentError", "getResolvedOptions"]
