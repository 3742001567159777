"""Where moto's S3 begins to answer: each request is checked there, and no error of moto's code on a
request that it does not understand is an error of the server.
"""

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from xml.etree import ElementTree as ET

from moto.s3.exceptions import MissingKey, NoSuchUpload, S3ClientError
from moto.s3.responses import S3Response
from werkzeug.exceptions import HTTPException

from gluematch.server.neighbours.moto_errors import place_in_moto
from gluematch.server.neighbours.s3.files import NotKept, NotWhole
from gluematch.server.signatures import HEADERS

from . import actions, arguments, documents, operations, rights, select, tags
from .operations import POST_OBJECT, Called
from .refusals import Answer, Refused, invalid_argument

log = logging.getLogger(__name__)
_OF_AN_OBJECT = frozenset(
    [
        "DeleteObjectTagging",
        "GetObjectLegalHold",
        "GetObjectTagging",
        "PutObjectAcl",
        "PutObjectLegalHold",
        "PutObjectRetention",
        "PutObjectTagging",
        "RestoreObject",
        "SelectObjectContent",
    ]
)
"""Operations on an object that moto takes for granted."""

_NO_LENGTH = "Content-Length required"
_UNTOLD = {
    411: ("MissingContentLength", "You must provide the Content-Length HTTP header."),
}


def stand_in() -> None:
    """Let moto's S3 answer so from now on."""
    answers: Any = S3Response
    if hasattr(answers.bucket_response, "__wrapped__"):
        return
    answers.bucket_response = _safely(answers.bucket_response)
    answers.key_response = _safely(answers.key_response)
    answers._bucket_response = _checked(answers._bucket_response, _place_of_bucket)
    answers._key_response = _checked(answers._key_response, _place_of_key)
    rights.stand_in()
    select.stand_in()
    tags.stand_in()


Place = tuple[int, str, str | None]
"""How deep a request reaches (0 the service, 1 a bucket, 2 an object), its bucket and its key, as
moto reads them."""


def _place_of_bucket(response: S3Response, request: Any, url: str) -> Place:
    bucket = response.parse_bucket_name_from_url(request, url)
    return (1 if bucket else 0), bucket, None


def _place_of_key(response: S3Response, request: Any, url: str) -> Place:
    return 2, response.parse_bucket_name_from_url(request, url), response.parse_key_name()


def _checked(by_moto: Callable[..., Any], place_of: Callable[..., Place]) -> Callable[..., Any]:
    @wraps(by_moto)
    def answer(response: S3Response, request: Any, url: str) -> Any:
        depth, bucket, key = place_of(response, request, url)
        environ: dict[str, Any] = request.environ
        headers: dict[str, str] = environ[HEADERS]
        for name in arguments.ignored(headers):
            environ.pop(f"HTTP_{name.upper().replace('-', '_')}", None)
        called = operations.called(environ, depth)
        key = _check_form(response) if called.name == POST_OBJECT else key
        arguments.check(called, _sent(response, called, headers), key)
        document = None
        if called.model is not None:
            document = documents.check(called.model, response.body or b"", headers)
        if (source := actions.source_of(headers)) is not None:
            environ["HTTP_X_AMZ_COPY_SOURCE"] = source.header
        _check_what_moto_knows(response, called, bucket)
        deletes = _deletes(document) if called.name == "DeleteObjects" else {}
        asked = rights.request(environ, called, bucket, key, deletes)
        with rights.enforced(response.backend, asked):
            return _told(by_moto(response, request, url))

    return answer


def _told(answer: Any) -> Any:
    """Moto's answer, also where it refuses without a word."""
    if isinstance(answer, tuple) and answer[0] in _UNTOLD and answer[2] in {"", _NO_LENGTH}:
        code, why = _UNTOLD[answer[0]]
        raise Refused(code, why, answer[0])
    return answer


