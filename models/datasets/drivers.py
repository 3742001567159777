"""How the drivers of databases connect: with what a login says, and with nothing of this process.

libpq takes what it is not told from environment variables and from files in the user's home:
passwords, services, certificates, Kerberos tickets. They belong to the server, whose own catalog
may need them, and a client's host must not get them. So every such option is set here.
"""

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import NamedTemporaryFile
from typing import Any

from .jdbc import DatabaseError, Login

PATIENCE_SECONDS = 10
NO_FILE = f"{os.devnull}/none"
"""The path of a file that does not exist, as libpq takes an empty one for its default."""

_NOT_OURS = {
    "passfile": NO_FILE,
    "sslcert": NO_FILE,
    "sslkey": NO_FILE,
    "sslrootcert": NO_FILE,
    "sslcertmode": "disable",
    "gssencmode": "disable",
    "require_auth": "!gss,!sspi",
    "application_name": "gluematch",
}
"""What libpq is told instead of what it would find."""

_ALWAYS_OF_THE_ENVIRONMENT = {
    "service",  # the others, which are all set, go before a service's
    "min_protocol_version",
    "max_protocol_version",
}


@contextmanager
def driver_options(login: Login, *, writing: bool) -> Iterator[dict[str, Any]]:
    """The arguments of the driver's `connect`. Raises DatabaseError.

    A connection that asks for TLS checks the server's certificate and its name, against the
    certificate of the connection or else against those that this machine trusts.
    """
    common = {"user": login.user, "host": login.host, "port": login.port}
    common["connect_timeout"] = PATIENCE_SECONDS
    if login.engine != "postgresql":
        yield common | _mysql(login)
        return
    with _trusted(login) as certificates:
        given = {"password": login.password or "", "dbname": login.database}
        if not writing:
            given["options"] = "-c default_transaction_read_only=on"
        if certificates:
            given |= {"sslmode": "verify-full", "sslrootcert": certificates}
        yield {**_known_to_libpq(), **common, **given}


def _mysql(login: Login) -> dict[str, Any]:
    # of a text the driver takes Latin-1 only
    password = (login.password or "").encode()
    return {
        "password": password,
        "database": login.database or None,
        "local_infile": False,
        "ssl": _context(login) if login.encrypted else None,
    }


def _context(login: Login) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=login.certificate)
    except (ssl.SSLError, ValueError):
        raise DatabaseError("CUSTOM_JDBC_CERT is no certificate in PEM format.") from None


def _known_to_libpq() -> Mapping[str, str]:
    """Each option that libpq would look for outside, with the value that it has without that."""
    from psycopg import pq  # noqa: PLC0415  # an extra

    defaults = {
        option.keyword.decode(): (option.compiled or b"").decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
    known = defaults | {name: _NOT_OURS[name] for name in _NOT_OURS.keys() & defaults.keys()}
    return {k: v for k, v in known.items() if k not in _ALWAYS_OF_THE_ENVIRONMENT}


@contextmanager
def _trusted(login: Login) -> Iterator[str | None]:
    """The file of the certificates that the database's has to come from; None without TLS."""
    if not login.encrypted:
        yield None
    elif login.certificate is None:
        yield ssl.get_default_verify_paths().cafile or "system"
    else:
        _context(login)
        with NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(login.certificate)
            file.flush()
            yield file.name
