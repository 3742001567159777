"""A service of moto's as far as it is kept: which attributes of its backends, and their classes."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from threading import Thread
from typing import Any

from gluematch.server.neighbours.loaded import loaded

from .graphs import Classes, Document, Drawing, Making, NotDrawn

Anew = Mapping[str, Mapping[str, Callable[[], Any]]]


@dataclass(frozen=True, slots=True)
class Backends:
    """Backends of a module of moto, one for each account and region, and what is kept of them.

    Where all of `filled` is empty, nobody has made anything.
    """

    module: str
    name: str
    filled: tuple[str, ...]
    beside: tuple[str, ...] = ()

    def there(self) -> Iterator[tuple[str, str, Any]]:
        """Account, region and backend of those that have something."""
        module = loaded(self.module)
        if module is None:
            return
        for account, regions in [*getattr(module, self.name).items()]:
            for region, backend in [*regions.items()]:
                if self.is_filled(backend):
                    yield account, region, backend

    def is_filled(self, backend: Any) -> bool:
        """Whether somebody has made something."""
        return any(getattr(backend, name) for name in self.filled)

    def of(self, account: str, region: str) -> Any:
        """A backend. Raises NotDrawn for a region that there is not."""
        try:
            return getattr(import_module(self.module), self.name)[account][region]
        except KeyError:
            raise NotDrawn(f"this version of moto has no region {region}") from None


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its backends, the modules with the classes of what they hold, attributes that are
    made anew, by class, and what is to be done when all is there again, and before an account is
    written."""

    name: str
    backends: tuple[Backends, ...]
    modules: tuple[str, ...]
    anew: Anew = field(default_factory=dict)
    awaken: Callable[[], None] = lambda: None
    prepare: Callable[[str], None] = lambda _account: None

    def is_filled(self) -> bool:
        """Whether somebody has made something."""
        return any(True for backends in self.backends for _ in backends.there())

    def accounts(self) -> list[str]:
        """The accounts that have made something."""
        return [*dict.fromkeys(account for each in self.backends for account, _, _ in each.there())]

    def draw(self, account: str, write: Callable[[str], object]) -> None:
        """Write what an account holds, as JSON objects with commas between. Raises NotDrawn."""
        self.prepare(account)
        drawing, before = Drawing(self.classes(), write), ""
        for backends in self.backends:
            for owner, region, backend in backends.there():
                if owner != account:
                    continue
                of = {"backends": backends.name, "account": account, "region": region}
                names = (*backends.filled, *backends.beside)
                write(f'{before}{json.dumps(of)[:-1]}, "held": ')
                drawing.draw({name: getattr(backend, name) for name in names})
                write(', "rest": ')
                drawing.draw_later()
                write("}")
                before = ", "

    def bring_back(self, found: Document) -> None:
        """Let the backends hold what was drawn of them, where they hold nothing yet.

        Raises NotDrawn, KeyError, TypeError and ValueError for what nobody has drawn, and changes
        nothing then.
        """
        making, named = Making(self.classes()), {each.name: each for each in self.backends}
        made = []
        for one in found:
            backends = named[one["backends"]]
            held = {name: making.of(value) for name, value in one["held"].items()}
            making.of(one.get("rest", []))
            if not held.keys() <= {*backends.filled, *backends.beside}:
                raise NotDrawn(f"{self.name} keeps no {min(held)}")
            made.append((backends, backends.of(one["account"], one["region"]), held))
        for backends, backend, held in made:
            if not backends.is_filled(backend):
                vars(backend).update(held)
        self.awaken()

    def classes(self) -> Classes:
        """The classes of what the service holds."""
        named = {
            name: kind
            for module in map(import_module, self.modules)
            for name, kind in vars(module).items()
            if isinstance(kind, type) and kind.__module__ == module.__name__
            if not issubclass(kind, Thread) and not name.endswith("Backend")
        }
        return Classes(named, {named[name]: anew for name, anew in self.anew.items()})
