"""What scripts know as `awsglueml`: FindMatches and FindIncrementalMatches, in `transforms`."""

__all__ = []
