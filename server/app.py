"""The composition root: the only place where catalog, S3, background work and wire are joined."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gluematch.handlers.all  # noqa: F401  # the handlers register themselves
from gluematch.models import ids
from gluematch.models.catalog import emptying
from gluematch.models.catalog.store import Catalog, open_catalog, open_database
from gluematch.models.datasets.access import Access, AwsAccess, UsualKeys
from gluematch.models.datasets.allowed import Allowed
from gluematch.models.scope import Scope
from gluematch.models.tasks import heart
from gluematch.models.tasks.heart import Heart
from gluematch.models.tasks.job_runs import JobRuns
from gluematch.models.tasks.supervisor import ALONE, Supervisor
from gluematch.models.tasks.worker import open_worker

from . import credentials, gate, lock, web
from .browsers import Names, sandboxed
from .caller_identity import IdentityOf
from .dispatch import Dispatch
from .escalation import Escalation
from .http import Application, Check
from .identities import IDENTITY_OF, Identity
from .keys import Key, Keyring
from .neighbours.cloudformation.query_protocol import Stacks
from .neighbours.kept.keeping import FOLDER, Keeping
from .neighbours.kept.steadily import Steadily
from .neighbours.s3.lazily import Lazily
from .neighbours.served import served
from .neighbours.services import Neighbours
from .permissions import Permissions
from .protocol import documents
from .settings import Settings, SettingsError, for_children, python_path
from .signatures import Signatures, check_chunks
from .telemetry import logs
from .telemetry.health import Health
from .telemetry.metrics import Metrics, Sources
from .telemetry.witness import Seen, witnessed


@dataclass(frozen=True, slots=True)
class App:
    """A whole server but for its sockets: one application for all, one that lets in only itself;
    and what judges a request to each by its head, before its body is received."""

    wsgi: Application
    judge: Check
    wsgi_of_its_own: Application
    judge_of_its_own: Check
    data_dir: Path


@contextmanager
def build(settings: Settings, own_url: str, connections: Callable[[], int]) -> Iterator[App]:
    """A running application, reached at `own_url` by as many `connections` as are open.

    All that it holds is given back at the end. The S3 beside us is kept in the data directory, also
    where the catalog is in PostgreSQL.

    Raises lock.DataDirectoryError when another server has the data directory, CatalogError,
    NotRead, and heart.SharedBucketsError.
    """
    with ExitStack() as stack:
        data_dir = _data_dir(settings, stack)
        durable = settings.data_dir is not None
        beside = open_catalog(data_dir / "catalog.sqlite", durable=durable)
        stack.callback(beside.close)
        catalog = beside
        if settings.database_url is not None:
            catalog = open_database(settings.database_url)
            stack.callback(catalog.close)
        neighbours = _neighbours(beside, data_dir) if durable else Neighbours()
        stack.callback(neighbours.close)
        checked = settings.auth != "none"
        keys = Keyring(
            _filed(settings) if checked else {},
            neighbours.issuing() if checked else _none,
            ids.root_secret(),
        )
        access_for = _access(settings, own_url, keys)
        scripts = JobRuns((data_dir / "jobs").resolve(), python_path(), settings.job_runs)
        name = ALONE if catalog is beside else _name(data_dir)
        if catalog is not beside:
            heart.enter(catalog, name, keeps_buckets=settings.s3_endpoint_url is None)
        supervisor = open_worker(
            catalog,
            access_for,
            neighbours,
            scripts,
            settings.workers,
            server=name,
            run_memory=settings.run_memory,
            crawl_time=settings.crawl_time,
            environment=for_children(),
        )
        if catalog is not beside:
            stack.enter_context(_beating(catalog, name, supervisor, settings))
        supervisor.start()
        stack.callback(supervisor.close)
        dispatch = Dispatch(
            catalog=catalog,
            access_for=access_for,
            wake=supervisor.wake,
            neighbour=neighbours,
            owner_of=keys.owner_of if checked else neighbours.owner_of,
            default=Scope(settings.account, settings.region),
            strict=settings.strict,
            permissions=Permissions(keys.identity_of) if checked else None,
        )
        empty = partial(_empty, (catalog, beside), supervisor, neighbours, scripts)
        may = empty if settings.may_be_emptied else None
        metrics = Metrics(Sources(catalog, supervisor.run_processes, connections))
        health = Health(catalog, beside, data_dir, supervisor.busy)
        health.watch()
        stacks = Stacks(catalog, name)
        inside = web.application(
            dispatch,
            neighbours,
            health,
            metrics,
            identity_of=_known_by(keys) if checked else neighbours.identity_of,
            empty=may,
            stacks=stacks,
        ).wsgi_app
        names = Names(settings.host, settings.allow_hosts, settings.allow_origins)
        offered = served(settings.services)
        signatures = Signatures(keys.find)
        escalation = Escalation(keys.identity_of, dispatch.default)
        rights: list[Check] = []
        if checked:
            rights = [escalation.check, partial(_identify, keys.identity_of)]
        checks = [signatures.check if checked else check_chunks, *rights, documents.check_counts]
        stacks.enter_by(gate.guarded(inside, offered.check, *rights))
        heads = [names.check, offered.check]
        judge = gate.together(*heads, signatures.check_head) if checked else gate.together(*heads)
        door = _watched(sandboxed(gate.guarded(inside, *heads, *checks)), metrics)
        itself = Signatures(keys.own)
        guarded = gate.guarded(inside, offered.check, itself.check)
        judge_of_its_own = gate.together(offered.check, itself.check_head)
        yield App(door, judge, _watched(sandboxed(guarded), metrics), judge_of_its_own, data_dir)


def _identify(identity_of: Callable[[str], Identity], environ: dict[str, Any]) -> None:
    """Let the policies of buckets ask who has signed."""
    environ[IDENTITY_OF] = identity_of


def _neighbours(catalog: Catalog, data_dir: Path) -> Neighbours:
    """Neighbours that are kept in the data directory."""
    buckets = Lazily(catalog, data_dir / "objects")
    return Neighbours(buckets, Steadily(Keeping(data_dir / FOLDER), data_dir))


def _watched(application: Application, metrics: Metrics) -> Application:
    def tell(seen: Seen) -> None:
        metrics.tell(seen)
        logs.tell(seen)

    return witnessed(application, metrics.begin, tell)


def _empty(
    catalogs: tuple[Catalog, ...], supervisor: Supervisor, neighbours: Neighbours, scripts: JobRuns
) -> None:
    """Nothing is left, of no account: no run, no row, no bucket."""

    def forget() -> None:
        for catalog in catalogs:
            emptying.empty(catalog)
        neighbours.empty()
        scripts.clear()

    supervisor.start_over(forget)


def _name(data_dir: Path) -> str:
    """What a server is called among those of its database, also after a restart."""
    return f"{socket.gethostname()}:{data_dir.resolve()}"


@contextmanager
def _beating(
    catalog: Catalog, name: str, supervisor: Supervisor, settings: Settings
) -> Iterator[None]:
    """A heart that tells the other servers of the catalog that this one lives."""
    beating = Heart(
        catalog,
        name,
        keeps_buckets=settings.s3_endpoint_url is None,
        wake=supervisor.wake,
        bury=supervisor.bury,
    )
    beating.start()
    try:
        yield
    finally:
        beating.close()


def _data_dir(settings: Settings, stack: ExitStack) -> Path:
    if settings.data_dir is None:
        return Path(stack.enter_context(TemporaryDirectory(prefix="gluematch-")))
    stack.enter_context(lock.held(settings.data_dir))
    return settings.data_dir


def _known_by(keys: Keyring) -> IdentityOf:
    """Who signs with a key, where keys are checked."""
    return lambda access_key, _scope: keys.identity_of(access_key)


def _none(_access_key: str) -> None:
    """Where nothing is checked, no key matters that was issued."""


def _filed(settings: Settings) -> dict[str, Key]:
    """The keys that may sign from the start on."""
    if settings.credentials is None:
        raise SettingsError("--auth sigv4 needs --credentials FILE: nobody could come in")
    return credentials.read(settings.credentials, settings.account)


def _access(settings: Settings, own_url: str, keys: Keyring) -> Callable[[Scope], Access]:
    """How the data path reaches AWS: our port as the caller's account, another S3 as clients do."""

    usual = UsualKeys()
    allowed = Allowed(settings.allow_s3_targets, settings.allow_jdbc_targets)

    def access(scope: Scope) -> Access:
        secret = keys.own_secret(scope.account)
        own = AwsAccess(own_url, scope.region, scope.account, secret, allowed=allowed)
        if settings.s3_endpoint_url is None:
            return Access(own, own)
        elsewhere = usual.signing(
            AwsAccess(settings.s3_endpoint_url, scope.region, allowed=allowed)
        )
        return Access(elsewhere, own)

    return access
