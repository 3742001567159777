"""Stacks of CloudFormation: documents that say what each has made, and their templates.

What a document says is the neighbour's own affair. The server that works on a stack is noted in its
row, so that a stack whose server died can be found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select

from gluematch.models.scope import Scope

from . import schema, statements
from .store import Connection, Transaction

ROWS = schema.stacks


@dataclass(frozen=True, slots=True)
class Kept:
    """A stack as it is kept. Its document may hold passwords that a template had."""

    stack_id: str
    name: str
    document: Mapping[str, Any] = field(repr=False)
    template: str = field(repr=False)
    server: str | None


def add(tx: Transaction, stack: Kept) -> None:
    """Keep a new stack."""
    statements.add(tx, ROWS, _row(stack))


def find(tx: Transaction, name_or_id: str) -> Kept | None:
    """The stack of that name or id."""
    named = or_(ROWS.c.stack_id == name_or_id, ROWS.c.name == name_or_id)
    row = statements.first(tx, ROWS, named)
    return None if row is None else _kept(row)


def every(tx: Transaction) -> list[Kept]:
    """All stacks of the scope: a scope has two thousand at most."""
    query = statements.rows_of(tx, ROWS).order_by(ROWS.c.stack_id)
    return [_kept(row) for row in statements.every(tx, query)]


def count(tx: Transaction) -> int:
    """How many stacks there are."""
    return statements.count(tx, ROWS)


def update(tx: Transaction, stack: Kept) -> None:
    """Keep what a stack is now. Its template is written only where it differs."""
    changes: dict[str, Any] = {"document": stack.document, "server": stack.server}
    statements.change(tx, ROWS, changes, stack_id=stack.stack_id)


def update_template(tx: Transaction, stack_id: str, template: str) -> None:
    """Keep another template of a stack."""
    statements.change(tx, ROWS, {"template": template}, stack_id=stack_id)


def remove(tx: Transaction, stack_id: str) -> None:
    """Forget a stack."""
    statements.remove(tx, ROWS, stack_id=stack_id)


def left_by(connection: Connection, server: str) -> list[tuple[Scope, Kept]]:
    """Every stack, of all scopes, that the server was working on."""
    query = select(ROWS).where(ROWS.c.server == server)
    return [(scope, _kept(row)) for scope, row in statements.across(connection, query)]


def _row(stack: Kept) -> dict[str, Any]:
    return {
        "stack_id": stack.stack_id,
        "name": stack.name,
        "document": stack.document,
        "template": stack.template,
        "server": stack.server,
    }


def _kept(row: Mapping[str, Any]) -> Kept:
    return Kept(row["stack_id"], row["name"], row["document"], row["template"], row["server"])
