"""Requests for S3 made up at random from a seed: methods, paths, queries, headers, bodies.

A third are nearly well-formed: an operation of botocore's model, with a document of its shape.
"""

import http.client
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

_METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH")
_SUBRESOURCES = [
    "abac",
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "tagging",
    "torrent",
    "uploads",
    "versioning",
    "versions",
    "website",
    "unknown",
]
_PARAMETERS = [
    "continuation-token",
    "delimiter",
    "encoding-type",
    "id",
    "key-marker",
    "list-type",
    "marker",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "partNumber",
    "prefix",
    "response-content-type",
    "select-type",
    "start-after",
    "upload-id-marker",
    "uploadId",
    "version-id-marker",
    "versionId",
    "x-id",
]
_HEADERS = [
    "Content-MD5",
    "Content-Type",
    "Expires",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
    "x-amz-acl",
    "x-amz-bypass-governance-retention",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-crc32",
    "x-amz-checksum-mode",
    "x-amz-copy-source",
    "x-amz-copy-source-if-modified-since",
    "x-amz-copy-source-range",
    "x-amz-grant-read",
    "x-amz-grant-nothing",
    "x-amz-meta-a",
    "x-amz-metadata-directive",
    "x-amz-object-attributes",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
    "x-amz-tagging",
    "x-amz-tagging-directive",
    "x-amz-bucket-object-lock-enabled",
    "x-amz-website-redirect-location",
    "x-amz-mp-object-size",
]
_VALUES = [
    "",
    "0",
    "1",
    "-1",
    "2",
    "10001",
    "abc",
    "true",
    "TRUE",
    "url",
    "nope",
    "garbage!",
    "STANDARD",
    "CRC32",
    "COPY",
    "REPLACE",
    "public-read",
    "*",
    "bytes=0-1",
    "bytes=5-1",
    "bytes=-",
    "bytes",
    "a=b",
    "a=b&a=c",
    "id=x",
    "/",
    "fuzz/a",
    "/fuzz/a?versionId=x",
    "fuzz/nothing",
    "2026-01-01T00:00:00Z",
    "Thu, 01 Jan 2026 00:00:00 GMT",
    "text/html",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "ETag,nope",
    "ETag",
    "AES256",
    "aws:kms",
    "GLACIER",
    "GOVERNANCE",
    "ON",
    "99999999999999999999",
    "%00",
    "ü",
    "../x",
    "null",
]
_PATHS = ("/", "/fuzz", "/fuzz/", "/fuzz/a", "/fuzz/b/c", "/fuzz/a%0Ab", "/absent", "/absent/a")
_STRANGE_PATHS = ("/%00", "/fuzz/%ff", "//", "/fuzz//a", "/Fuzz_/x", "/..", "/fuzz/" + "k" * 1100)
_ELEMENTS = [
    "AccelerateConfiguration",
    "AccessControlPolicy",
    "BucketLoggingStatus",
    "CORSConfiguration",
    "CompleteMultipartUpload",
    "CreateBucketConfiguration",
    "Delete",
    "InventoryConfiguration",
    "LegalHold",
    "LifecycleConfiguration",
    "NotificationConfiguration",
    "ObjectLockConfiguration",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "ReplicationConfiguration",
    "RestoreRequest",
    "Retention",
    "Rule",
    "SelectObjectContentRequest",
    "ServerSideEncryptionConfiguration",
    "Tagging",
    "VersioningConfiguration",
    "WebsiteConfiguration",
    "Tag",
    "TagSet",
    "Key",
    "Value",
    "Object",
    "Part",
    "PartNumber",
    "ETag",
    "Status",
    "Days",
    "ID",
    "Owner",
    "Grant",
    "Grantee",
    "Permission",
    "LoggingEnabled",
    "TargetBucket",
    "Mode",
    "Filter",
    "Prefix",
    "AllowedMethod",
    "AllowedOrigin",
    "CORSRule",
    "Expiration",
    "Date",
    "IndexDocument",
    "Suffix",
]
_BODIES = (
    b"",
    b"not XML",
    b"\xff\xfe\x00",
    b"<",
    b"<a/>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b"<a>" * 5000,
    b"{}",
    b"[]",
    b"1",
    b'{"Statement": "x"}',
    b'{"Statement": [{"Effect": "Deny"}]}',
    b"<Tagging><TagSet/></Tagging>",
    b"a=b&Action=ListUsers",
    b'--x\r\nContent-Disposition: form-data; name="acl"\r\n\r\nnope\r\n--x--\r\n',
)
_ANEW = (("PUT", "/fuzz"), ("DELETE", "/fuzz?policy"), ("PUT", "/fuzz/a"))
_SIGNED = "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host"


@dataclass(frozen=True, slots=True)
class Made:
    """A request that was made up."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def requests(seed: int, count: int, account: str) -> Iterator[Made]:
    """So many requests: the same ones for a seed. Most are signed as `account`."""
    chance = random.Random(seed)  # nothing secret comes of it
    signed = {"Authorization": _SIGNED.format(account)}
    for number in range(count):
        if number % 20 < len(_ANEW):  # else most would ask for what others have deleted
            method, path = _ANEW[number % 20]
            yield Made(method, path, signed, b"")
        else:
            make = _operation if chance.random() < 0.35 else _request
            yield make(chance, account)


def answer(url: str, made: Made) -> tuple[int, bytes]:
    """Status and body of the answer."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    try:
        connection.putrequest(made.method, made.path, skip_accept_encoding=True)
        for name, value in {"Content-Length": str(len(made.body)), **made.headers}.items():
            connection.putheader(name, value.encode("utf-8"))
        connection.endheaders(made.body)
        got = connection.getresponse()
        return got.status, got.read()
    finally:
        connection.close()


