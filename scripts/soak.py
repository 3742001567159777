"""Eight threads write to a server that is killed at random moments; after each start everything
that was acknowledged has to be there, everything else whole or absent, and no run may hang.

The seed is printed: the same one asks for the same changes, though not at the same moments.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from soaked import Clients, Database, Imports, Lost, Object, Upload, Versions, furnish

THREADS = 8
PATIENCE = 120.0
ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}


def main(words: Sequence[str] | None = None) -> int:
    """0 if nothing was lost and nothing hangs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data-dir", type=Path, help="where the server keeps its data")
    given = parser.parse_args(words)
    print(f"seed {given.seed}, {given.kills} kills", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            soak(given.data_dir or Path(folder) / "data", given.kills, Random(given.seed))
        except Lost as error:
            print(f"LOST: {error}")
            return 1
    return 0


def soak(data_dir: Path, kills: int, chance: Random) -> None:
    """Kill the server so many times. Raises Lost."""
    changes: Counter[str] = Counter()
    with served(data_dir) as (_, clients):
        imports = furnish(clients)
    writers = [things(number, imports) for number in range(THREADS)]
    for kill in range(kills):
        with served(data_dir) as (process, clients):
            check(writers, clients)
            until_killed(process, clients, writers, chance, changes)
        if kill % 10 == 9:
            print(f"  {kill + 1} kills, {changes.total()} changes acknowledged", flush=True)
    with served(data_dir) as (_, clients):
        check(writers, clients)
        wait_for_runs(imports, clients)
    told = ", ".join(f"{number} of {kind}" for kind, number in sorted(changes.items()))
    print(f"nothing lost in {kills} kills; acknowledged changes: {told}")


def things(number: int, imports: Imports) -> list[Any]:
    """What one thread writes."""
    own: list[Any] = [Versions(f"versions-{number}"), Upload(f"upload-{number}")]
    own += [Database(f"db-{number}-{k}") for k in range(2)]
    own += [Object(f"objects/{number}-{k}") for k in range(3)]
    return [*own, imports] if number == 0 else own


def check(writers: list[list[Any]], clients: Clients) -> None:
    """Raises Lost for the first thing that is not as it may be."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda own: [one.check(clients) for one in own], writers))


def until_killed(
    process: "subprocess.Popen[str]",
    clients: Clients,
    writers: list[list[Any]],
    chance: Random,
    changes: Counter[str],
) -> None:
    """Let all threads write, kill the server meanwhile, and wait until they have noticed."""
    killed = threading.Event()

    def write(own: list[Any], dice: Random) -> None:
        while True:
            one = dice.choice(own)
            try:
                one.change(clients, dice)
            except ClientError as error:
                raise Lost(f"a change was refused: {error}") from error
            except (BotoCoreError, HTTPClientError) as error:
                if not killed.is_set():
                    raise Lost(f"a living server did not answer: {error}") from error
                return
            changes[type(one).__name__.lower()] += 1

    with ThreadPoolExecutor(THREADS) as pool:
        dice = [Random(chance.random()) for _ in writers]
        writing = [pool.submit(write, own, each) for own, each in zip(writers, dice, strict=True)]
        threading.Event().wait(chance.uniform(0.05, 1.5))
        killed.set()
        process.kill()
        for one in writing:
            one.result(PATIENCE)


def wait_for_runs(imports: Imports, clients: Clients) -> None:
    """Raises Lost if a run does not end."""
    end = time.monotonic() + PATIENCE
    while waiting := [run for run, state in imports.states(clients).items() if state not in ENDED]:
        if time.monotonic() > end:
            raise Lost(f"runs that do not end: {waiting}")
        threading.Event().wait(0.2)


@contextmanager
def served(data_dir: Path) -> Iterator[tuple["subprocess.Popen[str]", Clients]]:
    """A server over the directory, and clients that ask everything once."""
    command = [sys.executable, "-m", "gluematch.server", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(
        [*command, "--data-dir", str(data_dir)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            ready = re.search(r"ready at (\S+)", process.stdout.readline())
            if ready is None:
                raise Lost("the server does not start again")
            yield process, Clients(*(_client(service, ready[1]) for service in ("s3", "glue")))
        finally:
            process.kill()


def _client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="soak",
        config=Config(
            retries={"max_attempts": 0}, max_pool_connections=2 * THREADS, read_timeout=PATIENCE
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
