"""`awsglue.data_sink`."""

from gluematch.models.jobs.glue.sinks import DataSink

__all__ = ["DataSink"]
