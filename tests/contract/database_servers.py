"""Real database servers for tests: PostgreSQL and MariaDB, each with data, on free local ports.

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
from dataclasses import dataclass
from pathlib import Path
from threading import Event

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

BENCH = """
CREATE ROLE reader LOGIN PASSWORD '{password}' IN ROLE pg_read_all_data;
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


@contextmanager
def postgresql(place: Path) -> Iterator[Database]:
    """A PostgreSQL server with pgbench's tables in `public`, and a schema `sales`.

    `place` is a directory that every user may pass through.
    """
    directory = place / "postgresql"
    data, port = directory / "data", _free_port()
    _give(directory, "postgres")
    as_user = _as("postgres")
    path = f"{DEBIAN_POSTGRES}:{os.environ['PATH']}" if DEBIAN_POSTGRES else os.environ["PATH"]
    environment = {"PATH": path, "PGHOST": str(directory), "PGPORT": str(port), "LC_ALL": "C.UTF-8"}
    environment |= {"PGUSER": "owner", "PGDATABASE": "bench"}

    def run(*command: str, text: str | None = None) -> None:
        _run([*as_user, *command], environment, directory, text)

    secret = ["--auth-local=trust", "--auth-host=scram-sha-256"]
    run("initdb", "--no-sync", "--username=owner", *secret, "--pgdata", str(data))
    settings = {"port": port, "listen_addresses": "127.0.0.1", "fsync": "off"}
    settings["unix_socket_directories"] = directory
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with _served([*as_user, "postgres", "-D", str(data), *flags], environment, directory):
        _wait(lambda: _answers([*as_user, "pg_isready", "-d", "postgres"], environment, directory))
        run("createdb", "bench")
        run("pgbench", "--initialize", "--quiet", "--scale=1")
        run("psql", "--quiet", "-v", "ON_ERROR_STOP=1", text=_filled(BENCH))
        yield Database("postgresql", port, "bench")


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
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(
            command, env=environment, cwd=place, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield
        finally:
            os.killpg(server.pid, signal.SIGINT if "postgres" in command else signal.SIGKILL)
            server.wait()
