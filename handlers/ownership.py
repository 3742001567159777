"""Whose catalog a request speaks of: each account has one, and sees no other."""

from collections.abc import Mapping
from typing import Any

from gluematch.models.errors import EntityNotFoundException, GlueError

from .registry import Call


def require_own_catalog(
    call: Call,
    request: Mapping[str, Any],
    *,
    refusal: type[GlueError] = EntityNotFoundException,
) -> None:
    """Raise `refusal` if the request names the catalog of another account."""
    catalog = request.get("CatalogId", call.scope.account)
    if catalog != call.scope.account:
        raise refusal(f"Catalog {catalog} not found.")
