"""What may be set: the environment and the command line, read once into one frozen value.

Nothing else reads the environment.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from gluematch.models import processes
from gluematch.models.datasets import allowed

_PASSED = frozenset(
    {
        "AWS_CA_BUNDLE",
        "HADOOP_HOME",
        "HOME",
        "JAVA_HOME",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "PATH",
        "PIP_CERT",
        "SPARK_HOME",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TMPDIR",
        "TZ",
        "USER",
        "VIRTUAL_ENV",
        "XDG_CACHE_HOME",
    }
)
_PASSED_PREFIXES = ("COVERAGE_", "LC_", "NUMBA_", "PYTHON")
_AWS_OF_CHILDREN = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Keys reach a child with its task; it looks for no others."""

LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")
_POSTGRESQL = r"postgres(ql)?(\+psycopg)?://"


class SettingsError(ValueError):
    """A setting makes no sense; the message names it."""


def memory(text: str) -> int | None:
    """The bytes of a size such as 512M or 4GB; None for `none`. Raises SettingsError."""
    if text == "none":
        return None
    found = re.fullmatch(r"(\d{1,9})([KMGT])i?B?", text, re.IGNORECASE)
    if found is None:
        raise SettingsError(f"{text!r} is no size as 512M or 4G, nor none")
    return int(found[1]) << 10 * (1 + "KMGT".index(found[2].upper()))


