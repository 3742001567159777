"""Neighbours that are kept over a clean restart: written when a server ends, read at its start."""
