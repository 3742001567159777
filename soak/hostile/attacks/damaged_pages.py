"""A catalog with damaged pages: the server is not ready, and the backup fails by its name."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

from soak.hostile.attack import Attack, Figures
from soak.hostile.backups import backup
from soak.hostile.requests import Request, send, signed
from soak.hostile.server import NotStarted, Server

TABLES = 50
_READY = "/_gluematch/health/ready"
_DAMAGE = b"\xff"


def prepare(server: Server, _random: Random) -> None:
    """Tables, so that the catalog has pages to damage."""
    glue = server.client("glue")
    for number in range(TABLES):
        parameters = {"comment": "x" * 3000}
        glue.create_table(
            DatabaseName="kept", TableInput={"Name": f"t{number}", "Parameters": parameters}
        )


def run(server: Server, random: Random) -> Figures:
    """One kind of damage after the other; between them the catalog is whole again."""
    figures = Figures()
    catalog = server.data_dir / "catalog.sqlite"
    whole = server.folder / "whole.sqlite"
    server.stop()
    with closing(sqlite3.connect(catalog)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(catalog, whole)
    for name, damage in _DAMAGES.items():
        damage(catalog, random)
        _look(server, name, figures)
        server.kill()
        for path in server.data_dir.glob("catalog.sqlite*"):
            path.unlink()
        shutil.copy(whole, catalog)
    server.start()
    _damage_running(server, catalog, figures)
    server.kill()
    for path in server.data_dir.glob("catalog.sqlite*"):
        path.unlink()
    shutil.copy(whole, catalog)
    server.start()
    tables = server.client("glue").get_tables(DatabaseName="kept")["TableList"]
    figures.acknowledged, figures.lost = TABLES, TABLES - len(tables)
    return figures


def _look(server: Server, damage: str, figures: Figures) -> None:
    """Start over a damaged catalog, ask whether it is ready, and take a backup."""
    try:
        server.start()
    except NotStarted as error:
        if "catalog" not in str(error):
            figures.faults.append(f"{damage}: the start fails without naming the catalog")
    else:
        if _ready(server):
            figures.faults.append(f"{damage}: the server says that it is ready")
        _call(server, figures)
    code, text = backup(server)
    if code == 0:
        figures.faults.append(f"{damage}: the backup succeeds")
    elif "catalog" not in text:
        figures.faults.append(f"{damage}: the backup does not name the catalog: {text[-200:]!r}")


def _damage_running(server: Server, catalog: Path, figures: Figures) -> None:
    """Once a call has failed by the damage, the server must no longer be ready."""
    with catalog.open("r+b") as file:
        size = catalog.stat().st_size
        file.seek(4096)
        file.write(_DAMAGE * (size - 4096))
    before = figures.server_errors
    for _ in range(5):
        _call(server, figures)
    if figures.server_errors > before:
        end, pause = time.monotonic() + 5, threading.Event()
        while (ready := _ready(server)) and time.monotonic() < end:
            pause.wait(0.2)
        if ready:
            figures.faults.append("damage while it runs: calls are a 5xx, and it is ready")


def _ready(server: Server) -> bool:
    return send(server, signed(server, "glue", Request("GET", _READY))).status == 200


def _call(server: Server, figures: Figures) -> None:
    """Calls that read the damaged pages; most are a 5xx."""
    glue = server.client("glue", patience=10)
    figures.call(glue.get_databases)
    figures.call(glue.get_tables, DatabaseName="kept")
    figures.call(glue.get_table, DatabaseName="kept", Name="t7")
    figures.call(glue.create_database, DatabaseInput={"Name": "later"})


def _page_of(catalog: Path, table: str) -> tuple[int, int]:
    """The first page of a table, and the size of pages."""
    with closing(sqlite3.connect(catalog)) as connection:
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(root), int(size)


def _root_of(table: str) -> Callable[[Path, Random], None]:
    def damage(catalog: Path, _random: Random) -> None:
        root, size = _page_of(catalog, table)
        with catalog.open("r+b") as file:
            file.seek((root - 1) * size)
            file.write(_DAMAGE * size)

    return damage


def _last_third(catalog: Path, random: Random) -> None:
    size = catalog.stat().st_size
    with catalog.open("r+b") as file:
        file.seek(size * 2 // 3 // 4096 * 4096)
        file.write(random.randbytes(size // 3 // 4096 * 4096))


def _cut(catalog: Path, _random: Random) -> None:
    with catalog.open("r+b") as file:
        file.truncate(catalog.stat().st_size // 2)


_DAMAGES: dict[str, Callable[[Path, Random], None]] = {
    "the first page of `databases`": _root_of("databases"),
    "the first page of `tables`": _root_of("tables"),
    "random bytes in the last third": _last_third,
    "half of the file": _cut,
}

ATTACK = Attack(name="damaged_pages", run=run, prepare=prepare, damages_disk=True)
