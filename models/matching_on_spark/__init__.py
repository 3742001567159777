"""Matching on Spark: the stages of models.matching over the parts of a table."""
