"""The HTTP server: cheroot's reading of a request, our own threads, selector and limits.

docs/decisions/wsgi-server.md draws how a connection goes through it.
"""

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""A WSGI application."""

Check = Callable[[dict[str, Any]], None]
"""Raises Refusal for a WSGI environ that must not pass."""
