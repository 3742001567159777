"""Objects in S3: listing, reading by ranges, writing. The only module that calls the S3 client.

It knows nothing of formats. Every failure leaves as an ObjectStoreError in plain words.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from .access import AwsAccess, SourceError, make_client
from .ranges import range_reader

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_REASONS = {
    "NoSuchBucket": "the bucket does not exist",
    "NoSuchKey": "the object does not exist",
    "404": "it does not exist",
    "AccessDenied": "access is denied",
    "403": "access is denied",
    "InvalidAccessKeyId": "the access key is not known",
    "SignatureDoesNotMatch": "the secret key is wrong",
    "InvalidRange": "the range lies outside of the object",
    "SlowDown": "the service asks for fewer requests",
}


class ObjectStoreError(SourceError):
    """S3 refused or could not be reached; the message names the URI and says why."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object as a listing shows it: size in bytes, etag without quotes."""

    uri: str
    key: str
    size: int
    etag: str
    modified: datetime


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`; the key may be empty. Else ValueError."""
    scheme, separator, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme not in {"s3", "s3a", "s3n"} or not separator or not bucket:
        raise ValueError(f"{uri} is not an S3 location of the form s3://bucket/key")
    return bucket, key


def not_allowed(uri: str) -> str:
    """Why a place in S3 is refused that no --allow-s3-target names."""
    return f"{uri} is not among the S3 targets that this server allows (--allow-s3-target)"


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """The objects that one access may reach. Safe to share by threads, and to pickle."""

    access: AwsAccess

    def list(self, uri: str) -> Iterator[ObjectInfo]:
        """Every object whose key starts with the key of `uri`, in the order of the keys."""
        bucket, prefix = split_uri(uri)
        if not self.access.allowed.has_objects_below(bucket, prefix):
            raise ObjectStoreError(not_allowed(uri))
        with _in_words(uri):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Contents", []):
                    yield ObjectInfo(
                        uri=f"s3://{bucket}/{entry['Key']}",
                        key=entry["Key"],
                        size=entry["Size"],
                        etag=entry["ETag"].strip('"'),
                        modified=entry["LastModified"],
                    )

    def head(self, uri: str) -> ObjectInfo | None:
        """The object at `uri`, or None if there is none."""
        bucket, key = self._place(uri)
        if not key:
            return None
        with _in_words(uri):
            try:
                answer = self._client.head_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
                    return None
                raise
        return ObjectInfo(
            uri=f"s3://{bucket}/{key}",
            key=key,
            size=answer["ContentLength"],
            etag=answer["ETag"].strip('"'),
            modified=answer["LastModified"],
        )

    def read(self, uri: str) -> bytes:
        """The whole object."""
        bucket, key = self._place(uri)
        with _in_words(uri):
            data: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return data

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        """At most `length` bytes from `start` on; fewer where the object ends earlier."""
        if length <= 0:
            return b""
        bucket, key = self._place(uri)
        if reader := range_reader(self.access):
            found = reader.read(bucket, key, start, length)
            if found is not None:
                return found
        span = f"bytes={start}-{start + length - 1}"
        with _in_words(uri):
            answer = self._client.get_object(Bucket=bucket, Key=key, Range=span)
            data: bytes = answer["Body"].read()
        return data

    def open(self, uri: str, size: int | None = None) -> BinaryIO:
        """The object as a seekable file; each read is one ranged request.

        Who knows the object's size from a listing saves asking for it.
        """
        if size is None:
            found = self.head(uri)
            if found is None:
                raise ObjectStoreError(f"{uri} cannot be read: the object does not exist")
            size = found.size
        return cast("BinaryIO", _RangedObject(self, uri, size))

    def write(self, uri: str, data: bytes) -> None:
        """Put `data` at `uri`, in the place of what was there."""
        bucket, key = self._place(uri)
        with _in_words(uri):
            self._client.put_object(Bucket=bucket, Key=key, Body=data)

    def bucket_region(self, bucket: str) -> str:
        """The region that the bucket lies in; an ObjectStoreError if it does not exist."""
        with _in_words(f"s3://{bucket}"):
            answer = self._client.head_bucket(Bucket=bucket)
        return answer.get("BucketRegion") or self.access.region

    def require_target(self, path: str) -> None:
        """Raise ObjectStoreError for a path in S3 that this access may not reach."""
        if not self.access.allowed.has_target(*split_uri(path)):
            raise ObjectStoreError(not_allowed(path))

    def _place(self, uri: str) -> tuple[str, str]:
        bucket, key = split_uri(uri)
        if not self.access.allowed.has_object(bucket, key):
            raise ObjectStoreError(not_allowed(uri))
        return bucket, key

    @property
    def _client(self) -> "S3Client":
        return _client(self.access)


class _RangedObject(io.RawIOBase):
    """A read-only file whose bytes stay in S3 until they are read."""

    def __init__(self, store: ObjectStore, uri: str, size: int) -> None:
        self._store = store
        self._uri = uri
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}
        self._position = max(0, origin[whence] + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._size - self._position)
        if length <= 0:
            return 0
        found = self._store.read_range(self._uri, self._position, length)
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)


def warm() -> None:
    """Load what the first client would load, so that processes forked from here need not."""
    _client(AwsAccess("http://localhost", "us-east-1", "none", "none"))
    _client.cache_clear()


@lru_cache(maxsize=64)
def _client(access: AwsAccess) -> "S3Client":
    """One client for each access."""
    settings = Config(
        s3={"addressing_style": "path"},
        retries={"mode": "standard", "total_max_attempts": 4},
        connect_timeout=10,
        read_timeout=60,
        # S3s of other makers refuse the checksum trailers that newer clients send unasked.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return cast("S3Client", make_client("s3", access, settings))


@contextmanager
def _in_words(uri: str) -> Iterator[None]:
    """Turn the client's exceptions into an ObjectStoreError that names `uri`."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "Unknown")
        reason = _REASONS.get(code) or error.response["Error"].get("Message") or "S3 refused"
        raise ObjectStoreError(f"{uri} cannot be reached: {reason} ({code})") from error
    except ParamValidationError as error:  # its own words are five lines of patterns
        raise ObjectStoreError(f"{uri} cannot be reached: no bucket can have that name") from error
    except BotoCoreError as error:
        raise ObjectStoreError(f"{uri} cannot be reached: {error}") from error
