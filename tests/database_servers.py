"""Real database servers for tests: PostgreSQL and MariaDB, on free local ports.

Debian's packages `postgresql` and `mariadb-server` bring the programs. A server lives in a
directory of its own and belongs to the tests alone; one that the machine runs is left in peace.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pymysql

PASSWORD = "pass/word %40 with'quotes €ö"
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
DEBIAN_POSTGRES = str(POSTGRES[0]) if POSTGRES else None
PATIENCE = 30.0
ROOT = 0

SHOP = """
CREATE DATABASE shop;
CREATE DATABASE archive;
CREATE USER 'reader'@'%' IDENTIFIED BY '{password}';
GRANT SELECT, SHOW VIEW ON *.* TO 'reader'@'%';
CREATE DATABASE written;
CREATE USER 'writer'@'%' IDENTIFIED BY '{password}';
GRANT ALL ON written.* TO 'writer'@'%';
USE shop;
CREATE TABLE customers (
    id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
    Name VARCHAR(80) NOT NULL COMMENT 'as on the passport',
    born DATE, credit DECIMAL(12, 2), vip TINYINT(1), rating TINYINT, points SMALLINT,
    visits BIGINT UNSIGNED, weight FLOAT, score DOUBLE, photo BLOB, flags BIT(8),
    since DATETIME, seen TIMESTAMP NULL, opens TIME, joined YEAR,
    kind ENUM('person', 'company'), notes TEXT, more JSON
) COMMENT 'who buys';
CREATE TABLE orders (id BIGINT PRIMARY KEY, customer INT UNSIGNED, placed DATETIME);
CREATE VIEW rich AS SELECT id, Name FROM customers WHERE credit > 1000;
CREATE TABLE archive.orders_2001 (id BIGINT PRIMARY KEY);
"""

ROLES = """
CREATE ROLE reader LOGIN PASSWORD '{password}' IN ROLE pg_read_all_data;
CREATE ROLE keeper LOGIN PASSWORD '{password}';
CREATE ROLE writer LOGIN PASSWORD '{password}';
"""

BENCH = """
CREATE SCHEMA written AUTHORIZATION writer;
CREATE SCHEMA sales;
CREATE TABLE sales."Deals" (
    id bigserial PRIMARY KEY, small smallint, amount numeric(12, 3), huge numeric, ratio real,
    score double precision, paid boolean, code char(3), title varchar(40), body text,
    at timestamp, at_zone timestamptz, due date, opens time, ref uuid, raw bytea,
    tags text[], counts int[], more jsonb, place point, span interval
);
COMMENT ON TABLE sales."Deals" IS 'what was sold';
COMMENT ON COLUMN sales."Deals".amount IS 'in euros';
CREATE VIEW sales.paid_deals AS SELECT id, amount FROM sales."Deals" WHERE paid;
CREATE MATERIALIZED VIEW sales.totals AS SELECT count(*) AS many FROM sales."Deals";
"""


@dataclass(frozen=True)
class Database:
    """Where a server answers, who may read it, and the database that has the tables."""

    engine: str
    port: int
    database: str
    user: str = "reader"
    password: str = PASSWORD

    @property
    def url(self) -> str:
        return f"jdbc:{self.engine}://127.0.0.1:{self.port}/{self.database}"


def missing_programs() -> dict[str, str]:
    """By engine whose server this machine lacks: what to install."""
    lacking = {}
    if DEBIAN_POSTGRES is None and shutil.which("initdb") is None:
        lacking["postgresql"] = "apt-get install postgresql"
    if shutil.which("mariadbd") is None:
        lacking["mariadb"] = "apt-get install mariadb-server"
    return lacking


@dataclass
class PostgreSQL:
    """A PostgreSQL server of one's own, which can be taken away and brought back."""

    directory: Path
    port: int
    _running: "subprocess.Popen[bytes] | None" = None
    _numbers: "count[int]" = field(default_factory=count)

    def start(self) -> None:
        """Serve; returns when it answers."""
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "fsync": "off"}
        settings["unix_socket_directories"] = self.directory
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [*_as("postgres"), "postgres", "-D", str(self.directory / "data"), *flags]
        self._running = _begun(command, self._environment, self.directory)
        asking = [*_as("postgres"), "pg_isready", "-d", "postgres"]
        _wait(lambda: _answers(asking, self._environment, self.directory))

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End every connection and the server: at once, or as another signal has it."""
        assert self._running is not None
        os.killpg(self._running.pid, how)
        self._running.wait()
        self._running = None

    def run(self, *command: str, text: str | None = None) -> None:
        """A program of PostgreSQL's, as the server's owner."""
        _run([*_as("postgres"), *command], self._environment, self.directory, text)

    def database(self, template: str | None = None) -> str:
        """The URL of a new database of `keeper`, empty or like the one at the URL `template`."""
        name = f"store{next(self._numbers)}"
        like = [] if template is None else ["--template", template.rpartition("/")[2]]
        self.run("createdb", "--owner=keeper", *like, name)
        return f"postgresql+psycopg://keeper:{quote(PASSWORD, '')}@127.0.0.1:{self.port}/{name}"

    @property
    def _environment(self) -> dict[str, str]:
        path = f"{DEBIAN_POSTGRES}:{os.environ['PATH']}" if DEBIAN_POSTGRES else os.environ["PATH"]
        place = {"PGHOST": str(self.directory), "PGPORT": str(self.port)}
        who = {"PGUSER": "owner", "PGDATABASE": "postgres"}
        return {"PATH": path, "LC_ALL": "C.UTF-8", **place, **who}


@contextmanager
def postgresql(place: Path) -> Iterator[PostgreSQL]:
    """A PostgreSQL server in `place`, a directory that every user may pass through.

    Of version 15 or later; its language orders text unlike bytes.
    """
    directory = place / "postgresql"
    _give(directory, "postgres")
    server = PostgreSQL(directory, _free_port())
    secret = ["--auth-local=trust", "--auth-host=scram-sha-256"]
    words = ["--locale-provider=icu", "--icu-locale=en-US"]
    data = ["--pgdata", str(directory / "data")]
    server.run("initdb", "--no-sync", "--username=owner", *secret, *words, *data)
    server.start()
    try:
        server.run("psql", "--quiet", "-v", "ON_ERROR_STOP=1", text=_filled(ROLES))
        yield server
    finally:
        server.stop()


def furnished(server: PostgreSQL) -> Database:
    """A database with pgbench's tables in `public`, and a schema `sales`."""
    server.run("createdb", "bench")
    server.run("pgbench", "--initialize", "--quiet", "--scale=1", "bench")
    server.run("psql", "--quiet", "-v", "ON_ERROR_STOP=1", "bench", text=_filled(BENCH))
    return Database("postgresql", server.port, "bench")


