"""FindMatches on a Spark cluster: the engine's own stages, on parts of a table."""
