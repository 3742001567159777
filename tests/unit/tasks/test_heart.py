"""Servers that share a catalog: who lives is left alone, who is dead is buried once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gluematch.models import clock
from gluematch.models.catalog import leases
from gluematch.models.catalog.leases import Server
from gluematch.models.catalog.store import Catalog
from gluematch.models.tasks import heart
from gluematch.models.tasks.heart import BEAT_SECONDS, LEASE, Heart, SharedBucketsError

BEAT = timedelta(seconds=BEAT_SECONDS)


class Watch:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def go(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def watch() -> Iterator[Watch]:
    made = Watch()
    with clock.told_by(lambda: made.now):
        yield made


class Hearts:
    """Hearts of a catalog by name, and whom each of them has buried."""

    def __init__(self, open_store: Callable[[], Catalog]) -> None:
        self._open = open_store
        self.buried: dict[str, list[str]] = {}

    def __call__(self, name: str) -> Heart:
        catalog = self._open()
        self.buried[name] = []

        def bury(dead: Server) -> None:
            with catalog.connect() as connection:
                if leases.bury(connection, dead):
                    self.buried[name].append(dead.name)

        return Heart(catalog, name, keeps_buckets=False, wake=lambda: None, bury=bury)


@pytest.fixture
def hearts(open_store: Callable[[], Catalog]) -> Hearts:
    return Hearts(open_store)


@pytest.mark.both_stores
def test_a_server_that_falls_silent_is_buried_when_its_lease_has_run_out(
    hearts: Hearts, watch: Watch
) -> None:
    living, dying = hearts("living"), hearts("dying")
    dying.beat()
    for _ in range(int(LEASE / BEAT) + 1):
        assert hearts.buried["living"] == []
        living.beat()
        watch.go(BEAT)
    living.beat()
    living.beat()
    assert hearts.buried["living"] == ["dying"]


def test_servers_that_beat_bury_nobody(hearts: Hearts, watch: Watch) -> None:
    one, other = hearts("one"), hearts("other")
    for _ in range(20):
        one.beat()
        other.beat()
        watch.go(BEAT)
    assert hearts.buried == {"one": [], "other": []}


def test_a_clock_that_jumps_buries_nobody_who_beats(hearts: Hearts, watch: Watch) -> None:
    one, other = hearts("one"), hearts("other")
    for _ in range(5):
        one.beat()
        other.beat()
        watch.go(timedelta(days=1))
    assert hearts.buried["one"] == []


def test_nobody_is_blamed_for_a_silence_that_nobody_could_hear(
    hearts: Hearts, open_store: Callable[[], Catalog], watch: Watch
) -> None:
    one, other = hearts("one"), hearts("other")
    other.beat()
    one.beat()
    watch.go(LEASE / 2)
    one.beat()
    with open_store().connect() as connection:
        connection.exec_driver_sql("ALTER TABLE servers RENAME TO away")
    watch.go(LEASE)
    one.beat()
    with open_store().connect() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO servers")
    one.beat()
    one.beat()
    one.beat()
    assert hearts.buried["one"] == []


def test_a_server_that_comes_back_to_life_is_counted_again_and_has_lost_its_runs(
    hearts: Hearts, open_store: Callable[[], Catalog]
) -> None:
    catalog = open_store()
    late = hearts("late")
    late.beat()
    with catalog.connect() as connection:
        leases.take(connection, "run", "late")
        (server,) = leases.servers(connection)
        assert leases.bury(connection, server)
    late.beat()
    with catalog.connect() as connection:
        assert [server.name for server in leases.servers(connection)] == ["late"]
        assert not leases.release(connection, "run", "late")


def test_a_server_that_beats_meanwhile_is_not_buried(
    hearts: Hearts, open_store: Callable[[], Catalog]
) -> None:
    one = hearts("one")
    one.beat()
    with open_store().connect() as connection:
        leases.take(connection, "run", "one")
        (seen,) = leases.servers(connection)
        leases.beat(connection, "one")
        assert not leases.bury(connection, seen)
        assert leases.release(connection, "run", "one")


def test_a_server_that_ends_is_counted_no_more(
    hearts: Hearts, open_store: Callable[[], Catalog]
) -> None:
    one = hearts("one")
    one.beat()
    one.close()
    with open_store().look() as connection:
        assert leases.servers(connection) == []


def enter_stubbornly(catalog: Catalog, name: str) -> None:
    for _ in range(100):  # the other's beat may come late
        heart.enter(catalog, name, keeps_buckets=True)


def test_one_server_only_may_keep_buckets_of_its_own(
    hearts: Hearts, open_store: Callable[[], Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heart, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(heart, "LEASE", timedelta(seconds=0.05))
    catalog = open_store()
    heart.enter(catalog, "one", keeps_buckets=True)
    heart.enter(catalog, "elsewhere", keeps_buckets=False)
    one = hearts("one")
    one.start()
    try:
        with pytest.raises(SharedBucketsError, match=r"one .*--s3-endpoint-url"):
            enter_stubbornly(catalog, "other")
    finally:
        one.close()
    heart.enter(catalog, "other", keeps_buckets=True)
