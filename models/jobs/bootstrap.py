"""The first lines of a script's process: they run the script as Python would, and report its end.

Started by `launching.py` as a file, with a descriptor to report to, the script and its words. It
imports nothing of ours: the script's process has what the script asks for, and no more.
"""

import os
import sys
import types
from types import TracebackType

LONGEST = 1000


def main(report: int, script: str, words: list[str]) -> None:
    """Run the script as `__main__`; the last exception goes to `report` in one line."""
    os.set_inheritable(report, False)  # noqa: FBT003  # positional only
    sys.argv = [script, *words]
    sys.path[0] = os.path.dirname(script)  # no import that the script pays for
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]  # a TextIOWrapper at the start
    sys.excepthook = _show
    module = types.ModuleType("__main__")
    module.__file__ = script
    sys.modules["__main__"] = module
    try:
        with open(script, "rb") as file:  # as above
            code = compile(file.read(), script, "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102  # that is what a job is
    except SystemExit as error:
        if error.code not in (None, 0):
            os.write(report, line(error))
        raise
    except BaseException as error:
        os.write(report, line(error))
        raise


def line(error: BaseException) -> bytes:
    """An exception's type and the first line of its message."""
    try:
        message = str(error).strip()
    except Exception as broken:
        message = f"(its message cannot be shown: {type(broken).__name__})"
    first = message.splitlines()[0] if message else ""
    text = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return text[:LONGEST].encode(errors="backslashreplace")


def _show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The traceback as Python prints it, from the script's first frame on."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    sys.__excepthook__(kind, error.with_traceback(trace), trace)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
