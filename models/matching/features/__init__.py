"""Features of candidate pairs: similarities, ranks, neighbourhood; and the table of candidates."""
