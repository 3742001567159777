"""The formats of tables that are not files below a folder: of databases, and of table formats."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from .formats import Format, Storage


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A table that its own system reads: no formats, no SerDe, and the parameters that it has."""

    classification: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    partitioned: bool = False

    def groups_with(self, _: Format) -> bool:
        """A table is one by itself."""
        return False

    def merged(self, _: Self) -> Self:
        """The same."""
        return self

    def storage(self) -> Storage:
        """Empty formats, as Glue writes them."""
        return Storage("", "", "", {}, dict(self.parameters))