def _request(chance: random.Random, account: str) -> Made:
    path = chance.choice(_PATHS if chance.random() < 0.9 else _STRANGE_PATHS)
    asked = [quote(name) for name in _some(chance, _SUBRESOURCES, 1)]
    asked += [f"{name}={quote(chance.choice(_VALUES))}" for name in _some(chance, _PARAMETERS, 2)]
    headers = {name: chance.choice(_VALUES) for name in _some(chance, _HEADERS, 2)}
    if chance.random() < 0.8:
        headers["Authorization"] = _SIGNED.format(account)
    if chance.random() < 0.03:
        headers["Host"] = chance.choice(("fuzz.localhost", "fuzz.s3.amazonaws.com", "s3.localhost"))
    body = chance.choice(_BODIES) if chance.random() < 0.4 else _document(chance, 0).encode()
    query = f"?{'&'.join(asked)}" if asked else ""
    return Made(chance.choice(_METHODS), path + query, headers, body)


def _operation(chance: random.Random, account: str) -> Made:
    model = _model()
    operation = model.operation_model(chance.choice(model.operation_names))
    template, _, query = operation.http["requestUri"].partition("?")
    keys = ("a", "b/c") if chance.random() < 0.9 else ("..", "%0A")
    path = template.replace("{Bucket}", "fuzz").replace("{Key+}", chance.choice(keys))
    asked, headers = [query] if query else [], {"Authorization": _SIGNED.format(account)}
    shape: Any = operation.input_shape
    for name in () if shape is None else shape.members:
        member = shape.members[name]
        told, value = member.serialization, quote(_text(chance, member))
        if name not in shape.required_members and chance.random() < 0.8:
            continue
        if told.get("location") == "querystring":
            asked.append(f"{told['name']}={value}")
        elif told.get("location") == "header":
            headers[told["name"]] = value
    payload = None if shape is None else shape.serialization.get("payload")
    body = b""
    if payload is not None and shape.members[payload].type_name == "structure":
        name = shape.members[payload].serialization.get("name", payload)
        body = _shaped(chance, name, shape.members[payload], 0).encode()
    elif operation.name == "SelectObjectContent":
        body = _shaped(chance, "SelectObjectContentRequest", shape, 0).encode()
    return Made(operation.http["method"], f"{path}?{'&'.join(asked)}", headers, body)


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("s3", "service-2"), "s3")


def _shaped(chance: random.Random, name: str, shape: Any, depth: int) -> str:
    """An element of a shape; one in twenty is not."""
    if chance.random() < 0.05 / (depth + 1):
        return _document(chance, 2)
    kind = shape.serialization.get("xmlNamespace", {})
    more = f' xmlns:xsi="{kind["uri"]}" xsi:type="CanonicalUser"' if "prefix" in kind else ""
    if shape.type_name == "list":
        inside = "".join(
            _shaped(chance, shape.member.serialization.get("name", "member"), shape.member, depth)
            for _ in range(chance.randint(0, 2))
        )
    elif shape.type_name == "structure":
        inside = "".join(
            _member(chance, each, shape.members[each], depth)
            for each in shape.members
            if each in shape.required_members or chance.random() < 0.5
        )
    else:
        inside = quote(_text(chance, shape))
    return f"<{name}{more}>{inside}</{name}>"


def _member(chance: random.Random, name: str, shape: Any, depth: int) -> str:
    told = shape.serialization
    if "location" in told or told.get("xmlAttribute"):
        return ""
    element = told.get("name", name)
    if shape.type_name == "list" and told.get("flattened"):
        each = (
            _shaped(chance, element, shape.member, depth + 1) for _ in range(chance.randint(0, 2))
        )
        return "".join(each)
    return _shaped(chance, element, shape, depth + 1)


def _text(chance: random.Random, shape: Shape) -> str:
    if chance.random() < 0.05:
        return chance.choice(_VALUES)
    if words := getattr(shape, "enum", None):
        return str(chance.choice(words))
    ready = {"integer": "1", "long": "7", "boolean": "true", "timestamp": "2026-01-01T00:00:00Z"}
    return ready.get(shape.type_name) or chance.choice(("a", "b", "fuzz", "fuzz/a", "x-1"))


def _some(chance: random.Random, names: "list[str] | tuple[str, ...]", most: int) -> list[str]:
    return chance.sample(names, chance.randint(0, most))


def _document(chance: random.Random, depth: int) -> str:
    name = chance.choice(_ELEMENTS[: 23 if depth == 0 else None])
    inside = [_document(chance, depth + 1) for _ in range(chance.randint(0, 3 - depth))]
    return f"<{name}>{''.join(inside) or quote(chance.choice(_VALUES))}</{name}>"
