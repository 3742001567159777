"""One resource: made, changed and deleted by the operations that its kind names."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gluematch.models import clock, ids

from .errors import ResourceFailed
from .kinds.kind import KINDS, Kind, Resource, Setting, at, put_at
from .resource_client import ResourceClient, ResourceNotFound
from .stacks import Record


@dataclass(frozen=True, slots=True)
class ResourceLifecycle:
    """Makes the resources of one stack, as whoever `client` speaks for."""

    client: ResourceClient
    stack_name: str

    def plan(
        self, logical_id: str, declared: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> Record:
        """The record of a resource that is not there yet, under the name that it will have."""
        kind = KINDS[declared["Type"]]
        given = at(properties, kind.named) if kind.named else None
        name = str(given) if given else self._name(kind, logical_id)
        return {
            "Type": kind.name,
            "Name": name,
            "PhysicalResourceId": name,
            "Properties": dict(properties),
            "Attributes": {},
            "Made": None,
            **policies(declared),
        }

    def create(self, record: Record) -> None:
        """Make the resource. Raises ResourceFailed; what it has made by then is still there."""
        kind, operation = KINDS[record["Type"]], KINDS[record["Type"]].create.operation
        record["Made"] = False
        kind.check(record["Properties"])
        resource = self._resource(kind, record)
        answers = {operation: self._do(kind, kind.create.members(resource), operation)}
        record["PhysicalResourceId"] = kind.ref(resource, answers)
        record["Made"] = True
        resource = self._resource(kind, record)
        for setting in kind.settings:
            if setting.on_create:
                self._set(kind, resource, setting, None)
        self._describe(kind, record, answers)

    def update(self, record: Record, properties: Mapping[str, Any]) -> None:
        """Let the resource have other properties. Raises ResourceFailed."""
        kind, before = KINDS[record["Type"]], record["Properties"]
        kind.check(properties)
        record["Properties"] = dict(properties)
        resource = self._resource(kind, record)
        names = {setting.name for setting in kind.settings}
        if any(properties.get(n) != before.get(n) for n in kind.properties - names):
            for step in kind.update:
                self._do(kind, step.members(resource), step.operation)
        for setting in kind.settings:
            if properties.get(setting.name) != before.get(setting.name):
                self._set(kind, resource, setting, before.get(setting.name))
        self._describe(kind, record, {})

    def delete(self, record: Record) -> None:
        """Delete the resource; one that is gone is deleted. Raises ResourceFailed."""
        kind = KINDS[record["Type"]]
        resource = self._resource(kind, record)
        try:
            for setting in kind.settings:
                if setting.before_delete and setting.remove is not None:
                    given = resource.properties.get(setting.name)
                    for key, item in _put_items(setting, given).items():
                        self._gone(kind, setting.remove(resource, key, item))
            self._gone(kind, (kind.delete.operation, kind.delete.members(resource) or {}))
        except KeyError as error:
            raise ResourceFailed(f"Property {error.args[0]} cannot be empty.") from None

    def _set(self, kind: Kind, resource: Resource, setting: Setting, before: Any) -> None:
        """Put what a setting has now and had not before; remove what it had."""
        given = resource.properties.get(setting.name)
        now = {} if given is None else setting.items(given)
        was = {} if before is None else setting.items(before)
        for key, item in was.items():
            if key not in now:
                if setting.remove is None:
                    raise ResourceFailed(
                        f"The property {setting.name} cannot be taken away by this server."
                    )
                self._gone(kind, setting.remove(resource, key, item))
        for key, item in now.items():
            if key not in was or was[key] != item:
                operation, members = setting.put(resource, key, item)
                self._do(kind, members, operation)

    def _describe(self, kind: Kind, record: Record, answers: dict[str, Any]) -> None:
        resource = self._resource(kind, record)
        for step in kind.described:
            answers[step.operation] = self._do(kind, step.members(resource), step.operation)
        record["Attributes"] |= kind.attributes(resource, answers)

    def _do(self, kind: Kind, members: Mapping[str, Any] | None, operation: str) -> dict[str, Any]:
        return {} if members is None else self.client.call(kind.service, operation, members)

    def _gone(self, kind: Kind, call: tuple[str, Mapping[str, Any]]) -> None:
        with suppress(ResourceNotFound):
            self.client.call(kind.service, *call)

    def _resource(self, kind: Kind, record: Record) -> Resource:
        properties = record["Properties"]
        if kind.named and at(properties, kind.named) is None:
            properties = put_at(properties, kind.named, record["Name"])
        who = self.client.who
        physical_id = record["PhysicalResourceId"]
        return Resource(properties, record["Name"], physical_id, who.account, who.region)

    def _name(self, kind: Kind, logical_id: str) -> str:
        suffix = ids.resource_suffix()
        room = kind.longest_name - len(suffix) - len(logical_id) - 2
        name = f"{self.stack_name[: max(room, 1)]}-{logical_id}"[: kind.longest_name - 13]
        name = f"{name}-{suffix}"
        return name.lower() if kind.lower_case else name


def _put_items(setting: Setting, given: Any) -> Mapping[str, Any]:
    """What of a setting may have been put: nothing, where it could not be read."""
    try:
        return setting.items(given)
    except (ResourceFailed, AttributeError, LookupError, TypeError, ValueError):
        return {}


def policies(declared: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of a resource that its stack does not need any more."""
    return {
        "DeletionPolicy": declared.get("DeletionPolicy", "Delete"),
        "UpdateReplacePolicy": declared.get("UpdateReplacePolicy", "Delete"),
    }


def note(record: Record, status: str, reason: str | None = None) -> None:
    """Let a resource's record have a state."""
    record["Status"], record["Reason"], record["Timestamp"] = status, reason, clock.now()
