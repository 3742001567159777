"""Modules of moto that somebody has asked for, whole."""

import sys
from importlib import import_module
from types import ModuleType


def loaded(name: str) -> ModuleType | None:
    """The module; None where nothing has imported it.

    A module is in sys.modules before its text has run. The import waits until the thread that runs
    it has done so.
    """
    return import_module(name) if name in sys.modules else None
