"""The work on a stack: its resources one after the other, and back again where one fails."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import parameters, references
from .dependency_order import in_dependency_order
from .errors import ResourceFailed, StackError
from .kinds.kind import KINDS, at
from .resource_lifecycle import ResourceLifecycle, note, policies
from .stacks import Record, Stack, StackStore
from .templates import Template
from .values import Values


@dataclass(slots=True)
class Deployment:
    """One operation on one stack. `exported` finds an export of another stack by its name."""

    store: StackStore
    stack: Stack
    lifecycle: ResourceLifecycle
    exported: Callable[[str], Any]
    _undo: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    _left: list[tuple[str, Record]] = field(default_factory=list)
    _imports: set[str] = field(default_factory=set)

    def create(self, template: Template, texts: Mapping[str, str], on_failure: str) -> None:
        """Make all resources of a new stack. What fails ends as `on_failure` says: ROLLBACK, DELETE
        or DO_NOTHING."""
        failed = self._go(template, texts)
        if failed is None:
            self.stack.become("CREATE_COMPLETE")
            self.store.finish(self.stack, template.text)
            return
        if on_failure == "DO_NOTHING":
            self.stack.become("CREATE_FAILED", failed)
        elif on_failure == "DELETE":
            self.stack.become("DELETE_IN_PROGRESS", failed)
            self._delete("DELETE", at_creation=True)
            return
        else:
            self.stack.become("ROLLBACK_IN_PROGRESS", f"{failed} Rollback requested by user.")
            self._delete("ROLLBACK", at_creation=True)
        self.store.finish(self.stack, template.text)

    def update(self, template: Template, texts: Mapping[str, str]) -> None:
        """Let the stack be what another template says, or what it was before."""
        before = {name: dict(record) for name, record in self.stack.resources.items()}
        outputs, imports = self.stack.facts["Outputs"], self.stack.facts["Imports"]
        failed = self._go(template, texts)
        if failed is not None:
            self.stack.facts["Outputs"], self.stack.facts["Imports"] = outputs, imports
            self._roll_back(failed, before)
            self.store.finish(self.stack)
            return
        values = self._values(template, texts)
        gone = [name for name in self.stack.resources if not values.is_declared(name)]
        if gone or self._left:
            self.stack.become("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for name, old in reversed(self._left):
            self._remove(name, old, replaced=True)
        for name in reversed(gone):
            self._remove(name, self.stack.resources[name])
            del self.stack.resources[name]
        self.stack.facts["Parameters"] = dict(texts)
        self.stack.facts["Shown"] = parameters.shown(template, texts)
        self.stack.become("UPDATE_COMPLETE")
        self.store.finish(self.stack, template.text)

    def delete(self, retained: Sequence[str]) -> None:
        """Delete all resources, and forget the stack."""
        for name in retained:
            self.stack.resources[name]["DeletionPolicy"] = "Retain"
        self._delete("DELETE")

    def _go(self, template: Template, texts: Mapping[str, str]) -> str | None:
        """Make and change what the template says; why that failed."""
        values = self._values(template, texts)
        name = ""
        try:
            for name in in_dependency_order(template):
                if values.is_declared(name):
                    self._provide(name, template.resources[name], values)
            made = self.stack.resources
            order = [name for name in in_dependency_order(template) if name in made]
            rest = [name for name in made if name not in order]
            self.stack.facts["Resources"] = {each: made[each] for each in [*rest, *order]}
        except ResourceFailed:
            return f"The following resource(s) failed to {self._doing()}: [{name}]."
        try:
            self.stack.facts["Outputs"] = outputs(values)
            self._check_exports()
            self.stack.facts["Imports"] = sorted(self._imports)
        except StackError as error:
            return error.message
        return None

    def _values(self, template: Template, texts: Mapping[str, str]) -> Values:
        def exported(name: str) -> Any:
            self._imports.add(name)
            return self.exported(name)

        return references.values(self.stack, template, texts, self.lifecycle.client.who, exported)

    def _doing(self) -> str:
        return "update" if self.stack.status.startswith("UPDATE") else "create"

    def _check_exports(self) -> None:
        for each in self.store.every():
            twice = sorted(each.exports.keys() & self.stack.exports.keys())
            if each.stack_id != self.stack.stack_id and twice:
                raise StackError(
                    f"Export with name {twice[0]} is already exported by stack {each.name}."
                    " Rollback requested by user."
                )

    def _provide(self, name: str, declared: Mapping[str, Any], values: Values) -> None:
        """Have a resource be as it is declared."""
        record = self.stack.resources.get(name)
        kind = KINDS[declared["Type"]]
        try:
            properties = with_tags(
                kind.tags,
                values.resolve(declared.get("Properties") or {}),
                self.stack.facts["Tags"],
            )
        except StackError as error:
            self._tell_failure(name, record or {"Type": kind.name}, declared, error.message)
            raise ResourceFailed(error.message) from None
        if record is None:
            self._make(name, self.lifecycle.plan(name, declared, properties))
            return
        if record["Type"] != kind.name or kind.is_replaced(record["Properties"], properties):
            self._replace(name, declared, record, properties)
        elif record["Properties"] != properties:
            self._change(name, record, properties)
        self.stack.resources[name] |= policies(declared)

    def _tell_failure(
        self, name: str, record: Record, declared: Mapping[str, Any], why: str
    ) -> None:
        status = "UPDATE_FAILED" if name in self.stack.resources else "CREATE_FAILED"
        self.stack.tell(name, record.get("PhysicalResourceId", ""), declared["Type"], status, why)

    def _make(self, name: str, record: Record) -> None:
        self.stack.resources[name] = record
        self._undo.append((name, lambda: self._unmake(name, record)))
        self._step(name, record, "CREATE", lambda: self.lifecycle.create(record))

    def _unmake(self, name: str, record: Record) -> None:
        if self.stack.resources.get(name) is record:
            del self.stack.resources[name]
        if is_made(record) and record["DeletionPolicy"] != "Retain":
            self._step(name, record, "DELETE", lambda: self.lifecycle.delete(record))

    def _change(self, name: str, record: Record, properties: Mapping[str, Any]) -> None:
        before = record["Properties"]
        self._undo.append(
            (
                name,
                lambda: self._step(
                    name, record, "UPDATE", lambda: self.lifecycle.update(record, before)
                ),
            )
        )
        self._step(name, record, "UPDATE", lambda: self.lifecycle.update(record, properties))

    def _replace(
        self, name: str, declared: Mapping[str, Any], old: Record, properties: Mapping[str, Any]
    ) -> None:
        kind = KINDS[declared["Type"]]
        if kind.name == old["Type"] and not kind.is_elsewhere(old["Properties"], properties):
            why = (
                "CloudFormation cannot update a stack when a custom-named resource requires"
                f" replacing. Rename {old['PhysicalResourceId']} and update the stack again."
            )
            self._tell_failure(name, old, declared, why)
            raise ResourceFailed(why)
        record = self.lifecycle.plan(name, declared, properties)
        self._undo.append((name, lambda: self.stack.resources.update({name: old})))
        self._make(name, record)
        self._left.append((name, old))

    def _step(self, name: str, record: Record, doing: str, work: Callable[[], None]) -> None:
        """Do something with a resource, and say so; it is kept before that it will be done."""
        kind = record["Type"]
        note(record, f"{doing}_IN_PROGRESS")
        physical = "" if doing == "CREATE" else record["PhysicalResourceId"]
        self.stack.tell(name, physical, kind, record["Status"])
        self.store.save(self.stack)
        try:
            _checked(work)
        except ResourceFailed as error:
            note(record, f"{doing}_FAILED", str(error))
            self.stack.tell(name, record["PhysicalResourceId"], kind, record["Status"], str(error))
            raise
        note(record, f"{doing}_COMPLETE")
        self.stack.tell(name, record["PhysicalResourceId"], kind, record["Status"])

    def _roll_back(self, failed: str, before: Mapping[str, Record]) -> None:
        self.stack.become("UPDATE_ROLLBACK_IN_PROGRESS", failed)
        stuck = []
        for name, undo in reversed(self._undo):
            try:
                undo()
            except ResourceFailed:
                stuck.append(name)
        found = self.stack.resources
        self.stack.facts["Resources"] = {
            **{name: found[name] for name in before if name in found},
            **{name: record for name, record in found.items() if name not in before},
        }
        if stuck:
            names = ", ".join(dict.fromkeys(stuck))
            why = f"The following resource(s) failed to update: [{names}]."
            self.stack.become("UPDATE_ROLLBACK_FAILED", why)
        else:
            self.stack.become("UPDATE_ROLLBACK_COMPLETE")

    def _delete(self, doing: str, *, at_creation: bool = False) -> None:
        """Delete every resource, the last that was made first. A stack without any is forgotten,
        unless its creation is rolled back."""
        stuck = []
        for name, record in reversed([*self.stack.resources.items()]):
            if self._remove(name, record, at_creation=at_creation):
                del self.stack.resources[name]
            else:
                stuck.append(name)
        if stuck:
            names = ", ".join(reversed(stuck))
            why = f"The following resource(s) failed to delete: [{names}]."
            self.stack.become(f"{doing}_FAILED", why)
            self.store.finish(self.stack)
        elif doing == "DELETE":
            self.store.remove(self.stack)
        else:
            self.stack.become(f"{doing}_COMPLETE")

    def _remove(
        self, name: str, record: Record, *, replaced: bool = False, at_creation: bool = False
    ) -> bool:
        """Delete a resource, unless its policy says that it stays; whether it is not the stack's
        any more."""
        policy = record["UpdateReplacePolicy" if replaced else "DeletionPolicy"]
        kept = policy == "Retain" or (policy == "RetainExceptOnCreate" and not at_creation)
        if not is_made(record):
            return True
        if kept:
            physical_id = record["PhysicalResourceId"]
            self.stack.tell(name, physical_id, record["Type"], "DELETE_SKIPPED")
            return True
        try:
            self._step(name, record, "DELETE", lambda: self.lifecycle.delete(record))
        except ResourceFailed:
            return False
        return True


def _checked(work: Callable[[], None]) -> None:
    """Do it. Raises ResourceFailed, too, where a property has a type that its kind cannot use."""
    try:
        work()
    except (AttributeError, LookupError, TypeError, ValueError):
        why = "Properties validation failed: a property has not the type that it must have."
        raise ResourceFailed(why) from None


def is_made(record: Record) -> bool:
    """Whether a resource is the stack's: made by it or, where the server stopped meanwhile, perhaps
    made under a name that nobody else can have."""
    if record["Made"] is not None:
        return bool(record["Made"])
    kind = KINDS[record["Type"]]
    return kind.named is not None and at(record["Properties"], kind.named) is None


def outputs(values: Values) -> list[dict[str, Any]]:
    """The outputs of a template. Raises StackError."""
    found = []
    for key, output in values.template.section("Outputs").items():
        if "Condition" in output and not values.holds(output["Condition"]):
            continue
        value = values.resolve(output.get("Value"))
        if isinstance(value, (dict, list)) or value is None:
            raise StackError(
                "Template format error: Output value must be a string: the output " + key
            )
        exported = values.resolve((output.get("Export") or {}).get("Name"))
        found.append(
            {
                "OutputKey": key,
                "OutputValue": str(value).lower() if isinstance(value, bool) else str(value),
                "Description": output.get("Description"),
                "ExportName": None if exported is None else str(exported),
            }
        )
    return found


def with_tags(kind: type | None, properties: Any, tags: Mapping[str, str]) -> dict[str, Any]:
    """The properties with the stack's tags, where the kind takes tags: its own go before. Raises
    StackError."""
    if not isinstance(properties, Mapping):
        raise StackError("Template format error: Properties must be an object.")
    found: dict[str, Any] = dict(properties)
    if kind is None or not tags:
        return found
    given = found.get("Tags")
    if kind is dict:
        found["Tags"] = {**tags, **(given if isinstance(given, Mapping) else {})}
    else:
        own: Iterable[Any] = given if isinstance(given, list) else []
        named = {tag.get("Key") for tag in own if isinstance(tag, Mapping)}
        more = [{"Key": key, "Value": value} for key, value in tags.items() if key not in named]
        found["Tags"] = [*own, *more]
    return found
