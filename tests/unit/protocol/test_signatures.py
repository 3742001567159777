"""Signature Version 4 as botocore makes it: what it signs passes, whatever else does not."""

import hashlib
import io
import random
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from gluematch.models import clock
from gluematch.server.keys import Key
from gluematch.server.neighbours.served import served
from gluematch.server.protocol import chunks
from gluematch.server.protocol.dialects import Refusal
from gluematch.server.protocol.sigv4 import Claim, sign
from gluematch.server.signatures import HEADERS, Signatures

SECRET, TOKEN = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a/session+token=="
LASTING, SESSION = Credentials("AKIAOURS", SECRET), Credentials("ASIAOURS", SECRET, TOKEN)
END = datetime(2100, 1, 1, tzinfo=UTC)
KEYS = {
    "AKIAOURS": Key(SECRET, "111122223333"),
    "ASIAOURS": Key(SECRET, "111122223333", TOKEN, END),
    "ASIAENDED": Key(SECRET, "111122223333", TOKEN, datetime(2020, 1, 1, tzinfo=UTC)),
}
URL = "http://127.0.0.1:4566"
JSON = {"X-Amz-Target": "AWSGlue.GetDatabases", "Content-Type": "application/x-amz-json-1.1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
META = {"x-amz-meta-my_key": "two  words", "Content-Type": "text/plain"}


VECTORS = {
    "glue": (auth.SigV4Auth, LASTING, "glue", "POST", "/", JSON, b'{"MaxResults": 5}'),
    "glue in a session": (auth.SigV4Auth, SESSION, "glue", "POST", "/", JSON, b"{}"),
    "a route of ours": (
        auth.SigV4Auth,
        LASTING,
        "glue",
        "GET",
        "/_gluematch/t?ids=1%2C2&b",
        {},
        b"",
    ),
    "a form": (auth.SigV4Auth, LASTING, "iam", "POST", "/", FORM, b"Action=ListUsers"),
    "a path": (auth.SigV4Auth, LASTING, "lambda", "GET", "/f/arn%3Aaws%3Ax//y/z/", {}, b""),
    "put": (auth.S3SigV4Auth, LASTING, "s3", "PUT", "/b/a%20b//%C3%BC~%252Fx", META, b"body"),
    "list": (
        auth.S3SigV4Auth,
        SESSION,
        "s3",
        "GET",
        "/b?prefix=a%2Fb%20c&delimiter=&list",
        {},
        b"",
    ),
    "presigned": (auth.S3SigV4QueryAuth, LASTING, "s3", "GET", "/b/k%20k?versionId=7", {}, b""),
    "presigned in a session": (auth.S3SigV4QueryAuth, SESSION, "s3", "PUT", "/b/k", {}, b""),
    "presigned elsewhere": (auth.SigV4QueryAuth, LASTING, "sts", "GET", "/?Action=X", {}, b""),
}


def signed(name, *, url=URL):
    """A request as botocore signs it: a WSGI environ."""
    kind, credentials, service, method, path, headers, body = VECTORS[name]
    request = AWSRequest(method, url + path, dict(headers), body)
    kind(credentials, service, "eu-west-1").add_auth(request)
    place, found = urlsplit(request.url), {k.lower(): str(v) for k, v in request.headers.items()}
    target = place.path + (f"?{place.query}" if place.query else "")
    return environ(method, target, {"host": place.netloc, **found}, body)


def environ(method, target, headers, body):
    path, _, query = target.partition("?")
    more = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers.items()}
    return {
        **more,
        "REQUEST_METHOD": method,
        "RAW_URI": target,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        HEADERS: headers,
        "wsgi.input": io.BytesIO(body),
    }


def check(request, now=None):
    with clock.told_by(lambda: now or datetime.now(UTC)):
        served(("+lambda",)).check(request)
        Signatures(KEYS.get).check(request)


def refused(request, now=None):
    """The codes of a refusal: as JSON and as S3 says it."""
    with pytest.raises(Refusal) as caught:
        check(request, now)
    return caught.value.fault.json[0], caught.value.fault.s3[0]


@pytest.mark.parametrize("name", VECTORS)
def test_what_botocore_signs_passes_and_the_body_is_read_again(name):
    request = signed(name)
    check(request)
    assert request["wsgi.input"].read() == VECTORS[name][6]


def mutated(name, chance):
    """A signed request of which one character that matters is another, is gone, or is new."""
    request = signed(name)
    headers, body = dict(request[HEADERS]), request["wsgi.input"].getvalue()
    authorization = headers.get("authorization", "")
    names = [n for n in headers if n in authorization] + ["authorization"] * bool(authorization)
    places = ["method", "target", *names] + ["body"] * bool(body)
    place = chance.choice(places)
    if place == "body":
        return environ(*parts(request), headers, changed(body.decode(), chance).encode())
    method, target = parts(request)
    if place == "method":
        method = changed(method, chance)
    elif place == "target":
        target = changed(target, chance)
    else:
        headers[place] = changed(headers[place], chance)
    return environ(method, target, headers, body)


