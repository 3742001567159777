"""The life of a Glue request, as one list of named steps: `Dispatch.answer`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from werkzeug.datastructures import MultiDict

from gluematch.handlers.registry import OPERATIONS, ROUTES, Call, Handler
from gluematch.models.catalog.store import Catalog
from gluematch.models.datasets.access import Access, AwsServices
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.scope import Scope

from .permissions import Permissions, Sender
from .protocol import conformity, documents, faults, parser, scope, serializer, spec
from .protocol.faults import Answer
from .protocol.own import ROOT


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent, and for whom it speaks: the operation or the route (method and path
    below `/_gluematch/`) that it asks for, its signer and peer, the query, and the body."""

    request_id: str
    who: Scope
    body: bytes
    target: str | None = None
    route: tuple[str, str] | None = None
    sender: Sender = Sender()  # noqa: RUF009  # a frozen value
    query: MultiDict[str, str] = field(default_factory=MultiDict)


class Neighbour(Protocol):
    """Who answers what is not ours: the other AWS services of the same accounts."""

    def owns(self, operation: str, members: Mapping[str, Any]) -> bool:
        """Whether one of our own operations speaks of something that the neighbour keeps."""

    def answer_glue(self, who: Scope, operation: spec.Operation, body: bytes) -> Answer:
        """The answer to an operation of Glue that is not ours, or its refusal."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Everything that a request may need on its way. Without permissions all may do everything."""

    catalog: Catalog
    access_for: Callable[[Scope], Access]
    wake: Callable[[], None]
    neighbour: Neighbour
    owner_of: Callable[[str], str | None]
    default: Scope
    strict: bool
    permissions: Permissions | None = None

    def answer(self, request: Request) -> Answer:
        """The answer to a request: every way ends here, exceptions too."""
        try:
            return self._steps(request)
        except Exception as error:  # the one place where errors become answers
            return faults.answer(error, request.request_id)

    def _steps(self, request: Request) -> Answer:
        call = self._call(request.who, request.request_id)
        if request.route is not None:
            return self._own(request, request.route, call)
        operation = _operation(request.target or "")
        handler = OPERATIONS.get(operation.handler)
        if handler is None:
            self._permit(request, call, operation, documents.document(request.body))
            return self.neighbour.answer_glue(call.scope, operation, request.body)
        members = parser.parse(operation, request.body)
        self._permit(request, call, operation, members)
        if self.neighbour.owns(operation.name, members):
            return self.neighbour.answer_glue(call.scope, operation, request.body)
        result = self._result(operation, handler, call, members)
        return Answer(200, serializer.serialize(operation, result))

    def _own(self, request: Request, route: tuple[str, str], call: Call) -> Answer:
        found = _routed(*route)
        asked = {} if route[0] == "POST" else parser.from_query(found.operation, request.query)
        members = parser.parse(found.operation, request.body, {**asked, **found.members})
        self._permit(request, call, found.operation, members)
        result = self._result(found.operation, ROUTES[found.route], call, members)
        return Answer(200, serializer.serialize(found.operation, result))

    def _permit(
        self, request: Request, call: Call, operation: spec.Operation, members: Mapping[str, Any]
    ) -> None:
        if self.permissions is not None:
            self.permissions.check(request.sender, call.catalog, operation.name, members)

    def scope_of(self, who: scope.Signer) -> Scope:
        """The account and region that a signer speaks for."""
        return scope.scope_of(who, self.owner_of, self.default)

    def _call(self, who: Scope, request_id: str) -> Call:
        access = self.access_for(who)
        return Call(
            who,
            request_id,
            self.catalog.within(who),
            ObjectStore(access.s3),
            AwsServices(access.services),
            self.wake,
        )

    def _result(
        self, operation: spec.Operation, handler: Handler, call: Call, members: Any
    ) -> Mapping[str, Any]:
        if not self.strict:
            return handler(call, members)
        with conformity.of_errors(operation):
            result = handler(call, members)
        conformity.check(operation, result)
        return result


def _operation(target: str) -> spec.Operation:
    name = target.removeprefix(spec.TARGET)
    try:
        return spec.operation(name)
    except KeyError:
        raise faults.UnknownOperationException(f"Glue has no operation {name!r}.") from None


def _routed(method: str, path: str) -> spec.Routed:
    try:
        return spec.route(method, path)
    except KeyError:
        raise faults.NotFound(f"There is nothing at {ROOT}{path}.") from None
    except LookupError:
        raise faults.MethodNotAllowed(f"There is no {method} {ROOT}{path}.") from None
