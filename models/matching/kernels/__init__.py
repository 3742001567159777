"""Compiled loops for large tables, and what they share: array types, threads, size limits."""