@contextmanager
def mariadb(place: Path) -> Iterator[Database]:
    """A MariaDB server with the databases `shop` and `archive`, in a place as above."""
    directory = place / "mariadb"
    data, port, door = directory / "data", _free_port(), directory / "door"
    _give(directory, "mysql")
    as_user = _as("mysql")
    environment = {"PATH": f"/usr/sbin:{os.environ['PATH']}"}
    plain = ["--no-defaults", f"--datadir={data}", f"--tmpdir={directory}"]
    install = ["mariadb-install-db", *plain, "--skip-test-db", "--auth-root-authentication-method"]
    _run([*as_user, *install[:-1], f"{install[-1]}=normal"], environment, directory)
    quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"]
    reach = [f"--socket={door}", f"--port={port}", "--bind-address=127.0.0.1"]
    command = [*as_user, "mariadbd", *plain, *quick, *reach, f"--pid-file={directory}/pid"]
    with _served(command, environment, directory):
        _wait(door.exists)
        with pymysql.connect(unix_socket=str(door), user="root") as root, root.cursor() as cursor:
            for statement in _filled(SHOP).split(";"):
                if statement.strip():
                    cursor.execute(statement)
        yield Database("mariadb", port, "shop")


def _filled(script: str) -> str:
    return script.format(password=PASSWORD.replace("'", "''"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as(user: str) -> list[str]:
    """What to put before a command for it to run as `user`: servers refuse to be root."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if _root() else []


def _give(directory: Path, user: str) -> None:
    directory.mkdir()
    if _root():
        shutil.chown(directory, user)


def _root() -> bool:
    return os.geteuid() == ROOT


def _run(
    command: Sequence[str], environment: dict[str, str], place: Path, text: str | None = None
) -> None:
    done = subprocess.run(
        command, env=environment, cwd=place, capture_output=True, encoding="utf-8", input=text
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def _answers(command: Sequence[str], environment: dict[str, str], place: Path) -> bool:
    return subprocess.run(command, env=environment, cwd=place, capture_output=True).returncode == 0


def _wait(ready: Callable[[], bool]) -> None:
    pause, end = Event(), time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < end, "the server does not answer"
        pause.wait(0.05)


@contextmanager
def _served(command: Sequence[str], environment: dict[str, str], place: Path) -> Iterator[None]:
    """A server, ended at once at the end: nobody will need its data."""
    server = _begun(command, environment, place)
    try:
        yield
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _begun(
    command: Sequence[str], environment: dict[str, str], place: Path
) -> "subprocess.Popen[bytes]":
    with (place / "log").open("ab") as log:
        return subprocess.Popen(
            command, env=environment, cwd=place, stdout=log, stderr=log, start_new_session=True
        )
