"""Which pairs of entities are worth comparing."""
