"""`awsglue.job`."""

from gluematch.models.jobs.glue.job import Job

__all__ = ["Job"]
