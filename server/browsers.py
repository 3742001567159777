"""Keeping web pages out: what a browser sends for a page of somebody else is refused, and no object
of S3 becomes a page of ours.

A page may send requests to this machine, and by DNS rebinding even read the answers. Browsers
say where a request comes from (Origin, Sec-Fetch-Site) and by which name the server was called
(Host); other clients say only the latter. docs/security.md tells what this is good for.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .protocol.dialects import Fault, Refusal, StartResponse
from .protocol.own import ROOT

# What AWS clients name where a proxy or a hosts file leads them here. No page can be had from
# such a name and then made to lead elsewhere: their addresses are Amazon's to give.
_AWS = re.compile(
    r"(([a-z0-9.-]+\.)?s3[a-z0-9-]*(\.[a-z0-9-]+){0,2}|[a-z0-9-]+(\.[a-z0-9-]+)?)"
    r"\.amazonaws\.com(\.cn)?"
)
_ELSEWHERE = frozenset({"cross-site", "same-site"})
_SNIFFING = {"x-content-type-options": ("X-Content-Type-Options", "nosniff")}
_SAFELY = {
    **_SNIFFING,
    "content-security-policy": ("Content-Security-Policy", "sandbox"),
}
_FORBIDDEN = ("AccessDenied", 403)
_DENIED = Fault(json=("AccessDeniedException", 403), form=_FORBIDDEN, s3=_FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Names:
    """By which names the server may be called, and the pages of which origins may call it.

    `bound` is the host that it listens on. A name of `hosts` stands for those below it, too.
    """

    bound: str
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def check(self, environ: Mapping[str, Any]) -> None:
        """Raise Refusal for a request that a foreign page may have caused."""
        host = environ.get("HTTP_HOST")
        if host is not None and not self._knows(_name(host)):
            raise Refusal(_DENIED, "This server is not called so: see --allow-host.")
        origin = _origin(environ)
        own = f"{environ.get('wsgi.url_scheme', 'http')}://{host}"
        if origin is not None and origin not in {own, *self.origins}:
            raise Refusal(_DENIED, "Web pages may not call this server: see --allow-origin.")

    def _knows(self, name: str) -> bool:
        if _address(name):  # no name, so no DNS that could be rebound
            return is_loopback(name) or not is_loopback(self.bound)
        if name == "localhost" or name.endswith(".localhost") or _AWS.fullmatch(name):
            return True
        hosts = [self.bound, *self.hosts]
        if not is_loopback(self.bound):
            hosts.append(socket.gethostname())
        known = [host.lower().rstrip(".") for host in hosts if host]
        return any(name == host or name.endswith(f".{host}") for host in known)


def sandboxed(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, with answers that a browser renders as what they say they are, and in a
    sandbox, but for our own pages: an object may be HTML of anybody's, from the origin of Glue."""

    def enter(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        is_own = environ.get("PATH_INFO", "").startswith(ROOT)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            ours = _SNIFFING if is_own else _SAFELY
            kept = [each for each in headers if each[0].lower() not in ours]
            return start_response(status, [*kept, *ours.values()], *more)

        return application(environ, start)

    return enter


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach a server that listens on `host`."""
    address = _address(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    return ipaddress.ip_address(address).is_loopback


def _origin(environ: Mapping[str, Any]) -> str | None:
    """Where the page is from that caused a request; None where none did."""
    origin: str | None = environ.get("HTTP_ORIGIN")
    if origin is None and environ.get("HTTP_SEC_FETCH_SITE") in _ELSEWHERE:
        # a link, an image: browsers send no Origin with a GET of that kind
        return "/".join(environ.get("HTTP_REFERER", "null").split("/", 3)[:3])
    return origin


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](:\d*)?", host)
    name = bracketed.group(1) if bracketed else re.sub(r":\d*$", "", host)
    return name.lower().rstrip(".")


def _address(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None
