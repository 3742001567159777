"""No attack: a few ordinary calls. It shows what the machine itself adds to health's latency."""

import threading
from random import Random

from soak.hostile.attack import Attack, Figures
from soak.hostile.server import Server

SECONDS = 5.0


def run(server: Server, _random: Random) -> Figures:
    """One call every 50 ms."""
    figures, pause = Figures(), threading.Event()
    glue = server.client("glue")
    for _ in range(int(SECONDS / 0.05)):
        answer = glue.get_database(Name="kept")
        figures.count([answer["ResponseMetadata"]["HTTPStatusCode"]])
        pause.wait(0.05)
    return figures


ATTACK = Attack(name="quiet", run=run)
