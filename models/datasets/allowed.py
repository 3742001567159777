"""Which places in S3, and which databases, this server's runs may reach: all, unless it was told.

A place is allowed by `s3://bucket/prefix`, which stands for itself and all below, a database by its
host or `host:port`; `*` stands for any characters in both. Hosts that are addresses may be allowed
by a network, `10.1.0.0/16`.
"""

import ipaddress
import re
from dataclasses import dataclass

from gluematch.models.authorization import wildcards

_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_WITH_PORT = re.compile(r"(\[[^\]]+\]|[^:\[]+):(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Allowed:
    """The patterns of each kind; none of a kind allows all of it."""

    s3: tuple[str, ...] = ()
    jdbc: tuple[str, ...] = ()

    def has_object(self, bucket: str, key: str) -> bool:
        """Whether an object may be read and written."""
        return not self.s3 or self._fits(f"s3://{bucket}/{key}", below=False)

    def has_objects_below(self, bucket: str, prefix: str) -> bool:
        """Whether all objects whose keys begin so may be."""
        return not self.s3 or self._fits(f"s3://{bucket}/{prefix}", below=True)

    def has_target(self, bucket: str, key: str) -> bool:
        """Whether what a path names may be: an object, or a folder with or without its slash."""
        folder = key if not key or key.endswith("/") else f"{key}/"
        return self.has_object(bucket, key) or self.has_objects_below(bucket, folder)

    def has_database(self, host: str, port: int) -> bool:
        """Whether a server may be connected to. A name counts as it is, wherever it leads."""
        return not self.jdbc or (
            _HOST.fullmatch(host) is not None  # drivers take lists of hosts, and sockets, too
            and any(_leads_to(pattern, host.lower(), port) for pattern in self.jdbc)
        )

    def _fits(self, place: str, *, below: bool) -> bool:
        patterns = [each for given in self.s3 for each in (given, f"{given.rstrip('/')}/*")]
        return any(
            wildcards.fit(wildcards.pattern(each), place, below=below).covers for each in patterns
        )


ANYTHING = Allowed()


def is_s3(pattern: str) -> bool:
    """Whether a text can be a pattern of S3 targets."""
    return re.fullmatch(r"s3://[^/]+(/.*)?", pattern) is not None


def is_jdbc(pattern: str) -> bool:
    """Whether a text can be a pattern of databases."""
    return re.fullmatch(r"[A-Za-z0-9._:*?\[\]/-]+", pattern) is not None


def _leads_to(pattern: str, host: str, port: int) -> bool:
    parts = _WITH_PORT.fullmatch(pattern.lower())
    if parts is None:
        return _names(pattern.lower(), host)
    return int(parts[2]) == port and _names(parts[1], host)


def _names(pattern: str, host: str) -> bool:
    bare = pattern.strip("[]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return wildcards.matches(wildcards.pattern(bare), host)
    try:
        return address in ipaddress.ip_network(bare, strict=False)
    except ValueError:
        return bare == "*"
