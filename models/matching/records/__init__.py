"""What the engine reads: records, their columns as text, tokens and token vectors, labels."""
