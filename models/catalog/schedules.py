"""Schedules: what begins by itself, and when next. One for a crawler, later one for a trigger."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from gluematch.models import clock, cron
from gluematch.models.scope import Scope

from . import schema, statements
from .store import Transaction

ROWS = schema.schedules
CRAWLER = "crawler"
SCHEDULED, NOT_SCHEDULED = "SCHEDULED", "NOT_SCHEDULED"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the thing of that kind and name begins.

    `next_fire` is None while it is stopped, and when its expression has no fire left.
    """

    kind: str
    name: str
    expression: str
    state: str = NOT_SCHEDULED
    next_fire: datetime | None = None

    def started(self) -> "Schedule":
        """The schedule counting from now on. Raises cron.CronError."""
        upcoming = cron.parse(self.expression).next_after(clock.now())
        return replace(self, state=SCHEDULED, next_fire=upcoming)

    def stopped(self) -> "Schedule":
        """The schedule kept, yet not firing. Raises cron.CronError."""
        cron.parse(self.expression)
        return replace(self, state=NOT_SCHEDULED, next_fire=None)


def put(tx: Transaction, schedule: Schedule) -> None:
    """Keep the schedule, in place of an earlier one of that kind and name."""
    drop(tx, schedule.kind, schedule.name)
    statements.add(tx, ROWS, asdict(schedule))


def find(tx: Transaction, kind: str, name: str) -> Schedule | None:
    """The schedule, if there is one."""
    row = statements.first(tx, ROWS, kind=kind, name=name)
    return None if row is None else _schedule(row)


def many(tx: Transaction, kind: str, names: Collection[str]) -> dict[str, Schedule]:
    """The schedules of that kind that the named things have, by name."""
    found: dict[str, Schedule] = {}
    for chunk in statements.chunks(list(names)):
        query = statements.rows_of(tx, ROWS, ROWS.c.kind == kind, ROWS.c.name.in_(chunk))
        found |= {row["name"]: _schedule(row) for row in statements.every(tx, query)}
    return found


def drop(tx: Transaction, kind: str, name: str) -> None:
    """Remove the schedule, if there is one."""
    statements.remove(tx, ROWS, kind=kind, name=name)


def advance(tx: Transaction, schedule: Schedule, upcoming: datetime | None) -> bool:
    """Take the fire that `schedule` waits for, and wait for `upcoming`; False if it is taken."""
    unchanged = (
        ROWS.c.kind == schedule.kind,
        ROWS.c.name == schedule.name,
        ROWS.c.expression == schedule.expression,
        ROWS.c.next_fire == schedule.next_fire,
    )
    return bool(statements.change(tx, ROWS, {"next_fire": upcoming}, *unchanged))


def due(connection: Connection, now: datetime) -> list[tuple[Scope, Schedule]]:
    """The schedules of all scopes whose fire has come, the longest due first."""
    query = select(ROWS).where(ROWS.c.next_fire <= now).order_by(ROWS.c.next_fire)
    return [(scope, _schedule(row)) for scope, row in statements.across(connection, query)]


def next_fire(connection: Connection) -> datetime | None:
    """The earliest fire of all scopes."""
    found: datetime | None = connection.execute(select(func.min(ROWS.c.next_fire))).scalar_one()
    return found


def _schedule(row: Mapping[str, Any]) -> Schedule:
    return Schedule(row["kind"], row["name"], row["expression"], row["state"], row["next_fire"])
