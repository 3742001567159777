"""How AWS services are reached, and the one place where their clients are made."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any, cast

import boto3
import botocore.session
from botocore.config import Config
from botocore.utils import parse_timestamp

from .allowed import ANYTHING, Allowed


class SourceError(Exception):
    """What lies outside refused or could not be reached; a user reads the message, which says why.

    It quotes no record and no secret.
    """


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """How to reach a service. No endpoint: AWS. No access key: the usual AWS chain finds one.

    `allowed` bounds the objects and the databases that whoever holds it may reach.
    """

    endpoint_url: str | None
    region: str
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    allowed: Allowed = ANYTHING


@dataclass(frozen=True, slots=True)
class Access:
    """What a run may reach: S3, and the other services, which are always on our own port."""

    s3: AwsAccess
    services: AwsAccess


@dataclass(frozen=True, slots=True)
class AwsServices:
    """The services beside S3 that one access may reach. Safe to share by threads, and to pickle."""

    access: AwsAccess

    def client(self, service: str) -> Any:
        """The boto3 client of a service such as `dynamodb`."""
        return _client(service, self.access)


def make_client(service: str, access: AwsAccess, config: Config) -> Any:
    """A new client. Clients may be shared by threads; the session that makes them may not."""
    with _making:
        return _session().client(
            service,
            region_name=access.region,
            endpoint_url=access.endpoint_url,
            aws_access_key_id=access.access_key,
            aws_secret_access_key=access.secret_key,
            aws_session_token=access.session_token,
            config=config,
        )


def usual_access(service: str, default_region: str = "us-east-1") -> AwsAccess:
    """How this process reaches the service, by its environment and AWS settings, in full: so
    that other processes, which lack these, can be told."""
    session = boto3.session.Session()
    region = session.region_name or default_region
    client = session.client(service, region_name=region)
    found = session.get_credentials()
    if found is None:
        return AwsAccess(client.meta.endpoint_url, region)
    keys = found.get_frozen_credentials()
    return AwsAccess(client.meta.endpoint_url, region, keys.access_key, keys.secret_key, keys.token)


class UsualKeys:
    """The keys of this process, by its environment and AWS settings. Safe to share by threads.

    Processes that lack these are given the keys as they are now: those of a session are renewed
    here, not there.
    """

    def __init__(self) -> None:
        self._found: Any = None
        self._looked = False
        self._looking = Lock()

    def signing(self, access: AwsAccess) -> AwsAccess:
        """The access with these keys; without any if there are none."""
        with self._looking:
            if not self._looked:
                self._found, self._looked = boto3.session.Session().get_credentials(), True
        if self._found is None:
            return access
        keys = self._found.get_frozen_credentials()
        return replace(
            access,
            access_key=keys.access_key,
            secret_key=keys.secret_key,
            session_token=keys.token,
        )


@lru_cache(maxsize=64)
def _client(service: str, access: AwsAccess) -> Any:
    settings = Config(
        retries={"mode": "standard", "total_max_attempts": 3},
        connect_timeout=10,
        read_timeout=60,
        proxies={},  # they are on our own port
    )
    return make_client(service, access, settings)


_making = Lock()


@lru_cache(maxsize=1)
def _session() -> Any:
    """The session that keeps the services' models, which are slow to load."""
    session = botocore.session.Session()
    parsers = session.get_component("response_parser_factory")
    parsers.set_parser_defaults(timestamp_parser=_instant)
    return boto3.session.Session(botocore_session=session)


def _instant(written: Any) -> datetime:
    """A time in an answer. botocore's own way takes a tenth of a millisecond for each."""
    try:
        return datetime.fromisoformat(written)
    except (TypeError, ValueError):
        return cast("datetime", parse_timestamp(written))
