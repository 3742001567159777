"""2,500 requests to S3 made up from a seed: methods, paths, queries, headers and bodies.

Most are signed by a key that may do everything, so that they reach S3. Before them come the
requests that were once a 5xx.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from urllib.parse import quote

from soak.hostile.attack import Attack, Figures
from soak.hostile.requests import Answer, Request, send, signed
from soak.hostile.server import Server

REQUESTS = 2500
WARM_UP = 500
_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
_BUCKETS = ("kept", "fuzz", "none", "B", "a" * 64, "..", "%00", "x y", "")
_KEYS = ("", "k", "a/b", "a//b", "../x", "\u00e9", "x" * 1025, "k\n", "%2e%2e", "people/people.csv")
_QUERIES = (
    *("acl", "policy", "tagging", "lifecycle", "cors", "notification", "encryption"),
    *("logging", "website", "versioning", "versions", "uploads", "delete", "replication"),
    *("accelerate", "requestPayment", "publicAccessBlock", "inventory", "analytics"),
    *("metrics", "ownershipControls", "object-lock", "legal-hold", "retention", "torrent"),
    *("restore", "select", "policyStatus", "intelligent-tiering", "attributes", "location"),
    *("list-type", "max-keys", "marker", "prefix", "delimiter", "continuation-token"),
    *("start-after", "encoding-type", "key-marker", "version-id-marker"),
    *("upload-id-marker", "max-uploads", "max-parts", "part-number-marker", "partNumber"),
    *("uploadId", "versionId", "select-type", "id", "response-content-type"),
    *("X-Amz-Expires", "x-id", "fetch-owner"),
)
_VALUES = (
    *("", "0", "-1", "2", "1000", "99999999999999999999", "abc", "null", "garbage!", "%00"),
    *("\u00e9", "/", "x" * 2000, "true", "url"),
)
_HEADERS = {
    "x-amz-acl": ("private", "nonsense", "public-read"),
    "x-amz-copy-source": ("nope", "/", "kept/k", "/kept/people/people.csv", "kept/k?versionId=x"),
    "x-amz-copy-source-range": ("bytes=0-5", "bytes=x", "bytes=9-1"),
    "x-amz-metadata-directive": ("REPLACE", "nonsense"),
    "x-amz-tagging": ("a=b", "a=b&a=c", "&&&", "a" * 300),
    "x-amz-storage-class": ("STANDARD", "nonsense"),
    "x-amz-server-side-encryption": ("AES256", "nonsense", "aws:kms"),
    "x-amz-object-lock-mode": ("GOVERNANCE", "nonsense"),
    "x-amz-object-lock-retain-until-date": ("tomorrow", "2030-01-01T00:00:00Z"),
    "x-amz-meta-a": ("b", "x" * 3000),
    "x-amz-checksum-crc32": ("AAAAAA==", "nonsense"),
    "x-amz-target": ("nodot", "AWSGlue.GetDatabases", ".", "A.B"),
    "range": ("bytes=0-1", "bytes=-", "bytes=5-1", "lines=1", "bytes=0-1,3-4"),
    "if-modified-since": ("yesterday", "Thu, 01 Jan 1970 00:00:00 GMT"),
    "if-none-match": ("*", '"x"', "x"),
    "content-md5": ("nonsense", "1B2M2Y8AsgTpgAmY7PhCfg=="),
    "content-type": ("application/xml", "application/json", "multipart/form-data", "text/html", ""),
    "content-encoding": ("gzip", "aws-chunked"),
    "expires": ("never",),
}
_TAGS = (
    *("Tagging", "TagSet", "Tag", "Key", "Value", "Delete", "Object"),
    *("CreateBucketConfiguration", "AccessControlPolicy", "LifecycleConfiguration", "Rule"),
    *("Status", "VersioningConfiguration", "CompleteMultipartUpload", "Part", "PartNumber"),
    *("ETag", "CORSConfiguration", "CORSRule", "NotificationConfiguration"),
    *("QueueConfiguration", "Id", "Event", "ServerSideEncryptionConfiguration"),
    *("BucketLoggingStatus", "LoggingEnabled", "RestoreRequest", "Days"),
    *("SelectObjectContentRequest", "Expression", "InputSerialization"),
    *("OutputSerialization", "PublicAccessBlockConfiguration", "BlockPublicAcls"),
    *("OwnershipControls", "WebsiteConfiguration", "ReplicationConfiguration"),
    *("ObjectLockConfiguration", "LegalHold", "Retention", "Mode"),
)
_ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><Tagging><TagSet>&b;</TagSet></Tagging>'
)
_POLICIES: tuple[object, ...] = ({}, [], 1, "x", {"Statement": "x"}, {"Statement": [{}]}, None)
_POLICIES += ({"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]},)
_SELECT = (
    b"<SelectObjectContentRequest><Expression>SELEC</Expression><ExpressionType>SQL</ExpressionType>"
    b"<InputSerialization><CSV/></InputSerialization><OutputSerialization><CSV/>"
    b"</OutputSerialization></SelectObjectContentRequest>"
)


def prepare(server: Server, random: Random) -> None:
    """A bucket for the requests, and some of them, so that what they load is loaded."""
    server.client("s3").create_bucket(Bucket="fuzz")
    _ask(server, [_request(random) for _ in range(WARM_UP)], random)


def run(server: Server, random: Random) -> Figures:
    """Known requests first, then those of the seed."""
    figures = Figures()
    requests = [*_known(), *(_request(random) for _ in range(REQUESTS))]
    answers = _ask(server, requests, random)
    figures.count(answer.status for answer in answers)
    refused = sum(b"SignatureDoesNotMatch" in answer.body for answer in answers)
    if refused > len(answers) / 5:
        figures.faults.append(f"{refused} requests did not reach S3: their signature was refused")
    failed = {
        f"{request.method} {request.path[:80]} {request.body[:80]!r} -> {answer.status}"
        for request, answer in zip(requests, answers, strict=True)
        if answer.status >= 500
    }
    if failed:
        figures.faults.append(f"5xx such as {random.sample(sorted(failed), min(5, len(failed)))}")
    return figures


def _ask(server: Server, requests: list[Request], random: Random) -> list[Answer]:
    unsigned = [random.random() < 0.1 for _ in requests]
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda one, plain: _send(server, one, plain), requests, unsigned))


def _send(server: Server, request: Request, plain: bool) -> Answer:  # noqa: FBT001  # one of two
    return send(server, request if plain else signed(server, "s3", request))


def _known() -> Iterator[Request]:
    for number, policy in enumerate((*_POLICIES, _POLICIES)):
        bucket = f"/policy{number}"
        yield Request("PUT", bucket)
        yield Request("PUT", f"{bucket}/k", b"body")
        yield Request("PUT", f"{bucket}?policy", json.dumps(policy).encode())
        yield Request("GET", f"{bucket}/k")
        yield Request("DELETE", f"{bucket}?policy")
    yield Request("PUT", "/kept/people/people.csv?tagging", b"<Tagging><TagSet></TagSet></Tagging>")
    for query in (
        "max-keys=abc",
        "list-type=2&continuation-token=garbage!",
        "list-type=2&max-keys=-1",
    ):
        yield Request("GET", f"/kept?{query}")
    for part in ("0", "abc", "10001"):
        yield Request("PUT", f"/kept/k?partNumber={part}&uploadId=x", b"x")
    yield Request("PUT", "/kept/k", b"x", {"x-amz-acl": "nonsense"})
    yield Request("PUT", "/kept/k", b"", {"x-amz-copy-source": "nope"})
    yield Request("POST", "/kept/people/people.csv?select&select-type=2", _SELECT)
    yield Request("HEAD", "/kept/people/people.csv?partNumber=x&uploadId=y")
    for query in _QUERIES[:22]:
        for body in (b"", b"\xff\xfe<a/>", _ENTITY, b"<a", b"<a/>"):
            yield Request("POST" if query == "delete" else "PUT", f"/kept?{query}", body)


def _request(random: Random) -> Request:
    path = "/" + quote(random.choice(_BUCKETS))
    if random.random() < 0.6:
        path += "/" + quote(random.choice(_KEYS))
    pairs = [
        quote(random.choice(_QUERIES)) + random.choice(("", "=" + quote(random.choice(_VALUES))))
        for _ in range(random.choice((0, 1, 1, 2, 3)))
    ]
    if pairs:
        path += "?" + "&".join(pairs)
    headers = {
        name: random.choice(_HEADERS[name])
        for name in random.sample(sorted(_HEADERS), random.choice((0, 0, 1, 2)))
    }
    return Request(random.choice(_METHODS), path, _body(random), headers)


def _body(random: Random) -> bytes:
    kind = random.randrange(6)
    if kind == 0:
        return random.randbytes(random.choice((1, 20, 3000)))
    if kind == 1:
        return _ENTITY
    if kind in (2, 3):
        return _element(random, 0).encode()
    return b'{"Statement": 1}' if kind == 4 else b""


def _element(random: Random, depth: int) -> str:
    tag = random.choice(_TAGS)
    if depth > 4 or random.random() < 0.3:
        return f"<{tag}>{random.choice(_VALUES[:10])}</{tag}>"
    inner = "".join(_element(random, depth + 1) for _ in range(random.choice((0, 1, 1, 2))))
    return f"<{tag}>{inner}</{tag}>"


ATTACK = Attack(name="random_s3", run=run, prepare=prepare)
