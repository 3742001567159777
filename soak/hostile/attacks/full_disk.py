"""A disk that becomes full while seven services write: what they acknowledged is there after a kill
and after a clean end. What cannot be kept has to be refused."""

import errno
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

from botocore.exceptions import BotoCoreError, ClientError

from soak.hostile.attack import CLOSED, Attack, Figures
from soak.hostile.server import Server
from soak.hostile.services import SERVICES, Service

ROOM_SECONDS = 4.0
FULL_SECONDS = 8.0
KEPT_SECONDS = 5.0
"""docs/durability.md allows some seconds before a kill to be lost: nothing is written in these."""

_PAUSE = 0.02


def prepare(server: Server, _random: Random) -> None:
    """What the services write into."""
    for service in SERVICES:
        service.prepare(server.client(service.name))


def run(server: Server, _random: Random) -> Figures:
    """A round that ends by SIGKILL, and one that ends by SIGTERM; the disk is full both times."""
    figures, written = Figures(), dict[str, set[str]]()
    for end in (server.kill, server.stop):
        acknowledged = _round(server, figures, end.__name__)
        threading.Event().wait(KEPT_SECONDS)
        code = end()
        (server.data_dir.parent / "filler").unlink()
        server.start()
        for name, names in acknowledged.items():
            written.setdefault(name, set()).update(names)
        figures.acknowledged += sum(map(len, acknowledged.values()))
        if lost := _take_lost(server, written):
            figures.faults.append(f"lost after {end.__name__}: {dict(lost)}")
            if code == 0:
                figures.faults.append("the clean end lost changes, and its exit code is 0")
        figures.lost += lost.total()
    return figures


def _round(server: Server, figures: Figures, label: str) -> dict[str, set[str]]:
    """Write with room, then without; the names that were acknowledged, by service."""
    over = threading.Event()
    with ThreadPoolExecutor(len(SERVICES) + 1) as pool:
        writing = {
            service.name: pool.submit(_write, server, service, label, over) for service in SERVICES
        }
        over.wait(ROOM_SECONDS)
        filling = pool.submit(_fill, server, over)
        over.wait(FULL_SECONDS)
        over.set()
        filling.result()
    acknowledged = {}
    for name, future in writing.items():
        acknowledged[name], statuses = future.result()
        figures.count(statuses)
    return acknowledged


def _write(
    server: Server, service: Service, label: str, over: threading.Event
) -> tuple[set[str], list[int]]:
    client, acknowledged, statuses = server.client(service.name), set[str](), list[int]()
    while not over.wait(_PAUSE):
        name = f"{label}-{len(statuses)}"
        try:
            service.write(client, name)
        except ClientError as error:
            statuses.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
        except BotoCoreError:
            statuses.append(CLOSED)
        else:
            statuses.append(200)
            acknowledged.add(name)
    return acknowledged, statuses


def _fill(server: Server, over: threading.Event) -> None:
    """Leave no room until the end, whatever is given back meanwhile."""
    path = server.data_dir.parent / "filler"
    with path.open("ab", buffering=0) as filler:
        while not over.wait(0.05):
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def _take_lost(server: Server, written: dict[str, set[str]]) -> Counter[str]:
    """Take out the names that each service does not know any more; how many."""
    lost = Counter[str]()
    for service in SERVICES:
        if missing := written[service.name] - service.names(server.client(service.name)):
            lost[service.name] = len(missing)
            written[service.name] -= missing
    return lost


ATTACK = Attack(name="full_disk", run=run, prepare=prepare, disk_mb=64, damages_disk=True)
