"""Why two rows match or do not: contributions, links, constraints, in words."""
