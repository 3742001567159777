"""`gluematch serve`: run a server until a signal ends it."""

import argparse
import gc
import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from . import settings
from .browsers import is_loopback
from .settings import Settings, SettingsError

_ENDING = (signal.SIGINT, signal.SIGTERM)


class CannotStart(Exception):
    """The server could not start; the message says why, in one line."""


def add_arguments(parser: argparse.ArgumentParser, defaults: Settings) -> None:
    """Declare the command's flags; what they do not say is as in `defaults`."""
    add = parser.add_argument
    add("--host", default=defaults.host, help="address to listen on (%(default)s)")
    add("--port", type=int, default=defaults.port, help="0 takes a free one (%(default)s)")
    add(
        "--account",
        default=defaults.account,
        help="the account of keys that name none (%(default)s)",
    )
    add("--region", default=defaults.region, help="the region of unsigned calls (%(default)s)")
    add(
        "--workers",
        type=int,
        default=defaults.workers,
        help="runs and crawls at a time (%(default)s)",
    )
    add(
        "--job-runs",
        type=int,
        default=defaults.job_runs,
        help="scripts of jobs at a time, beside the workers (%(default)s)",
    )
    add(
        "--run-memory",
        type=settings.memory,
        default=defaults.run_memory,
        metavar="SIZE",
        help="a run that takes more fails: 512M, 4G, none (three quarters of the machine's memory)",
    )
    add(
        "--crawl-time",
        type=settings.span,
        default=defaults.crawl_time,
        metavar="TIME",
        help="a crawl that takes longer fails: 90s, 30m, 2h (1h)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--data-dir",
        type=Path,
        help="where the catalog, transforms and labels are kept; buckets are not "
        f"({defaults.data_dir or settings.default_data_dir()})",
    )
    where.add_argument(
        "--ephemeral",
        action="store_true",
        help="keep nothing: a temporary directory, removed at the end",
    )
    add(
        "--database-url",
        metavar="URL",
        help="keep the catalog in PostgreSQL, which several servers may share: "
        "postgresql+psycopg://USER@HOST:PORT/NAME; the password in PGPASSWORD, or the whole URL "
        "in GLUEMATCH_DATABASE_URL",
    )
    add(
        "--allow-reset",
        action="store_true",
        default=defaults.allow_reset,
        help="let POST /moto-api/reset empty the server; with --ephemeral it may anyhow",
    )
    add(
        "--auth",
        choices=("none", "sigv4"),
        default=defaults.auth,
        help="sigv4: let in only who signs with a known access key (%(default)s)",
    )
    add(
        "--credentials",
        type=Path,
        default=defaults.credentials,
        metavar="FILE",
        help="the keys that --auth sigv4 knows at first: INI as of ~/.aws/credentials with "
        "aws_account_id, or JSON",
    )
    add(
        "--tls-cert",
        type=Path,
        default=defaults.tls_cert,
        metavar="FILE",
        help="speak TLS with this certificate (PEM, its chain after it)",
    )
    add(
        "--tls-key",
        type=Path,
        default=defaults.tls_key,
        metavar="FILE",
        help="the certificate's private key (PEM)",
    )
    add(
        "--insecure",
        action="store_true",
        default=defaults.insecure,
        help="let anybody in who reaches an address that is not loopback",
    )
    add(
        "--allow-host",
        dest="allow_hosts",
        metavar="NAME",
        action="append",
        help="a name that clients call this server by, and those below it; may be repeated",
    )
    add(
        "--allow-origin",
        dest="allow_origins",
        metavar="ORIGIN",
        action="append",
        help="web pages from here may call this server: http://localhost:3000; may be repeated",
    )
    add(
        "--log-format",
        choices=settings.LOG_FORMATS,
        default=defaults.log_format,
        help="how the log on standard error is written, a line for each request (%(default)s)",
    )
    add(
        "--log-level",
        choices=settings.LOG_LEVELS,
        default=defaults.log_level,
        help="warning leaves out the requests that went well (%(default)s)",
    )
    add(
        "--allow-s3-target",
        dest="allow_s3_targets",
        metavar="PATTERN",
        action="append",
        help="let runs reach only this of S3: s3://bucket/prefix, with * for any characters; "
        "may be repeated",
    )
    add(
        "--allow-jdbc-target",
        dest="allow_jdbc_targets",
        metavar="PATTERN",
        action="append",
        help="let runs connect only to this database: host, host:port or 10.1.0.0/16; "
        "may be repeated",
    )
    add(
        "--services",
        type=settings.several,
        default=defaults.services,
        metavar="LIST",
        help="the services beside Glue: +kinesis,-sns opens and closes some, s3,iam is a whole "
        "list (docs/services.md); write --services=-sns where it begins with a dash",
    )
    add(
        "--s3-endpoint-url",
        default=defaults.s3_endpoint_url,
        metavar="URL",
        help="where your data lies, if not in this server's own S3; "
        "credentials come from the usual AWS places",
    )


