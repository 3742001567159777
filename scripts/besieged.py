"""What the soak does harm to: one server, or two on one PostgreSQL, and perhaps a small disk."""

import errno
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import boto3
from botocore.config import Config
from soaked import Clients, Lost

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from database_servers import PostgreSQL, postgresql

ACCOUNT = "123456789012"
CONNECTIONS = 16
SERVICES = ("secretsmanager", "iam", "sqs", "dynamodb", "logs")
PATIENCE = 120.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A server that is killed and started again, at the same port and over the same directory."""

    data_dir: Path
    flags: tuple[str, ...] = ()
    database_url: str = ""
    port: int = field(default_factory=_free_port)
    process: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it answers. Raises Lost if it does not."""
        if self.process is not None:
            return
        command = [sys.executable, "-m", "gluematch.server", "serve", "--port", str(self.port)]
        command += ["--workers", "1", "--log-level", "error"]
        command += ["--data-dir", str(self.data_dir), *self.flags]
        store = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "soak"}
        if self.database_url:
            store["GLUEMATCH_DATABASE_URL"] = self.database_url
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, **store}
        )
        assert self.process.stdout is not None
        if re.search(r"ready at (\S+)", self.process.stdout.readline()) is None:
            raise Lost("the server does not start again")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def client(self, service: str) -> Any:
        """One that shows a failure at once."""
        config = Config(
            retries={"max_attempts": 0}, max_pool_connections=CONNECTIONS, read_timeout=PATIENCE
        )
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="soak",
            config=config,
        )


@dataclass
class Site:
    """All servers; the first one keeps the buckets and the other services. `clients` has those of
    each server."""

    servers: list[Server]
    database: PostgreSQL | None = None
    disk: Path | None = None
    clients: list[Clients] = field(default_factory=list)

    def start(self) -> None:
        """Start what is not there."""
        for server in self.servers:
            server.start()
        if not self.clients:
            s3, *others = [self.servers[0].client(name) for name in ("s3", *SERVICES)]
            aws = dict(zip(SERVICES, others, strict=True))
            self.clients = [Clients(s3, server.client("glue"), aws) for server in self.servers]

    def strike(self, chance: Random) -> str:
        """Kill a server, or end the database at once and bring it back; what it was."""
        place = chance.randrange(len(self.servers) + (self.database is not None))
        if place < len(self.servers):
            self.servers[place].kill()
            return f"server {place}"
        assert self.database is not None
        self.database.stop()
        self.database.start()
        return "the database"

    def starve(self, pause: threading.Event, seconds: float) -> None:
        """For a while let the disk have no room left."""
        if self.disk is None:
            return
        filler = self.disk / "filler"
        with filler.open("wb", buffering=0) as out:
            try:
                while True:
                    out.write(bytes(4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        pause.wait(seconds)
        filler.unlink()


@contextmanager
def site(folder: Path, *, on_postgresql: bool, disk_mb: int) -> Iterator[Site]:
    """Servers over directories below `folder`, not yet started; all is ended at the end."""
    with ExitStack() as stack:
        disk = stack.enter_context(_disk(folder / "disk", disk_mb)) if disk_mb else None
        place = disk or folder
        made = Site([Server(place / "data")], disk=disk)
        if on_postgresql:
            folder.chmod(0o711)
            made.database = stack.enter_context(postgresql(folder))
            first = made.servers[0]
            first.database_url = made.database.database()
            elsewhere = ("--s3-endpoint-url", first.url)
            made.servers.append(Server(place / "other", elsewhere, first.database_url))
        try:
            yield made
        finally:
            for server in made.servers:
                server.kill()


@contextmanager
def _disk(where: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own: only root may make one."""
    where.mkdir()
    size = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(where)], check=True)
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)
