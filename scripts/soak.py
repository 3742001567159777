"""Eight threads write to servers that are killed at random moments; after each start everything
that was acknowledged has to be there, everything else whole or absent, and no run may hang.

The seed is printed: the same one asks for the same changes, though not at the same moments.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from besieged import PATIENCE, Site, site
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from soaked import Clients, Database, Imports, Lost, Object, Upload, Versions, furnish
from soaked_services import furnish_services, service_things

THREADS = 8
ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}


def main(words: Sequence[str] | None = None) -> int:
    """0 if nothing was lost and nothing hangs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--postgresql",
        action="store_true",
        help="two servers on one PostgreSQL, which is killed now and then, too",
    )
    parser.add_argument(
        "--disk-mb", type=int, default=0, help="a small disk, which is full now and then (root)"
    )
    given = parser.parse_args(words)
    os.environ.pop("GLUEMATCH_DATABASE_URL", None)
    print(f"seed {given.seed}, {given.kills} kills", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with site(place, on_postgresql=given.postgresql, disk_mb=given.disk_mb) as whole:
            try:
                soak(whole, given.kills, Random(given.seed))
            except Lost as error:
                print(f"LOST: {error}")
                return 1
    return 0


def soak(whole: Site, kills: int, chance: Random) -> None:
    """Kill so many times. Raises Lost."""
    changes: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    struck: Counter[str] = Counter()
    whole.start()
    imports = furnish(whole.clients[0])
    furnish_services(whole.clients[0])
    writers = [things(number, imports) for number in range(THREADS)]
    for kill in range(kills):
        whole.start()
        for clients in whole.clients:
            check(writers, clients)
        struck[until_struck(whole, writers, chance, changes, refused)] += 1
        if kill % 10 == 9:
            print(f"  {kill + 1} kills, {changes.total()} changes acknowledged", flush=True)
    whole.start()
    for clients in whole.clients:
        check(writers, clients)
    wait_for_runs(imports, whole.clients[0])
    told, victims = _listed(changes), _listed(struck)
    print(f"nothing lost in {kills} kills of {victims}; acknowledged changes: {told}")
    if refused:
        print(f"refused meanwhile, and none of them lost or half done: {_listed(refused)}")


def things(number: int, imports: Imports) -> list[Any]:
    """What one thread writes."""
    own: list[Any] = [Versions(f"versions-{number}"), Upload(f"upload-{number}")]
    own += [Database(f"db-{number}-{k}") for k in range(2)]
    own += [Object(f"objects/{number}-{k}") for k in range(3)]
    own += service_things(number)
    return [*own, imports] if number == 0 else own


def check(writers: list[list[Any]], clients: Clients) -> None:
    """Raises Lost for the first thing that is not as it may be."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda own: [one.check(clients) for one in own], writers))


def until_struck(
    whole: Site,
    writers: list[list[Any]],
    chance: Random,
    changes: Counter[str],
    refused: Counter[str],
) -> str:
    """Let all threads write, each through one server; strike meanwhile, and wait until they have
    noticed. What was struck.

    What a thread was refused meanwhile may be as before or as asked for: it is left alone.
    """
    harmed, over = threading.Event(), threading.Event()

    def write(own: list[Any], clients: Clients, dice: Random) -> None:
        certain = [*own]
        while certain and not over.is_set():
            one = dice.choice(certain)
            try:
                one.change(clients, dice)
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if not harmed.is_set() or status < 500:
                    raise Lost(f"a change was refused: {error}") from error
                certain.remove(one)
                refused[type(one).__name__.lower()] += 1
            except (BotoCoreError, HTTPClientError) as error:
                if not over.is_set():
                    raise Lost(f"a living server did not answer: {error}") from error
                return
            else:
                changes[type(one).__name__.lower()] += 1

    with ThreadPoolExecutor(THREADS) as pool:
        writing = [
            pool.submit(write, own, whole.clients[number % len(whole.clients)], Random(seed))
            for number, (own, seed) in enumerate([(own, chance.random()) for own in writers])
        ]
        threading.Event().wait(chance.uniform(0.05, 1.5))
        if whole.disk is not None:
            harmed.set()
            whole.starve(over, chance.uniform(0.05, 0.5))
            threading.Event().wait(chance.uniform(0.05, 0.5))
        harmed.set()
        over.set()
        struck = whole.strike(chance)
        for one in writing:
            one.result(PATIENCE)
    return struck


def wait_for_runs(imports: Imports, clients: Clients) -> None:
    """Raises Lost if a run does not end."""
    end = time.monotonic() + PATIENCE
    while waiting := [run for run, state in imports.states(clients).items() if state not in ENDED]:
        if time.monotonic() > end:
            raise Lost(f"runs that do not end: {waiting}")
        threading.Event().wait(0.2)


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{number} of {kind}" for kind, number in sorted(counted.items()))


if __name__ == "__main__":
    sys.exit(main())
