"""Leases: which server of those that share the catalog has taken which run, and who still lives.

A lease lasts as long as its server's heart beats. How long is too long without a beat the others
judge, each by its own clock: no two clocks have to agree.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from . import schema

ROWS, SERVERS = schema.leases, schema.servers


@dataclass(frozen=True, slots=True)
class Server:
    """A server that shares the catalog; `beats` counts, `keeps_buckets` means an S3 of its own."""

    name: str
    beats: int
    keeps_buckets: bool


def join(connection: Connection, name: str, *, keeps_buckets: bool) -> None:
    """Count the server among those that share the catalog."""
    if not beat(connection, name):
        row = {"server": name, "beats": 0, "keeps_buckets": keeps_buckets}
        connection.execute(insert(SERVERS).values(row))


def beat(connection: Connection, name: str) -> bool:
    """Say that the server lives; False where it is not counted, or not any more."""
    itself = update(SERVERS).where(SERVERS.c.server == name)
    return bool(connection.execute(itself.values(beats=SERVERS.c.beats + 1)).rowcount)


def servers(connection: Connection) -> list[Server]:
    """All that are counted, by name."""
    found = connection.execute(select(SERVERS).order_by(SERVERS.c.server))
    return [Server(row.server, row.beats, row.keeps_buckets) for row in found]


def bury(connection: Connection, dead: Server) -> bool:
    """Forget a server and its leases; False, and nothing done, if it has beaten again."""
    itself = (SERVERS.c.server == dead.name, SERVERS.c.beats == dead.beats)
    gone = bool(connection.execute(delete(SERVERS).where(*itself)).rowcount)
    if gone:
        give_up(connection, dead.name)
    return gone


def leave(connection: Connection, name: str) -> None:
    """Forget a server that ends."""
    connection.execute(delete(SERVERS).where(SERVERS.c.server == name))


def give_up(connection: Connection, server: str) -> None:
    """End all leases of a server."""
    connection.execute(delete(ROWS).where(ROWS.c.server == server))


def holders(connection: Connection) -> dict[str, str]:
    """The server of every lease, by the run's id."""
    return {row.work_id: row.server for row in connection.execute(select(ROWS))}


def is_free(connection: Connection, work_id: str, server: str) -> bool:
    """Whether no server but this one has taken the run."""
    others = (ROWS.c.work_id == work_id, ROWS.c.server != server)
    return connection.execute(select(ROWS).where(*others)).first() is None


def take(connection: Connection, work_id: str, server: str) -> None:
    """Give a run that is free to the server."""
    release(connection, work_id, server)
    connection.execute(insert(ROWS).values(work_id=work_id, server=server))


def release(connection: Connection, work_id: str, server: str) -> bool:
    """End the server's lease of the run; False where it has none, or not any more."""
    its_own = (ROWS.c.work_id == work_id, ROWS.c.server == server)
    return bool(connection.execute(delete(ROWS).where(*its_own)).rowcount)
