"""Seeing in: what is told of requests and runs, in logs, metrics and health. Never a content."""
