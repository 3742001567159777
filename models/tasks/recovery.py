"""What becomes of the runs of a server that is gone: closed, or left to be taken up again."""

import logging
from collections.abc import Iterable

from gluematch.models.catalog import leases
from gluematch.models.catalog.leases import Server
from gluematch.models.catalog.store import Catalog

from .work import Kind

LOGGER = logging.getLogger("gluematch.tasks")


def after_itself(catalog: Catalog, kinds: Iterable[Kind], server: str) -> None:
    """At its start: see to what the server of that name left when it ended last."""
    _recover(catalog, kinds, Server(server, 0, keeps_buckets=False), itself=True)


def after_another(catalog: Catalog, kinds: Iterable[Kind], dead: Server) -> None:
    """See to what another server left, unless it has come back to life."""
    _recover(catalog, kinds, dead, itself=False)


def _recover(catalog: Catalog, kinds: Iterable[Kind], gone: Server, *, itself: bool) -> None:
    with catalog.connect() as connection:
        if itself:
            leases.give_up(connection, gone.name)
        elif leases.bury(connection, gone):
            LOGGER.warning("the server %s is gone: its runs are taken over", gone.name)
        else:
            return
        held = leases.holders(connection).keys()
        for kind in kinds:
            try:
                with connection.begin_nested():
                    kind.recover(connection, held)
            except Exception:
                LOGGER.exception("runs of %s could not be taken over", type(kind).__name__)
