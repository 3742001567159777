"""How the commands reach a running server: as clients like any other, signed where credentials
are found.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from gluematch.models.datasets import routes

INTERRUPTED = 130


class Refused(Exception):
    """The server refused, or cannot be reached; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach a server, and as whom."""

    session: boto3.session.Session
    url: str
    region: str

    @classmethod
    def reached(cls, url: str, region: str | None, default_region: str) -> "Server":
        """A server at `url`, with what AWS settings the user has. Raises Refused."""
        if not re.fullmatch(r"https?://[^/]+(/.*)?", url):
            raise Refused(f"the endpoint must be an http(s) URL, not {url!r}")
        session = boto3.session.Session(region_name=region)
        # a machine's own role is nothing for a server beside us, and asking takes seconds
        session._session.get_component("credential_provider").remove("iam-role")
        return cls(session, url.rstrip("/"), session.region_name or default_region)

    def client(self, service: str) -> Any:
        """A boto3 client; it does not sign if there are no credentials."""
        known = self.session.get_credentials() is not None
        config = None if known else Config(signature_version=UNSIGNED)
        return self.session.client(
            service, endpoint_url=self.url, region_name=self.region, config=config
        )

    def post(self, route: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of a `/_gluematch/` route. Raises Refused."""
        return self._answer("POST", route, json.dumps(members))

    def get(self, route: str, query: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """The answer of a `/_gluematch/` route that is read. Raises Refused."""
        return self._answer("GET", f"{route}?{urlencode(query)}", None)

    def _answer(self, method: str, route: str, body: str | None) -> dict[str, Any]:
        url, credentials = f"{self.url}/_gluematch/{route}", self.session.get_credentials()
        try:
            status, answer = routes.ask(method, url, self.region, credentials, body)
        except routes.Unreachable as error:
            raise Refused(str(error)) from None
        if status != 200:
            text = answer.get("Message") or answer.get("message") or "no reason given"
            raise Refused(f"{answer.get('__type', status)}: {text}")
        return answer
