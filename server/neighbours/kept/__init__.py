"""Neighbours that are kept: written while a server runs and at its end, read at its start."""
