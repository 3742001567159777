"""The short way of plain writes: PUT of an object into a bucket that has nothing to say to it.

As with plain reads, what is not understood in every part is moto's to answer; what is answered is
what moto would say, and the object is what moto would have made.
"""

from typing import Any

from moto.core.request import environ_key_for_header
from moto.s3.models import FakeBucket
from moto.s3.utils import metadata_from_headers

from gluematch.server.protocol import checksums
from gluematch.server.signatures import HEADERS

from . import plain, watching
from .receiving import RECEIVED
from .requests.arguments import is_too_long, is_too_much

_MEANT = frozenset(
    {
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-md5",
        "content-type",
        "x-amz-content-sha256",
    }
)
"""Headers that objects remember; moto keeps some that AWS does not."""

_KNOWN = (
    plain.KNOWN
    | _MEANT
    | {"content-length", "expect", "transfer-encoding"}
    | {"x-amz-decoded-content-length", "x-amz-sdk-checksum-algorithm", "x-amz-trailer"}
    | set(checksums.HEADERS)
)
_OWN = "x-amz-meta-"
_QUERIES = frozenset({"", "x-id=PutObject"})


def answer(account: str, environ: dict[str, Any]) -> plain.Found | None:
    """What moto would answer to a plain write on behalf of an account, which is done then; None if
    it is not one, and nothing is done."""
    sent: dict[str, str] = environ[HEADERS]
    if environ["REQUEST_METHOD"] != "PUT" or environ.get("QUERY_STRING", "") not in _QUERIES:
        return None
    own = {name for name in sent if name.startswith(_OWN)}
    if any("_" in name for name in own) or not _KNOWN.issuperset(sent.keys() - own):
        return None
    asked = plain.asked(account, environ)
    if asked is None or not _takes_all(asked.bucket, asked.backend.account_id):
        return None
    if is_too_long(asked.key) or is_too_much(sent):
        return None
    asked.visit()
    return _put(asked, environ, own | (_MEANT & sent.keys()))


def _takes_all(bucket: FakeBucket, account: str) -> bool:
    """Whether a bucket is of the caller, locks and encrypts nothing, and tells nobody."""
    return (
        type(bucket) is FakeBucket
        and bucket.account_id == account
        and not bucket.object_lock_enabled
        and bucket.encryption is None
        and bucket.notification_configuration is None
    )


def _put(asked: plain.Asked, environ: dict[str, Any], meant: set[str]) -> plain.Found:
    bucket = asked.bucket
    algorithm = environ.get("HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM", "")
    name = checksums.header(algorithm)
    checksum = environ.get(environ_key_for_header(name)) if algorithm else None
    body = environ.get(RECEIVED) or environ["wsgi.input"].read()
    made = asked.backend.put_object(bucket.name, asked.key, body, checksum_value=checksum)
    headers = {each: environ.get(environ_key_for_header(each), "") for each in meant}
    made.set_metadata(metadata_from_headers(headers))
    made.set_acl(bucket.acl)
    if algorithm:
        made.checksum_algorithm = algorithm
    asked.backend.tagger.delete_all_tags_for_resource(made.arn)
    watching.only_read(bucket.name)
    told = {**({name: checksum} if checksum else {}), **made.response_dict, "content-length": "0"}
    return plain.answered("200 OK", {**told, "Content-Type": "text/html; charset=utf-8"}, ())
