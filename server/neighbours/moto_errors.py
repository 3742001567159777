"""Where an exception comes from: moto stumbles over requests that are not well-formed."""

import traceback

_OURS, _MOTOS = "gluematch.", "moto."


def place_in_moto(error: Exception) -> str | None:
    """The line of moto on which an error has its cause; None where ours came after it."""
    for frame, line in reversed([*traceback.walk_tb(error.__traceback__)]):
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(_OURS):
            return None
        if module.startswith(_MOTOS):
            return f"{module}:{line}"
    return None
