"""What moto reads in a request's headers: names with underscores, and for whom the request speaks.

S3 treats `x-amz-meta-my_key` and `x-amz-meta-my-key` as two keys. Other underscored headers are
dropped, so that none of them can pose as a header that decides something.
"""

from collections.abc import Iterable
from functools import cache, wraps
from typing import Any

from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)

from gluematch.models.scope import Scope
from gluematch.server.protocol.destination import Destination

_REGION = "gluematch.region"


def keep_names(environ: dict[str, Any], headers: Iterable[tuple[str, str]]) -> None:
    """Write a request's headers into its WSGI environ again, underscores told from dashes."""
    pairs = list(headers)
    for name, _ in pairs:
        environ.pop(environ_key_for_header(name), None)
    for name, value in pairs:
        if "_" not in name:
            environ[environ_key_for_header(name)] = value
    kept: dict[str, str] = {}
    for name, value in pairs:
        key = environ_key_for_header(name)
        if should_preserve_original_header_name(name) and key not in environ:
            environ[key] = value
            kept[key] = name
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = kept


def speak_for(environ: dict[str, Any], who: Scope, asked: Destination) -> None:
    """Let moto find nothing but what was read before: account, key, region and service of who asks.

    Anonymous requests to S3, and those signed by version 2, name no service: they stay as they are.
    """
    for name in [name for name in environ if name.startswith("HTTP_X_MOTO_")]:
        del environ[name]
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = who.account
    environ[_REGION] = who.region
    if asked.dialect != "json":
        environ.pop("HTTP_X_AMZ_TARGET", None)
    if asked.signer.service is not None or asked.service != "s3":
        scope = f"20200101/{who.region}/{asked.service}/aws4_request"
        environ["HTTP_AUTHORIZATION"] = (
            f"AWS4-HMAC-SHA256 Credential={asked.signer.access_key or who.account}/{scope}, "
            "SignedHeaders=host, Signature=0"
        )


@cache
def take_regions() -> None:
    """From now on moto takes the region that a request was signed for, where we have noted it, and
    not what its address, query or User-Agent name."""
    from moto.core.responses import BaseResponse  # noqa: PLC0415  # slow; moto loads it anyway

    guess: Any = BaseResponse.get_region_from_url

    @wraps(guess)
    def noted(self: Any, request: Any, full_url: str) -> Any:
        return request.environ.get(_REGION) or guess(self, request, full_url)

    BaseResponse.get_region_from_url = noted  # type: ignore[method-assign]  # no hook is there
