"""Where a Glue connection leads: its JDBC URL or its host, read into an address and a login.

Java's JDBC drivers are not used; their URLs are. Nothing here reaches for the network.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from .access import SourceError
from .allowed import Allowed

PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}
"""The engines that can be reached, and their usual ports."""

KNOWN = {
    "sqlserver": "SQL Server",
    "oracle": "Oracle",
    "redshift": "Redshift",
    "snowflake": "Snowflake",
}
URL = re.compile(
    r"jdbc:[a-z0-9]+://"
    r"(?P<host>\[[^\]]+\]|[^:/?;@]+)?(:(?P<port>[0-9]+))?(/(?P<database>[^?;]*))?(\?(?P<options>.*))?"
)
ALIASES = {"postgres": "postgresql", "aurora": "mysql"}


class DatabaseError(SourceError):
    """A database cannot be reached or read; the message says why, and never a password."""


@dataclass(frozen=True, slots=True)
class Login:
    """An engine of PORTS, the address of its server, a database (or none), and who asks.

    `encrypted` demands TLS, and that `certificate` (PEM), or what the machine trusts without one,
    vouches for the server's name.
    """

    engine: str
    host: str
    port: int
    database: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    encrypted: bool = False
    certificate: str | None = field(default=None, repr=False)


def login_of(properties: Mapping[str, str]) -> Login:
    """The login that a connection's properties describe; a secret was put among them before.

    Raises DatabaseError for an engine that this server does not reach, and for an URL that none
    is written like.
    """
    found = (
        _from_url(properties) if "JDBC_CONNECTION_URL" in properties else _from_parts(properties)
    )
    password = properties.get("PASSWORD") or found.password
    if password is None and "ENCRYPTED_PASSWORD" in properties:
        raise DatabaseError("The connection's password is encrypted; give PASSWORD or SECRET_ID.")
    return Login(
        found.engine,
        found.host,
        found.port,
        found.database,
        properties.get("USERNAME") or found.user,
        password,
        properties.get("JDBC_ENFORCE_SSL", "false").lower() == "true",
    )


def require_allowed(login: Login, allowed: Allowed) -> None:
    """Raise DatabaseError for a server that must not be connected to."""
    if not allowed.has_database(login.host, login.port):
        raise DatabaseError(
            f"{login.host}:{login.port} is not among the JDBC targets that this server allows "
            "(--allow-jdbc-target)."
        )


def properties_of(document: Mapping[str, Any]) -> dict[str, str]:
    """All properties of a ConnectionInput, those of its AuthenticationConfiguration among them."""
    properties = dict(document.get("ConnectionProperties") or {})
    if document.get("ConnectionType") not in {None, "JDBC"}:
        properties.setdefault("JDBC_ENGINE", document["ConnectionType"])
    authentication = document.get("AuthenticationConfiguration") or {}
    if "SecretArn" in authentication:
        properties["SECRET_ID"] = authentication["SecretArn"]
    if basic := authentication.get("BasicAuthenticationCredentials"):
        properties |= {k.upper(): basic[k] for k in ("Username", "Password") if k in basic}
    return properties


def _from_url(properties: Mapping[str, str]) -> Login:
    url = properties["JDBC_CONNECTION_URL"]
    match = URL.fullmatch(url)
    engine = _engine(re.split("[^A-Za-z0-9]", url.removeprefix("jdbc:"), maxsplit=1)[0])
    if match is None or not match["host"]:
        raise DatabaseError(f"The JDBC URL is not of the form jdbc:{engine}://host:port/database.")
    options = dict(parse_qsl(match["options"] or ""))
    return Login(
        engine,
        match["host"].strip("[]"),
        int(match["port"] or PORTS[engine]),
        unquote(match["database"] or ""),
        options.get("user"),
        options.get("password"),
    )


def _from_parts(properties: Mapping[str, str]) -> Login:
    engine = _engine(properties["JDBC_ENGINE"]) if "JDBC_ENGINE" in properties else None
    if engine is None or "HOST" not in properties:
        raise DatabaseError(
            "The connection has neither a JDBC_CONNECTION_URL nor HOST, PORT and JDBC_ENGINE."
        )
    port = properties.get("PORT", str(PORTS[engine]))
    if not port.isdecimal():
        raise DatabaseError("The connection's PORT is not a number.")
    return Login(engine, properties["HOST"], int(port), properties.get("DATABASE", ""))


def _engine(name: str) -> str:
    folded = name.lower().replace("_", "").replace(" ", "")
    engine = ALIASES.get(folded, folded)
    if engine not in PORTS:
        told = KNOWN.get(engine, "This kind of database")
        raise DatabaseError(
            f"{told} cannot be reached by this server: it reaches {', '.join(PORTS)}."
        )
    return engine