def run(given: argparse.Namespace, defaults: Settings) -> int:
    """Serve as the flags say; 0 when a signal ended it, 1 where its end lost acknowledged changes.

    Raises CannotStart, SettingsError.
    """
    data_dir = given.data_dir or defaults.data_dir
    chosen = replace(
        defaults,
        host=given.host,
        port=given.port,
        account=given.account,
        region=given.region,
        data_dir=None if given.ephemeral else data_dir,
        database_url=given.database_url or defaults.database_url,
        s3_endpoint_url=given.s3_endpoint_url,
        workers=given.workers,
        job_runs=given.job_runs,
        run_memory=given.run_memory,
        crawl_time=given.crawl_time,
        allow_reset=given.allow_reset,
        allow_hosts=tuple(given.allow_hosts or defaults.allow_hosts),
        allow_origins=tuple(given.allow_origins or defaults.allow_origins),
        allow_s3_targets=tuple(given.allow_s3_targets or defaults.allow_s3_targets),
        allow_jdbc_targets=tuple(given.allow_jdbc_targets or defaults.allow_jdbc_targets),
        services=given.services,
        insecure=given.insecure,
        auth=given.auth,
        credentials=given.credentials,
        tls_cert=given.tls_cert,
        tls_key=given.tls_key,
        log_format=given.log_format,
        log_level=given.log_level,
    )
    _mind_strangers(chosen)
    _mind_secrets(given.database_url)
    os.umask(0o077)  # what the server and its runs write is for its owner alone
    wait = _until_signalled()
    gc.disable()  # loading makes little but what stays, and a fifth of it went into looking

    from gluematch.models.catalog.store import CatalogError  # noqa: PLC0415  # not for --help
    from gluematch.models.tasks.heart import SharedBucketsError  # noqa: PLC0415  # not for --help

    from .http import limits  # noqa: PLC0415  # not for --help
    from .http.server import BindError  # noqa: PLC0415  # not for --help
    from .lock import DataDirectoryError  # noqa: PLC0415  # not for --help
    from .neighbours.kept.keeping import NotRead  # noqa: PLC0415  # not for --help
    from .neighbours.kept.steadily import ChangesLost  # noqa: PLC0415  # not for --help
    from .running import running  # noqa: PLC0415  # not for --help
    from .telemetry import logs  # noqa: PLC0415  # not for --help

    gc.freeze()
    gc.enable()
    limits.raise_file_limit()
    logs.configure(chosen.log_format, chosen.log_level)
    try:
        with running(chosen) as server:
            kept = _kept(chosen, server.data_dir)
            print(f"gluematch is ready at {server.url} ({kept})", flush=True)
            wait()
    except (BindError, DataDirectoryError, CatalogError, NotRead, SharedBucketsError) as error:
        raise CannotStart(str(error)) from None
    except ChangesLost as error:
        print(f"gluematch: {error}", file=sys.stderr)
        return 1
    return 0


def _mind_strangers(chosen: Settings) -> None:
    """Warn of an address that lets anybody in. Raises SettingsError where nobody asked for that."""
    if is_loopback(chosen.host) or chosen.auth != "none":
        return
    danger = f"whoever reaches {chosen.host or 'this machine'} can read your data and run programs"
    if not chosen.insecure:
        raise SettingsError(f"{danger}: use --auth sigv4, or say --insecure if it is meant")
    print(f"gluematch: warning: {danger}: --insecure", file=sys.stderr, flush=True)


def _mind_secrets(url: str | None) -> None:
    """Warn of a password that everybody on this machine can read."""
    if url and re.match(r"[^:]+://[^/@]*:[^/@]+@", url):
        told = "every user of this machine can read the password of --database-url: use PGPASSWORD"
        print(f"gluematch: warning: {told}", file=sys.stderr, flush=True)


def _kept(chosen: Settings, data_dir: Path) -> str:
    """Where everything lies: who starts a server should know what its end takes away."""
    buckets = f"buckets in {data_dir}" if chosen.data_dir else "buckets are not kept"
    if chosen.s3_endpoint_url is not None:
        buckets = f"buckets at {chosen.s3_endpoint_url}"
    if chosen.database_url is not None:
        return f"catalog at {_without_secrets(chosen.database_url)}, {buckets}"
    if chosen.data_dir is None:
        return "nothing is kept"
    if chosen.s3_endpoint_url is None:
        return f"catalog and buckets in {data_dir}"
    return f"catalog in {data_dir}, {buckets}"


def _without_secrets(url: str) -> str:
    """Host, port and name of a database."""
    parts = urlsplit(url)
    return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _until_signalled() -> Callable[[], None]:
    """A wait for SIGINT or SIGTERM; one that comes after it has ended kills the process.

    The system may hand a signal to any thread, and Python's own handlers run in this one only,
    once it is awake: so it is woken by the byte that the interpreter writes from whichever thread.
    """
    arrived, say = os.pipe()
    os.set_blocking(say, False)
    signal.set_wakeup_fd(say, warn_on_full_buffer=False)
    for number in _ENDING:
        signal.signal(number, _wake_only)

    def wait() -> None:
        os.read(arrived, 1)
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL)

    return wait


def _wake_only(_number: int, _frame: FrameType | None) -> None:
    """A handler there has to be, or the signal would kill the process at once."""
