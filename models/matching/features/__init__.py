"""Features of candidate pairs: similarities, ranks, neighbourhood; and the table that holds them."""