def span(text: str) -> timedelta:
    """The span of a text such as 90s, 30m or 2h. Raises SettingsError."""
    found = re.fullmatch(r"([1-9]\d{0,6})([smh])", text)
    if found is None:
        raise SettingsError(f"{text!r} is no span of time as 90s, 30m or 2h")
    return int(found[1]) * _SPANS[found[2]]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a server can be told.

    No data directory means a temporary one, removed at the end. A database URL puts the catalog
    into PostgreSQL instead; it may hold a password and is never shown. No S3 endpoint means the S3
    of the server itself. `workers` bounds the runs that compute at a time, `job_runs` the scripts
    of jobs beside them; `run_memory` is what each of them may take, in bytes, and `crawl_time` how
    long a crawl may. `allow_reset` lets clients empty a server that keeps its data, too.
    `allow_hosts` are names by which the server may be called beside its own, `allow_origins` those
    of web pages that may call it. `insecure` lets anybody in who reaches the address.
    `services` are those that are served beside Glue, or `+name` and `-name` for what differs from
    the usual list (server.neighbours.served).
    `allow_s3_targets` and `allow_jdbc_targets` bound what runs may reach (models.datasets.allowed).
    With `auth` "sigv4" only those get in who sign with a key of `credentials`, a file, or one that
    the neighbouring IAM or STS issued. A certificate and its key make it speak TLS. `log_format` is
    text or json; `log_level` the least grave of the server's own lines.
    `strict` checks every answer against the service model; tests run so.
    """

    host: str = "127.0.0.1"
    port: int = 4566
    account: str = "123456789012"
    region: str = "us-east-1"
    data_dir: Path | None = None
    database_url: str | None = field(default=None, repr=False)
    s3_endpoint_url: str | None = None
    workers: int = 2
    job_runs: int = 8
    run_memory: int | None = None
    crawl_time: timedelta = timedelta(hours=1)
    allow_reset: bool = False
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    allow_s3_targets: tuple[str, ...] = ()
    allow_jdbc_targets: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    insecure: bool = False
    auth: str = "none"
    credentials: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    log_format: str = "text"
    log_level: str = "info"
    strict: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{12}", self.account):
            raise SettingsError(f"the account must have 12 digits, not {self.account!r}")
        if not re.fullmatch(r"[a-z]{2,}(-[a-z0-9]+)+", self.region):
            raise SettingsError(f"{self.region!r} is not the name of a region")
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"the port must lie between 0 and 65535, not {self.port}")
        if self.workers < 1:
            raise SettingsError(f"the workers must be at least 1, not {self.workers}")
        if self.job_runs < 1:
            raise SettingsError(f"the job runs must be at least 1, not {self.job_runs}")
        if self.auth not in {"none", "sigv4"}:
            raise SettingsError(f"auth must be none or sigv4, not {self.auth!r}")
        if self.log_format not in LOG_FORMATS:
            raise SettingsError(f"the log's format must be text or json, not {self.log_format!r}")
        if self.log_level not in LOG_LEVELS:
            raise SettingsError(f"{self.log_level!r} is none of {', '.join(LOG_LEVELS)}")
        self._check_targets()
        self._check_urls()

    def _check_urls(self) -> None:
        if self.database_url and not re.match(_POSTGRESQL, self.database_url):
            raise SettingsError("the database URL must begin with postgresql+psycopg://")
        url = self.s3_endpoint_url
        if url is not None and not re.fullmatch(r"https?://[^/]+(/.*)?", url):
            raise SettingsError(f"the S3 endpoint must be an http(s) URL, not {url!r}")

    def _check_targets(self) -> None:
        for pattern in self.allow_s3_targets:
            if not allowed.is_s3(pattern):
                raise SettingsError(f"an S3 target is of the form s3://bucket/prefix: {pattern!r}")
        for pattern in self.allow_jdbc_targets:
            if not allowed.is_jdbc(pattern):
                raise SettingsError(f"a JDBC target is a host or host:port: {pattern!r}")

    @property
    def may_be_emptied(self) -> bool:
        """Whether clients may throw away all that the server holds."""
        return self.allow_reset or (self.data_dir is None and self.database_url is None)


def default_data_dir() -> Path:
    """Where a user's programs keep their data (XDG Base Directory specification)."""
    home = os.environ.get("XDG_DATA_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".local" / "share"
    return base / "gluematch"


def from_environment() -> Settings:
    """The settings that GLUEMATCH_* variables give, defaults elsewhere. Raises SettingsError."""
    start = Settings(
        data_dir=default_data_dir(),
        workers=os.cpu_count() or 1,
        run_memory=processes.machine_memory() * 3 // 4,
    )
    given: dict[str, Any] = {}
    for setting in fields(Settings):
        variable = f"GLUEMATCH_{setting.name.upper()}"
        if text := os.environ.get(variable):
            try:
                given[setting.name] = _READERS.get(setting.name, str)(text)
            except ValueError as error:
                raise SettingsError(f"{variable}: {error}") from None
    if _truth(os.environ.get("GLUEMATCH_EPHEMERAL", "")):
        given["data_dir"] = None
    return replace(start, **given)


def default_endpoint_url() -> str:
    """Where a client of ours looks for the server when it is not told."""
    given = os.environ.get("GLUEMATCH_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT_URL")
    return given or "http://127.0.0.1:4566"


def python_path() -> tuple[str, ...]:
    """What the server's user adds to Python's search path, for the scripts of jobs as well."""
    return tuple(part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part)


def for_children() -> dict[str, str]:
    """The environment of the processes that do runs, crawls and jobs.

    It has what programs need to start, and no other variable of ours: those of the server may be
    passwords, or lead a client's connection to what only the server may use.
    """
    allowed = {
        k: v for k, v in os.environ.items() if k in _PASSED or k.startswith(_PASSED_PREFIXES)
    }
    return {**allowed, **_AWS_OF_CHILDREN}


def other_s3() -> str | None:
    """The S3 that the user's environment names beside the server, if it does."""
    return os.environ.get("AWS_ENDPOINT_URL_S3")


def java_home() -> str | None:
    """Where the user's environment says that Java lies."""
    return os.environ.get("JAVA_HOME")


def keep_buckets_apart() -> None:
    """Have moto's S3 refuse an account the buckets of others, which by its default all may use.

    Moto reads the variable with each request; one that is set already stays.
    """
    os.environ.setdefault("MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS", "false")


def imposed_account() -> str | None:
    """The account that moto takes every request to speak for, whoever signs it."""
    return os.environ.get("MOTO_ACCOUNT_ID")


def _truth(text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text and text.lower() not in known:
        raise SettingsError(f"{text!r} is neither true nor false")
    return known.get(text.lower(), False)


def several(text: str) -> tuple[str, ...]:
    """The parts of a list with commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


_SPANS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "port": int,
    "workers": int,
    "job_runs": int,
    "run_memory": memory,
    "crawl_time": span,
    "data_dir": Path,
    "credentials": Path,
    "tls_cert": Path,
    "tls_key": Path,
    "allow_reset": _truth,
    "allow_hosts": several,
    "allow_origins": several,
    "allow_s3_targets": several,
    "allow_jdbc_targets": several,
    "services": several,
    "insecure": _truth,
    "strict": _truth,
}
