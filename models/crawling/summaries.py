"""What a crawl changed: counts for everyone, and the first names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Entity = Literal["TABLE", "PARTITION"]
Action = Literal["ADD", "UPDATE", "DELETE"]

ENTITIES: tuple[Entity, ...] = ("TABLE", "PARTITION")
ACTIONS: tuple[Action, ...] = ("ADD", "UPDATE", "DELETE")
NAMED = 20


@dataclass(slots=True)
class Summary:
    """A tally of changes, filled while they are applied."""

    names: dict[tuple[Entity, Action], list[str]] = field(default_factory=dict)

    def add(self, entity: Entity, action: Action, names: Sequence[str]) -> None:
        """Note that these were added, updated or deleted."""
        if names:
            self.names.setdefault((entity, action), []).extend(names)

    def document(self) -> dict[str, dict[str, Any]]:
        """The tally as the catalog keeps it: entity, action, count and the first names."""
        kept: dict[str, dict[str, Any]] = {}
        for (entity, action), names in self.names.items():
            kept.setdefault(entity, {})[action] = {"Count": len(names), "Names": names[:NAMED]}
        return kept

    def lines(self) -> list[str]:
        """The tally as lines of a log."""
        lines = []
        for entity in ENTITIES:
            counts = {action: len(self.names.get((entity, action), ())) for action in ACTIONS}
            if any(counts.values()):
                lines.append(f"INFO : Run Summary For {entity}:")
                lines += [f"INFO : {action}: {counts[action]}" for action in ACTIONS]
        return lines


def count(document: Mapping[str, Any], entity: Entity, action: Action) -> int:
    """How many entities a kept tally says were added, updated or deleted."""
    return int(document.get(entity, {}).get(action, {}).get("Count", 0))
