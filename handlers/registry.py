"""The table of the operations that we build: a decorator fills it, dispatch and docs read it.

A handler is a function named as boto3 names the operation. It gets the call and the
validated request, wire names and all, and answers with the response's members.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from gluematch.models.catalog.store import ScopedCatalog
from gluematch.models.datasets.access import AwsServices
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.scope import Scope


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler may use.

    `catalog`, `objects` and `services` see the caller's account and region only. `wake` tells the
    worker that a row waits for it; it returns at once.
    """

    scope: Scope
    request_id: str
    catalog: ScopedCatalog
    objects: ObjectStore
    services: AwsServices
    wake: Callable[[], None]


Handler = Callable[[Call, Any], Mapping[str, Any]]
Function = TypeVar("Function", bound=Callable[..., Mapping[str, Any]])

OPERATIONS: dict[str, Handler] = {}


def operation(function: Function) -> Function:
    """Register `function` as the handler of the operation that it is named after."""
    name = function.__name__
    if name in OPERATIONS:
        raise ValueError(f"two handlers are named {name}")
    OPERATIONS[name] = function
    return function


ROUTES: dict[str, Handler] = {}
"""By method and path, as in `POST find-matches`."""


def route(path: str, method: str = "POST") -> Callable[[Function], Function]:
    """Register a function for `/_gluematch/<path>`: what Glue itself has no operation for.

    `path` may name members in braces, as in `transforms/{TransformId}/metrics`.
    """
    name = f"{method} {path}"

    def register(function: Function) -> Function:
        if name in ROUTES:
            raise ValueError(f"two handlers serve {name}")
        ROUTES[name] = function
        return function

    return register