def parts(request):
    return request["REQUEST_METHOD"], request["RAW_URI"]


def changed(text, chance):
    letters = [i for i, letter in enumerate(text) if letter.isalnum()]
    if not letters:
        return text + "x"
    i = chance.choice(letters)
    other = chance.choice([c for c in "0aZ9kQ" if c.lower() != text[i].lower()])
    return text[:i] + chance.choice([other, "", text[i] + other]) + text[i + 1 :]


@pytest.mark.parametrize("name", VECTORS)
def test_a_thousand_mutations_are_all_refused(name):
    chance = random.Random(name)  # the same mutations each time
    for turn in range(1000):
        request = mutated(name, chance)
        try:
            check(request)
        except Refusal:
            continue
        pytest.fail(f"mutation {turn} passed: {request}")


def test_unsigned_payloads_are_accepted_where_that_is_signed():
    body = b"anything"
    request = AWSRequest("PUT", f"{URL}/b/k", {}, body)
    request.context["payload_signing_enabled"] = False
    signer = auth.S3SigV4Auth(LASTING, "s3", "eu-west-1")
    signer.payload = lambda _: "UNSIGNED-PAYLOAD"
    signer.add_auth(request)
    headers = {"host": "127.0.0.1:4566"}
    headers |= {k.lower(): str(v) for k, v in request.headers.items()}
    check(environ("PUT", "/b/k", headers, b"another body"))


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_signature_holds_for_fifteen_minutes(minutes):
    now = datetime.now(UTC)
    check(signed("glue"), now + timedelta(minutes=14))
    told = "InvalidSignatureException", "RequestTimeTooSkewed"
    assert refused(signed("put"), now + timedelta(minutes=minutes)) == told


def test_a_presigned_url_holds_as_long_as_it_says():
    now = datetime.now(UTC)
    check(signed("presigned"), now + timedelta(minutes=59))
    told = "InvalidSignatureException", "AccessDenied"
    assert refused(signed("presigned"), now + timedelta(minutes=61)) == told
    assert refused(signed("presigned"), now - timedelta(minutes=16)) == told


def test_keys_and_tokens_that_are_not_ours_are_told_apart():
    unknown = "UnrecognizedClientException", "InvalidAccessKeyId"
    ended = "ExpiredTokenException", "ExpiredToken"
    tokens = "UnrecognizedClientException", "InvalidToken"
    for key, token, told in [
        ("AKIASTRANGE", None, unknown),
        ("ASIAOURS", None, unknown),
        ("ASIAOURS", "another", tokens),
        ("AKIAOURS", TOKEN, tokens),
        ("ASIAENDED", TOKEN, ended),
    ]:
        request = AWSRequest("POST", URL + "/", dict(JSON), b"{}")
        auth.SigV4Auth(Credentials(key, SECRET, token), "glue", "eu-west-1").add_auth(request)
        headers = {k.lower(): str(v) for k, v in request.headers.items()}
        assert refused(environ("POST", "/", {"host": "127.0.0.1:4566", **headers}, b"{}")) == told


def test_headers_that_decide_something_must_be_signed():
    request = signed("put")
    request[HEADERS] |= {"x-amz-acl": "public-read"}
    assert refused(request) == ("InvalidSignatureException", "AccessDenied")


def test_a_signature_for_another_service_opens_nothing_of_ours():
    request = signed("put")
    request["HTTP_X_AMZ_TARGET"] = "AWSGlue.DeleteDatabase"
    assert refused(request)[0] == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("headers", "codes"),
    [
        ({}, ("MissingAuthenticationTokenException", "AccessDenied")),
        ({"authorization": "AWS key:sig"}, ("IncompleteSignatureException", "InvalidRequest")),
        (
            {"authorization": "AWS4-HMAC-SHA256 Credential=x"},
            ("IncompleteSignatureException", "AuthorizationHeaderMalformed"),
        ),
    ],
)
def test_half_a_signature_is_none(headers, codes):
    assert refused(environ("GET", "/", {"host": "localhost", **headers}, b"")) == codes


@pytest.mark.parametrize("at", ["99991231T235959Z", "00010101T000000Z", "20260230T000000Z"])
def test_dates_at_the_ends_of_time_are_refused(at):
    for name, header in [("presigned", None), ("put", "x-amz-date")]:
        request = signed(name)
        method, target = parts(request)
        headers = dict(request[HEADERS])
        if header is None:
            day = target.partition("X-Amz-Date=")[2][:16]
            target = target.replace(day, at).replace(day[:8], at[:8])
        else:
            day = headers[header]
            headers[header] = at
            headers["authorization"] = headers["authorization"].replace(day[:8], at[:8])
        refused(environ(method, target, headers, b""))


EXAMPLE = Claim(  # of the page that server/protocol/chunks.py names
    "AKIAIOSFODNN7EXAMPLE",
    "20130524",
    "us-east-1",
    "s3",
    "20130524T000000Z",
    ("host",),
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    None,
)
EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SEALS = (
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)


