"""`awsglueml.transforms`."""

from gluematch.models.jobs.glue.matching import FindIncrementalMatches, FindMatches

__all__ = ["FindIncrementalMatches", "FindMatches"]
