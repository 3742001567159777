"""A whole server inside a test's process: real HTTP on a free port, a real data directory."""

from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import boto3
import botocore.loaders
import botocore.session

from .running import running
from .settings import Settings

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client


class GlueServer:
    """A running server, as a context manager.

    Its state is temporary unless a data directory is given; with `database_url` its catalog is in
    PostgreSQL. `strict` checks every answer against Glue's service model: one that does not fit
    becomes an InternalServiceException. A run that takes more than `run_memory` bytes fails, and so
    does a crawl that takes longer than `crawl_time`. With `credentials`, a file, only its keys come
    in; with `tls`, the files of a certificate and its key, the URL is https.
    `services` opens and closes services beside Glue as `--services` does.

        with GlueServer() as server:
            server.client("glue").create_database(DatabaseInput={"Name": "people"})
    """

    def __init__(
        self,
        *,
        data_dir: Path | None = None,
        database_url: str | None = None,
        s3_endpoint_url: str | None = None,
        workers: int = 2,
        run_memory: int | None = None,
        crawl_time: timedelta = timedelta(hours=1),
        allow_reset: bool = False,
        strict: bool = False,
        credentials: Path | None = None,
        tls: tuple[Path, Path] | None = None,
        allow_s3_targets: tuple[str, ...] = (),
        allow_jdbc_targets: tuple[str, ...] = (),
        services: tuple[str, ...] = (),
    ) -> None:
        self._settings = Settings(
            port=0,
            data_dir=data_dir,
            database_url=database_url,
            s3_endpoint_url=s3_endpoint_url,
            workers=workers,
            run_memory=run_memory,
            crawl_time=crawl_time,
            allow_reset=allow_reset,
            strict=strict,
            auth="none" if credentials is None else "sigv4",
            credentials=credentials,
            allow_s3_targets=allow_s3_targets,
            allow_jdbc_targets=allow_jdbc_targets,
            services=services,
            tls_cert=tls[0] if tls else None,
            tls_key=tls[1] if tls else None,
        )
        self._stack = ExitStack()
        self._session = _session()
        self._url = ""

    @property
    def url(self) -> str:
        """The endpoint URL of every AWS service."""
        return self._url

    def __enter__(self) -> Self:
        self._url = self._stack.enter_context(running(self._settings)).url
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @overload
    def client(
        self, service: Literal["glue"], *, region: str = ..., account: str | None = ..., **more: Any
    ) -> "GlueClient": ...
    @overload
    def client(
        self, service: Literal["s3"], *, region: str = ..., account: str | None = ..., **more: Any
    ) -> "S3Client": ...
    @overload
    def client(
        self, service: Literal["logs"], *, region: str = ..., account: str | None = ..., **more: Any
    ) -> "CloudWatchLogsClient": ...
    @overload
    def client(
        self, service: str, *, region: str = ..., account: str | None = ..., **more: Any
    ) -> Any: ...
    def client(
        self, service: str, *, region: str = "us-east-1", account: str | None = None, **more: Any
    ) -> Any:
        """A boto3 client of a service here; `more` goes to boto3 as it is."""
        return self._session.client(
            service,
            endpoint_url=self._url,
            region_name=region,
            aws_access_key_id=account or self._settings.account,
            aws_secret_access_key="test",  # noqa: S106  # nobody checks it
            **more,
        )


def _session() -> boto3.session.Session:
    """A session of its own, but for the services' models, which are slow to load."""
    core = botocore.session.Session()
    core.register_component("data_loader", _models())
    return boto3.session.Session(botocore_session=core)


@cache
def _models() -> botocore.loaders.Loader:
    """The services' models, once for all servers of a process."""
    return botocore.loaders.create_loader()
