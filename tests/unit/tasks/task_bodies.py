"""Bodies for the supervisor's tests: children import them by name."""

import os
import signal
import subprocess
import sys
import threading
from typing import Any

from gluematch.models.tasks.work import Channel, WorkError


def doubles(inputs: int, channel: Channel) -> int:
    channel.log("doubling begins")
    channel.progress(0.5, "doubling")
    return inputs * 2


def refuses(inputs: str, channel: Channel) -> None:
    raise WorkError(inputs)


def breaks(inputs: str, channel: Channel) -> None:
    raise ValueError(f"the record says {inputs}")


def exhausts_memory(inputs: None, channel: Channel) -> None:
    raise MemoryError


def leaves(inputs: int, channel: Channel) -> None:
    os._exit(inputs)


def fails_until_the_file_is_there(inputs: str, channel: Channel) -> str:
    if not os.path.exists(inputs):
        open(inputs, "w").close()
        raise WorkError("not yet")
    return "at last"


def tells_its_pid_and_stays(inputs: Any, channel: Channel) -> None:
    channel.log(f"pid {os.getpid()}")
    threading.Event().wait()


def ignores_signals_and_stays(inputs: Any, channel: Channel) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    tells_its_pid_and_stays(inputs, channel)


def starts_a_process_and_stays(inputs: Any, channel: Channel) -> None:
    program = "import threading; threading.Event().wait()"
    helper = subprocess.Popen([sys.executable, "-c", program])
    channel.log(f"helper {helper.pid}")
    tells_its_pid_and_stays(inputs, channel)


def takes_memory_and_stays(inputs: int, channel: Channel) -> None:
    taken = b"x" * inputs
    tells_its_pid_and_stays(len(taken), channel)


def has_memory_taken_and_stays(inputs: int, channel: Channel) -> None:
    program = f"import threading; taken = b'x' * {inputs}; threading.Event().wait()"
    subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    tells_its_pid_and_stays(inputs, channel)


def describes_itself(inputs: Any, channel: Channel) -> dict[str, Any]:
    return {
        "nice": os.nice(0),
        "interrupt": signal.getsignal(signal.SIGINT) == signal.SIG_IGN,
        "group": os.getpgid(0) == os.getpid(),
        "main": getattr(sys.modules["__main__"], "__file__", None),
        "preloaded": "decimal" in sys.modules,
        "endpoint": channel.objects.access.endpoint_url,
    }
