"""Routes of our own server, asked as AWS services are: signed where credentials are known."""

import json
from typing import Any

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import EndpointConnectionError, HTTPClientError
from botocore.httpsession import URLLib3Session

from .access import AwsAccess


class Unreachable(Exception):
    """There is no server of ours; the message says what is there instead."""


def ask(
    method: str, url: str, region: str, credentials: Credentials | None, body: str | None
) -> tuple[int, dict[str, Any]]:
    """Status and answer of the route at `url`. Raises Unreachable."""
    request = AWSRequest(method, url, data=body)
    if credentials is not None:
        SigV4Auth(credentials, "glue", region).add_auth(request)
    place = url.partition("/_gluematch/")[0]
    try:
        response = URLLib3Session(verify=_bundle()).send(request.prepare())
    except (EndpointConnectionError, HTTPClientError):
        raise Unreachable(f"nothing answers at {place}: is `gluematch serve` running?") from None
    try:
        answer: dict[str, Any] = json.loads(response.content)
    except ValueError:
        raise Unreachable(f"what answers at {place} is not gluematch") from None
    return response.status_code, answer


def _bundle() -> Any:
    """The certificates that the user's AWS settings trust (AWS_CA_BUNDLE), else the usual ones."""
    return botocore.session.Session().get_config_variable("ca_bundle") or True


def post(access: AwsAccess, route: str, members: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Status and answer of `/_gluematch/<route>`. Raises Unreachable."""
    key, secret = access.access_key, access.secret_key
    known = key is not None and secret is not None
    credentials = Credentials(key, secret, access.session_token) if known else None
    url = f"{(access.endpoint_url or '').rstrip('/')}/_gluematch/{route}"
    return ask("POST", url, access.region, credentials, json.dumps(members))
