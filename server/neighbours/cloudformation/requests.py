"""What the operations of CloudFormation share: the table of them, and what a request may use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from . import parameters, templates
from .dependency_order import check_names, in_dependency_order
from .deployment import Deployment
from .errors import InsufficientCapabilities, ResourceFailed, StackError
from .kinds.kind import KINDS, at
from .resource_client import ResourceClient
from .resource_lifecycle import ResourceLifecycle
from .stacks import Stack, StackStore
from .templates import Template

_NOT_BUILT = {
    "NotificationARNs": "no topic would be told",
    "ResourceTypes": "they would not be looked at",
    "RollbackConfiguration": "no alarm would be watched",
    "StackPolicyBody": "it would not be enforced",
    "StackPolicyDuringUpdateBody": "it would not be enforced",
    "StackPolicyDuringUpdateURL": "it would not be enforced",
    "StackPolicyURL": "it would not be enforced",
    "ResourcesToImport": "resources cannot be imported",
    "IncludeNestedStacks": "stacks cannot be nested",
    "ImportExistingResources": "resources cannot be imported",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request: the stacks of its account and region, the way to the other services as its sender,
    and the host that it was sent to."""

    store: StackStore
    client: ResourceClient
    host: str

    def work(self, stack: Stack) -> Deployment:
        """What does the work on a stack."""
        return Deployment(
            self.store, stack, ResourceLifecycle(self.client, stack.name), self.exported
        )

    def exported(self, name: str) -> Any:
        """An export of one of the stacks. Raises StackError."""
        for stack in self.store.every():
            if name in stack.exports:
                return stack.exports[name]
        raise StackError(f"No export named {name} found.")

    def template(self, members: Mapping[str, Any], before: Stack | None = None) -> Template:
        """The template of a request, read and checked. Raises StackError."""
        return checked(self.text(members, before))

    def text(self, members: Mapping[str, Any], before: Stack | None = None) -> str:
        """The text of a request's template. Raises StackError."""
        body, url = members.get("TemplateBody"), members.get("TemplateURL")
        given = [each for each in (body, url, members.get("UsePreviousTemplate") or None) if each]
        if len(given) != 1:
            raise StackError("Either Template URL or Template Body must be specified.")
        if url:
            return self._from_bucket(url)
        if body is None:
            if before is None or not before.template:
                raise StackError("There is no previous template.")
            return before.template
        if len(body.encode()) > templates.BODY_LIMIT:
            raise StackError(
                "1 validation error detected: Value at 'templateBody' failed to satisfy constraint:"
                f" Member must have length less than or equal to {templates.BODY_LIMIT}"
            )
        return str(body)

    def _from_bucket(self, url: str) -> str:
        """The text of an object of our own S3: no other host is ever asked."""
        bucket, key, version = self._place(url)
        named = {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}
        try:
            size = self.client.call("s3", "HeadObject", named)["ContentLength"]
            if size > templates.URL_LIMIT:
                raise StackError(f"Template may not exceed {templates.URL_LIMIT} bytes in size.")
            data = self.client.call("s3", "GetObject", named)["Body"].read()
            return str(data.decode("utf-8-sig"))
        except ResourceFailed as error:
            raise StackError(f"S3 error: {error}") from None
        except UnicodeDecodeError:
            raise StackError("Template format error: the template is not UTF-8.") from None

    def _place(self, url: str) -> tuple[str, str, str | None]:
        """Bucket, key and version that a TemplateURL names. Raises StackError."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        bucket, path = "", unquote(parts.path.lstrip("/"))
        if parts.scheme not in {"http", "https"} or parts.username:
            host = ""
        labels = host.split(".")
        if host.endswith((".amazonaws.com", ".amazonaws.com.cn")) and port is None:
            place = next((n for n, each in enumerate(labels) if each.startswith("s3")), None)
            bucket = ".".join(labels[:place]) if place else ""
            host = "" if place is None else host
        elif parts.netloc.lower() != self.host.lower():
            name = self.host.rpartition(":")[0] if ":" in self.host else self.host
            inside = f".{self.host.lower()}"
            bucket = parts.netloc.lower().removesuffix(inside).removesuffix(".s3")
            if not name or not parts.netloc.lower().endswith(inside):
                host = ""
        if host and not bucket:
            bucket, _, path = path.partition("/")
        if not host or not bucket or not path:
            raise StackError("TemplateURL must be a supported URL.")
        version = parse_qs(parts.query).get("versionId", [None])[0]
        return bucket, path, version


Handler = Callable[[Call, Any], Mapping[str, Any]]
Function = TypeVar("Function", bound=Handler)
OPERATIONS: dict[str, Handler] = {}


def operation(function: Function) -> Function:
    """Register `function` as the handler of the operation that it is named after."""
    OPERATIONS[function.__name__] = function
    return function


def checked(text: str) -> Template:
    """The template of a text, whose types, functions and names are known. Raises StackError."""
    template = templates.read(text)
    unknown = sorted(template.types - KINDS.keys())
    if unknown:
        raise StackError(
            f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]"
        )
    check_names(template)
    in_dependency_order(template)
    return template


def refuse_what_is_not_built(members: Mapping[str, Any]) -> None:
    """Raise StackError for a member that would be stored and have no effect."""
    for name, why in _NOT_BUILT.items():
        if members.get(name):
            raise StackError(f"{name} is not supported by this server: {why}.")


def needed_capabilities(template: Template) -> tuple[list[str], str | None]:
    """The capability that a template needs, and why."""
    named, types = False, set()
    for resource in template.resources.values():
        kind = KINDS[resource["Type"]]
        if kind.capability is not None:
            types.add(kind.name)
            named = named or bool(kind.named and at(resource.get("Properties"), kind.named))
    if not types:
        return [], None
    capability = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    return [
        capability
    ], f"The following resource(s) require capabilities: [{', '.join(sorted(types))}]"


def check_capabilities(template: Template, given: list[str]) -> None:
    """Raise InsufficientCapabilities unless a client has acknowledged what the template may do."""
    needed, _ = needed_capabilities(template)
    enough = {*given, "CAPABILITY_IAM"} if "CAPABILITY_NAMED_IAM" in given else set(given)
    if not enough.issuperset(needed):
        raise InsufficientCapabilities(f"Requires capabilities : [{', '.join(needed)}]")


def texts(
    template: Template, members: Mapping[str, Any], before: Mapping[str, str]
) -> dict[str, str]:
    """The parameters' texts that a request gives. Raises StackError."""
    return parameters.given(template, members.get("Parameters", ()), before)


def tags(members: Mapping[str, Any]) -> dict[str, str]:
    """A request's tags."""
    return {tag["Key"]: tag["Value"] for tag in members.get("Tags", ())}
