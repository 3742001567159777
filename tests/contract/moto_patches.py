"""Prints, as JSON, each attribute of moto that a server with S3 replaces, and its shape before.

Run in a process of its own: the replacements stay for as long as a process lives.
"""

import importlib
import inspect
import json
import sys
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from gluematch.server.testing import GlueServer

SERVICES = ("dynamodb", "iam", "logs", "s3", "secretsmanager", "sqs", "sts")


def main() -> None:
    for service in SERVICES:
        for part in ("models", "responses"):
            importlib.import_module(f"moto.{service}.{part}")
    modules = [module for name, module in sys.modules.items() if name.startswith("moto.")]
    before = attributes(modules, dir)
    with TemporaryDirectory() as folder, GlueServer(data_dir=Path(folder)) as server:
        client = server.client("s3")
        client.create_bucket(Bucket="patched")
        client.put_object(Bucket="patched", Key="key", Body=b"value")
        assert client.get_object(Bucket="patched", Key="key")["Body"].read() == b"value"
    after = attributes(modules, vars)
    replaced = [name for name, value in after.items() if before.get(name) is not value]
    print(json.dumps({name: shape(before.get(name)) for name in replaced}))


def attributes(
    modules: list[ModuleType], names_of: Callable[[type], Iterable[str]]
) -> dict[str, Any]:
    """By dotted name what the modules and their classes have: functions, properties, lists. Of a
    class those of `names_of`: with what it inherits (`dir`), or without (`vars`)."""
    found: dict[str, Any] = {}
    for module in modules:
        for name, value in vars(module).items():
            if inspect.isfunction(value):
                found[f"{module.__name__}.{name}"] = value
            elif is_own_class(value, module):
                for key in [*names_of(value)]:
                    if replaceable(attribute := inspect.getattr_static(value, key)):
                        found[f"{module.__name__}.{name}.{key}"] = attribute
    return found


def is_own_class(value: Any, module: ModuleType) -> bool:
    """Whether the module defines this class; not enumerations, which Python itself changes."""
    return (
        inspect.isclass(value)
        and value.__module__ == module.__name__
        and not issubclass(value, Enum)
    )


def replaceable(value: Any) -> bool:
    return inspect.isfunction(value) or isinstance(value, (property, list))


def shape(value: Any) -> str:
    """What a caller may rely on: a function's parameters, what a property has, or a list."""
    if isinstance(value, property):
        accessors = ("fget", "fset", "fdel")
        return "property " + " ".join(name for name in accessors if getattr(value, name))
    if inspect.isfunction(value):
        signature = inspect.signature(value)
        plain = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
        return str(signature.replace(parameters=plain, return_annotation=signature.empty))
    return "absent" if value is None else type(value).__name__


if __name__ == "__main__":
    main()
