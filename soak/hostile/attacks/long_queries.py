"""Unsigned queries of 64 KB with thousands of `X-Amz-*` names: refusing one has to be cheap."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

from soak.hostile.attack import Attack, Figures
from soak.hostile.requests import Request, send
from soak.hostile.server import Server

REQUESTS = 12
SIZE = 64_000
MOST_SECONDS = 0.25
"""Processor seconds for one request."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def run(server: Server, random: Random) -> Figures:
    """Six at a time."""
    figures, before = Figures(), server.processor_seconds()
    requests = [Request("GET", "/kept/k?" + _query(random, kind)) for kind in range(REQUESTS)]
    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(lambda request: send(server, request, 60.0), requests)
        figures.count(answer.status for answer in answers)
    spent = (server.processor_seconds() - before) / REQUESTS
    if spent > MOST_SECONDS:
        figures.faults.append(f"an unsigned query of 64 KB takes {spent:.1f} processor seconds")
    return figures


def _query(random: Random, kind: int) -> str:
    """Distinct names; of the last ones in another case, or each twice."""
    start = "x-amz-" if kind == REQUESTS - 1 else "X-Amz-"
    names = [
        start + first + second + third
        for first in _LETTERS
        for second in _LETTERS
        for third in _LETTERS
    ]
    random.shuffle(names)
    if kind == REQUESTS - 2:
        names = [*names[:3200], *names[:3200]]
    text = "X-Amz-Algorithm=AWS4-HMAC-SHA256&a&a&" + "&".join(names)
    return text[:SIZE]


ATTACK = Attack(name="long_queries", run=run)
