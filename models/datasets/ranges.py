"""Reading ranges of small objects with little ado: for crawls, which look into thousands.

A call of the S3 client takes three times the processor time that its bytes need. Our own S3 is
asked with a signature and a pooled connection instead. Only success is taken from it: whatever
else it says, the caller asks again by the client, which knows retries and words for errors.
"""

from functools import lru_cache
from urllib.parse import quote

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from urllib3.exceptions import HTTPError

from .access import AwsAccess

CONNECTIONS = 16
PARTIAL = 206


class RangeReader:
    """Ranges of the objects that one key may read at one endpoint. Safe to share by threads."""

    def __init__(self, endpoint_url: str, region: str, credentials: Credentials) -> None:
        self._endpoint = endpoint_url
        self._signer = S3SigV4Auth(credentials, "s3", region)
        self._pool = urllib3.connection_from_url(
            endpoint_url, maxsize=CONNECTIONS, timeout=urllib3.Timeout(connect=10, read=60)
        )

    def read(self, bucket: str, key: str, start: int, length: int) -> bytes | None:
        """At most `length` bytes from `start` on; None when that did not go as it should."""
        target = f"/{bucket}/{quote(key, safe='/~')}"
        span = {"Range": f"bytes={start}-{start + length - 1}"}
        request = AWSRequest("GET", f"{self._endpoint}{target}", span)
        self._signer.add_auth(request)
        try:
            answer = self._pool.urlopen(
                "GET",
                target,
                headers=dict(request.headers),
                retries=False,
                redirect=False,
                decode_content=False,
            )
        except HTTPError:
            return None
        return answer.data if answer.status == PARTIAL else None


@lru_cache(maxsize=64)
def range_reader(access: AwsAccess) -> RangeReader | None:
    """The short way for one access; None where proxies, roles or certificates may matter."""
    url, key, secret = access.endpoint_url, access.access_key, access.secret_key
    if url is None or not url.startswith("http://") or key is None or secret is None:
        return None
    return RangeReader(url, access.region, Credentials(key, secret))
