"""Moto's buckets, objects, delete markers and uploads as documents, and made from them again."""

from collections.abc import Mapping
from typing import Any

from moto.s3.models import (
    FakeBucket,
    FakeDeleteMarker,
    FakeKey,
    FakeMultipart,
    s3_backends,
)
from moto.utilities.tagging_service import TaggingService
from moto.utilities.utils import CaseInsensitiveDict

from .bodies import Bodies
from .body import Body
from .gathered import Gathered
from .portraits import filled, portrait

_IN_ROWS_OF_THEIR_OWN = frozenset({"keys", "multiparts"})
_BYTES = frozenset({"_value_buffer", "lock", "multipart"})


def of_bucket(bucket: FakeBucket) -> dict[str, Any]:
    """A bucket's settings and tags."""
    tags = _tagger(bucket).get_tag_dict_for_resource(bucket.arn)
    return {"bucket": portrait(bucket, without=_IN_ROWS_OF_THEIR_OWN), "tags": tags}


def to_bucket(document: Mapping[str, Any]) -> FakeBucket:
    """The bucket, empty; its name is taken from then on."""
    told = dict(document["bucket"]["held"])
    bucket = FakeBucket(told["name"], told["account_id"], told["region_name"])  # type: ignore[abstract]  # as moto makes it
    filled(bucket, document["bucket"])
    _tag(bucket, bucket.arn, document["tags"])
    return bucket


def of_key(key: FakeKey) -> dict[str, Any]:
    """An object's version, or an upload's part, but for its bytes."""
    key.etag  # noqa: B018  # moto computes it when it is first read
    document = {"key": portrait(key, without=_BYTES), "parts": _lengths(key)}
    if key.bucket_name is not None:
        document["tags"] = _tagger(key).get_tag_dict_for_resource(key.arn)
    return document


def to_key(document: Mapping[str, Any], bodies: Bodies, body: str | None) -> FakeKey:
    """The version or part, its bytes in the file `body`."""
    if body is None:
        raise ValueError("an object without a body")
    told = dict(document["key"]["held"])
    key = FakeKey(told["name"], b"", told["account_id"], told["region_name"])
    filled(key, document["key"])
    _hold(key, bodies.open(body, 0, key.contentsize))
    key.multipart = _parts(key, document["parts"], bodies, body)
    if tags := document.get("tags"):
        _tag(key, key.arn, tags)
    return key


def settled(key: FakeKey, bodies: Bodies) -> tuple[Body, bool]:
    """The body of an object, in a file from now on, and whether it was written just now."""
    with key.lock:
        held: Any = key._value_buffer
        if isinstance(held, Body):
            return held, False
        key.etag  # noqa: B018  # moto computes it when it is first read, from the buffer
        body = held.into(bodies) if isinstance(held, Gathered) else bodies.write(held)
        _hold(key, body)
        if isinstance(held, Gathered) and held.copied:
            key.multipart = None  # the parts are the original's
        _settle_parts(key, body)
        return body, True


def _settle_parts(key: FakeKey, body: Body) -> None:
    """Let an object's parts be read from its own body: the upload's files go."""
    upload = key.multipart
    if upload is None:
        return
    upload.partlist = sorted(upload.parts)
    parts = [upload.parts[number] for number in upload.partlist]
    if sum(part.contentsize for part in parts) != key.contentsize:
        key.multipart = None  # some were left out when it was completed
        return
    start = 0
    for part in parts:
        _hold(part, body.part(start, part.contentsize))
        start += part.contentsize


def of_marker(marker: FakeDeleteMarker) -> dict[str, Any]:
    """A delete marker, and of the object below it what names it."""
    below: Any = marker.key
    while isinstance(below, FakeDeleteMarker):
        below = below.key
    named = {"name": below.name, "account": below.account_id, "region": below.region_name}
    return {"marker": portrait(marker, without=frozenset({"key"})), "of": named}


def to_marker(document: Mapping[str, Any]) -> FakeDeleteMarker:
    """The delete marker."""
    of = document["of"]
    below = FakeKey(of["name"], b"", of["account"], of["region"])
    return filled(FakeDeleteMarker(below), document["marker"])  # type: ignore[no-any-return]


def of_upload(upload: FakeMultipart) -> dict[str, Any]:
    """A multipart upload in progress, but for its parts."""
    return {"upload": portrait(upload, without=frozenset({"parts", "partlist"}))}


def to_upload(document: Mapping[str, Any]) -> FakeMultipart:
    """The upload, without parts."""
    told = dict(document["upload"]["held"])
    upload = FakeMultipart(
        told["key_name"], CaseInsensitiveDict(), told["account_id"], told["region_name"]
    )
    return filled(upload, document["upload"])  # type: ignore[no-any-return]


def _lengths(key: FakeKey) -> dict[str, Any] | None:
    """Of an object uploaded in parts their documents; they are the object end to end."""
    upload = key.multipart
    if upload is None:
        return None
    parts = [upload.parts[number] for number in upload.partlist]
    return {**of_upload(upload), "portraits": [portrait(part, without=_BYTES) for part in parts]}


def _parts(
    key: FakeKey, document: Mapping[str, Any] | None, bodies: Bodies, body: str
) -> FakeMultipart | None:
    if document is None:
        return None
    upload, start = to_upload(document), 0
    for found in document["portraits"]:
        told = dict(found["held"])
        part = filled(FakeKey(told["name"], b"", key.account_id, key.region_name), found)
        _hold(part, bodies.open(body, start, part.contentsize))
        start += part.contentsize
        upload.parts[part.name] = part
    upload.partlist = sorted(upload.parts)
    return upload


def _hold(key: FakeKey, body: Any) -> None:
    """Let moto read the object's value from a file, not from a buffer of its own."""
    key._value_buffer.close()
    key._value_buffer = body


def _tagger(thing: FakeBucket | FakeKey) -> TaggingService:
    return s3_backends[thing.account_id][thing.partition].tagger


def _tag(thing: FakeBucket | FakeKey, arn: str, tags: Mapping[str, str]) -> None:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    if listed:
        _tagger(thing).tag_resource(arn, listed)
