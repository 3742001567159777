"""How large a table's schema may be, in every format: the type of a column has the length that AWS
allows, and a schema whose types name one another unfolds to a bounded number of types."""

from .errors import FormatError

LONGEST_TYPE = 131_072
"""Characters, as the service model says of ColumnTypeString."""

MOST_TYPES = 100_000


class TypeCount:
    """The types that one schema has unfolded to so far."""

    def __init__(self) -> None:
        self._left = MOST_TYPES

    def add(self) -> None:
        """One type more. Raises FormatError for too many."""
        self._left -= 1
        if self._left < 0:
            raise FormatError(f"its schema unfolds to more than {MOST_TYPES} types")


def require_short(column: str, hive_type: str) -> None:
    """Raise FormatError for a type that the Data Catalog does not take."""
    if len(hive_type) > LONGEST_TYPE:
        raise FormatError(
            f"the type of its column {column[:255]!r} has more than {LONGEST_TYPE} characters"
        )
