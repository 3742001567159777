"""A stack as the server knows it: its state, its resources and its events, kept in the catalog."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gluematch.models import clock, ids
from gluematch.models.catalog import stacks as rows
from gluematch.models.catalog.store import Catalog, ScopedCatalog
from gluematch.models.scope import Scope

from .errors import AlreadyExists, StackError

STACKS_LIMIT = 2_000
EVENTS_LIMIT = 1_000
"""Older events of a stack are forgotten."""
BUSY = "_IN_PROGRESS"
REVIEW = "REVIEW_IN_PROGRESS"
STACK = "AWS::CloudFormation::Stack"

Record = dict[str, Any]
"""A resource of a stack: Type, Name, PhysicalResourceId, Properties, Attributes, Status, ..."""


@dataclass(slots=True)
class Stack:
    """A stack. `facts` is its document; it may hold passwords that a template had."""

    stack_id: str
    name: str
    facts: dict[str, Any] = field(repr=False)
    template: str = field(repr=False)
    server: str | None = None

    @property
    def status(self) -> str:
        """Its state, such as CREATE_COMPLETE."""
        return str(self.facts["Status"])

    @property
    def resources(self) -> dict[str, Record]:
        """Its resources by logical id, in the order in which they were made."""
        found: dict[str, Record] = self.facts["Resources"]
        return found

    @property
    def change_sets(self) -> dict[str, dict[str, Any]]:
        """Its change sets by ARN."""
        found: dict[str, dict[str, Any]] = self.facts["ChangeSets"]
        return found

    @property
    def exports(self) -> dict[str, Any]:
        """What it exports: names and values."""
        outputs = self.facts["Outputs"]
        return {o["ExportName"]: o["OutputValue"] for o in outputs if o.get("ExportName")}

    def become(self, status: str, reason: str | None = None) -> None:
        """Take a state, and say so in an event."""
        self.facts["Status"], self.facts["Reason"] = status, reason
        self.tell(self.name, self.stack_id, STACK, status, reason)

    def tell(
        self, logical_id: str, physical_id: str, kind: str, status: str, reason: str | None = None
    ) -> None:
        """Add an event."""
        events = self.facts["Events"]
        events.append(
            {
                "EventId": ids.unique(),
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical_id,
                "ResourceType": kind,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
                "Timestamp": clock.now(),
            }
        )
        del events[:-EVENTS_LIMIT]


def new(name: str, who: Scope, template: str, created: datetime, **facts: Any) -> Stack:
    """A stack that nobody knows yet."""
    stack_id = f"arn:aws:cloudformation:{who.region}:{who.account}:stack/{name}/{ids.unique()}"
    document = {
        "Status": "",
        "Reason": None,
        "Created": created,
        "Updated": None,
        "Parameters": {},
        "Shown": [],
        "Tags": {},
        "Capabilities": [],
        "Resources": {},
        "Outputs": [],
        "Imports": [],
        "Events": [],
        "ChangeSets": {},
        "Rollback": True,
        "Protected": False,
        **facts,
    }
    return Stack(stack_id, name, document, template)


@dataclass(frozen=True, slots=True)
class StackStore:
    """The stacks of one account and region. `server` is this server's name among those of the
    catalog."""

    catalog: ScopedCatalog
    server: str

    def get(self, name_or_id: str) -> Stack:
        """A stack. Raises StackError."""
        with self.catalog.read() as tx:
            found = rows.find(tx, name_or_id)
        if found is None:
            raise StackError(f"Stack with id {name_or_id} does not exist")
        return _stack(found)

    def every(self) -> list[Stack]:
        """All stacks, the newest first."""
        with self.catalog.read() as tx:
            found = [_stack(each) for each in rows.every(tx)]
        return sorted(found, key=lambda stack: stack.facts["Created"], reverse=True)

    def add(self, stack: Stack) -> None:
        """Keep a new stack, on which this server works. Raises AlreadyExists and StackError."""
        stack.server = self.server
        with self.catalog.begin() as tx:
            if rows.find(tx, stack.name) is not None:
                raise AlreadyExists(f"Stack [{stack.name}] already exists")
            if rows.count(tx) >= STACKS_LIMIT:
                raise StackError(f"Limit for stack has been exceeded: {STACKS_LIMIT}")
            rows.add(tx, _kept(stack))

    @contextmanager
    def changing(self, name_or_id: str) -> Iterator[Stack]:
        """A stack that no other request changes meanwhile, and that nobody works on: it is kept as
        it is when the block ends. Raises StackError."""
        with self.catalog.begin() as tx:
            found = rows.find(tx, name_or_id)
            if found is None:
                raise StackError(f"Stack [{name_or_id}] does not exist")
            stack = _stack(found)
            if stack.status.endswith(BUSY) and stack.status != REVIEW:
                raise StackError(
                    f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
                )
            yield stack
            rows.update(tx, _kept(stack))

    @contextmanager
    def beginning(self, name_or_id: str) -> Iterator[Stack]:
        """The same, and this server works on it from then on."""
        with self.changing(name_or_id) as stack:
            yield stack
            stack.server = self.server

    def save(self, stack: Stack) -> None:
        """Keep what a stack is now."""
        with self.catalog.begin() as tx:
            rows.update(tx, _kept(stack))

    def finish(self, stack: Stack, template: str | None = None) -> None:
        """Keep what a stack is now, with its template: nobody works on it any more."""
        stack.server = None
        with self.catalog.begin() as tx:
            rows.update(tx, _kept(stack))
            if template is not None:
                stack.template = template
                rows.update_template(tx, stack.stack_id, template)

    def remove(self, stack: Stack) -> None:
        """Forget a stack."""
        with self.catalog.begin() as tx:
            rows.remove(tx, stack.stack_id)


def end_what_was_left(catalog: Catalog, server: str) -> None:
    """Let the stacks that this server worked on when it stopped say that they failed: what they
    have made by then is known, so that they can be deleted."""
    with catalog.look() as connection:
        left = rows.left_by(connection, server)
    for scope, kept in left:
        stack = _stack(kept)
        doing = stack.status.removesuffix(BUSY).removesuffix("_COMPLETE_CLEANUP")
        stack.become(f"{doing}_FAILED", "The server stopped while this was in progress.")
        StackStore(catalog.within(scope), server).finish(stack)


def _stack(kept: rows.Kept) -> Stack:
    document: Mapping[str, Any] = kept.document
    return Stack(kept.stack_id, kept.name, dict(document), kept.template, kept.server)


def _kept(stack: Stack) -> rows.Kept:
    return rows.Kept(stack.stack_id, stack.name, stack.facts, stack.template, stack.server)
