"""Which rows a person should label next, and rows that are matched to existing groups."""