def chunked(seals=SEALS, data=b"a", end=b"\r\n"):
    sizes = (65536, 1024, 0)
    pieces = [
        b"%x;chunk-signature=%s\r\n%s" % (size, seal.encode(), data * size + b"\r\n" * bool(size))
        for size, seal in zip(sizes, seals, strict=True)
    ]
    return io.BytesIO(b"".join(pieces) + end)


def test_chunks_that_amazons_example_signs_pass():
    chunks.check(chunked(), chunks.SIGNED, "66560", EXAMPLE, EXAMPLE_SECRET)


@pytest.mark.parametrize(
    ("body", "length"),
    [
        (chunked(data=b"b"), "66560"),
        (chunked(seals=(SEALS[1], SEALS[0], SEALS[2])), "66560"),
        (chunked(seals=(*SEALS[:2], SEALS[0])), "66560"),
        (chunked(), "66561"),
        (chunked(), "many"),
        (chunked(end=b"more"), "66560"),
        (chunked(end=b"\r\nmore"), "66560"),
        (io.BytesIO(chunked().getvalue()[:66000]), "66560"),
        (io.BytesIO(b"3\r\nabc\r\n0\r\n\r\n"), "3"),
        (io.BytesIO(b""), "0"),
    ],
)
def test_chunks_of_any_other_form_are_refused(body, length):
    with pytest.raises(Refusal):
        chunks.check(body, chunks.SIGNED, length, EXAMPLE, EXAMPLE_SECRET)


def test_a_thousand_mutations_of_chunks_are_all_refused():
    chance, whole = random.Random("chunks"), chunked().getvalue()
    framing = [place for place, byte in enumerate(whole) if byte != ord("a")]
    for turn in range(1000):
        place = chance.choice(framing) if turn % 2 else chance.randrange(len(whole))
        new = chance.choice([b"", bytes([whole[place] ^ 1 << chance.randrange(8)]), b"0a"])
        body = io.BytesIO(whole[:place] + new + whole[place + 1 :])
        with pytest.raises(Refusal):
            chunks.check(body, chunks.SIGNED, "66560", EXAMPLE, EXAMPLE_SECRET)


def test_trailers_are_sealed_too():
    nothing = hashlib.sha256(b"").hexdigest()
    start = f"{EXAMPLE.at}\n{EXAMPLE.scope}\n{EXAMPLE.signature}\n{nothing}\n{nothing}"
    last = sign(EXAMPLE, EXAMPLE_SECRET, f"AWS4-HMAC-SHA256-PAYLOAD\n{start}")
    lines = hashlib.sha256(b"x-amz-checksum-crc32:AAAAAA==\n").hexdigest()
    text = f"AWS4-HMAC-SHA256-TRAILER\n{EXAMPLE.at}\n{EXAMPLE.scope}\n{last}\n{lines}"
    seal = sign(EXAMPLE, EXAMPLE_SECRET, text)
    for sum_, passes in [("AAAAAA==", True), ("AAAAAB==", False), ("\u00e9", False)]:
        trailers = f"x-amz-checksum-crc32:{sum_}\r\nx-amz-trailer-signature:{seal}\r\n\r\n"
        body = io.BytesIO(f"0;chunk-signature={last}\r\n{trailers}".encode("latin-1"))
        ask = (body, chunks.SIGNED_TRAILER, "0", EXAMPLE, EXAMPLE_SECRET)
        if passes:
            chunks.check(*ask)
        else:
            with pytest.raises(Refusal):
                chunks.check(*ask)


def test_unsigned_chunks_must_be_whole():
    good = b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n"
    chunks.check(io.BytesIO(good), chunks.UNSIGNED_TRAILER, "3", EXAMPLE, EXAMPLE_SECRET)
    with pytest.raises(Refusal):
        chunks.check(io.BytesIO(good[:7]), chunks.UNSIGNED_TRAILER, "3", EXAMPLE, EXAMPLE_SECRET)


PARTS = st.sampled_from(
    [
        "AWS4-HMAC-SHA256",
        " Credential=",
        "AKIAOURS",
        "/20260101/r/s3/aws4_request",
        ",",
        ";",
        "host",
        "SignedHeaders=",
        " Signature=",
        "0" * 64,
        "X-Amz-Algorithm=",
        "&X-Amz-Credential=",
        "%",
        "=&",
        "&X-Amz-Date=20260101T000000Z",
        "&X-Amz-Expires=9",
        "&X-Amz-Signature=",
        "é",
        "\x00",
        "+",
    ]
)
HOSTILE = st.lists(PARTS | st.text(st.characters(max_codepoint=255), max_size=6), max_size=14)


@given(st.sampled_from(["GET", "PUT", "POST"]), HOSTILE, HOSTILE, st.booleans())
@settings(max_examples=300, deadline=None)
def test_hostile_signatures_are_refused_and_break_nothing(method, header, query, has_header):
    headers = {"host": "localhost", "x-amz-date": "20260101T000000Z"}
    if has_header:
        headers["authorization"] = "".join(header)
    refused(environ(method, f"/{''.join(header)}?{''.join(query)}", headers, b"body"))