def _sent(response: S3Response, called: Called, headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers of a request, of a form what it has in their place."""
    if called.name != POST_OBJECT:
        return headers
    fields: Mapping[str, Any] = response.form_data
    return {**headers, **{name.lower(): str(value) for name, value in fields.items()}}


def _check_form(response: S3Response) -> str:
    """The key that a form names."""
    fields: dict[str, Any] = response.querystring
    if not fields.get("key"):
        why = "Bucket POST must contain a field named 'key'."
        why += "  If it is specified, please check the order of the fields."
        raise invalid_argument(why, "key", "")
    acl = fields.get("acl", [""])[0]
    known = operations.canned_acls()
    if acl and acl not in known:
        raise invalid_argument("The value of acl is not valid.", "acl", acl)
    if fields.get("success_action_status", ["204"])[0] not in {"200", "201", "204"}:
        del fields["success_action_status"]  # as AWS does
    return str(fields["key"][0])


def _check_what_moto_knows(response: S3Response, called: Called, bucket: str) -> None:
    """What neither the model nor its documents say, but moto's memory."""
    if called.name == "CreateMultipartUpload":
        response.body = b""  # it has none; moto would look for another operation
    if called.name == "PutBucketVersioning" and b"<Status>" not in (response.body or b""):
        why = "The Versioning element must be specified"
        raise Refused("IllegalVersioningConfigurationException", why)
    if called.name == "PutBucketPolicy":
        rights.check_document(response.backend.get_bucket(bucket), response.body or b"")
    upload = called.value("uploadId")
    if called.name in {"UploadPart", "UploadPartCopy", "ListParts"} and upload is not None:
        going = response.backend.get_bucket(bucket).multiparts.get(upload)
        if going is None or going.key_name != response.parse_key_name():
            raise NoSuchUpload(upload_id=upload)
    if called.name in _OF_AN_OBJECT and called.value("versionId") is None:
        key = response.parse_key_name()
        if response.backend.get_object(bucket, key) is None:
            raise MissingKey(key)
    token = called.value("continuation-token")
    if called.name == "ListObjectsV2" and token:
        response.backend.get_bucket(bucket)
        if token not in response.backend._pagination_tokens:
            why = "The continuation token provided is incorrect"
            raise invalid_argument(why, "continuation-token", token)


def _deletes(document: ET.Element | None) -> dict[str, frozenset[str]]:
    """The keys that a document names, with the actions that it takes to delete them."""
    found: dict[str, frozenset[str]] = {}
    for each in () if document is None else documents.below(document, "Object"):
        texts = {documents.local(one): one.text or "" for one in each}
        key, action = texts["Key"], actions.of_a_version("DeleteObject", texts.get("VersionId"))
        found[key] = found.get(key, frozenset()) | {action}
    return found


def _safely(by_moto: Callable[..., Any]) -> Callable[..., Any]:
    """The answer to a request, also where moto's code fails on it."""

    @wraps(by_moto)
    def answer(response: S3Response, request: Any, *more: Any) -> Any:
        try:
            return by_moto(response, request, *more)
        except Refused as refusal:
            return refusal.answer()
        except (HTTPException, S3ClientError, NotKept):
            raise
        except NotWhole as damage:
            return _damaged(request, damage)
        except Exception as error:
            place = place_in_moto(error)
            if place is None:
                raise
            kind, path = type(error).__name__, request.environ.get("PATH_INFO")
            method = request.environ["REQUEST_METHOD"]
            log.warning("%s %s is not understood: %s at %s", method, path, kind, place)
            why = "The request is not well-formed, or asks for what this server does not do."
            return Refused("InvalidRequest", why).answer()
        finally:
            request.close()  # files of a form

    return answer


def _damaged(request: Any, damage: NotWhole) -> Answer:
    """The answer where an object's bytes are not all there."""
    environ = request.environ
    source = environ[HEADERS].get("x-amz-copy-source")
    of = environ.get("PATH_INFO") if source is None else f"{source} (copied)"
    log.error("the object %s is damaged: %s", of, damage)
    why = "We encountered an internal error. Please try again."
    return Refused("InternalError", why, 500).answer()
