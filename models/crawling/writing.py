"""What every step of applying a crawl needs: where it writes, under which policy, and its tally."""

from collections.abc import Callable
from dataclasses import dataclass

from gluematch.models.catalog.store import Transaction

from .documents import Authorship
from .plan import Policy
from .summaries import Action, Summary


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a crawl writes, as whom, and what it may change."""

    database: str
    prefix: str
    role: str
    policy: Policy
    author: Authorship


@dataclass(frozen=True, slots=True)
class Writing:
    """An apply in progress: its transaction, its destination, what it has done so far."""

    tx: Transaction
    to: Destination
    summary: Summary
    log: Callable[[str], None]

    def note(self, action: Action, table: str, line: str) -> None:
        """Count a change of a table, and log it."""
        self.summary.add("TABLE", action, [table])
        self.mention(table, line)

    def mention(self, table: str, line: str) -> None:
        """Log a line about a table, with its {name} and {database} filled in."""
        self.log(f"INFO : {line.format(name=table, database=self.to.database)}")
