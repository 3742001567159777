"""Bodies of 100 MB: JSON of many members, forms, deep nesting, XML; signed and unsigned.

Glue, IAM and S3's documents are far smaller at AWS, so each is refused. An object of that size is
stored.
"""

from random import Random

from soak.hostile.attack import Attack, Figures
from soak.hostile.requests import FORM, JSON, Answer, Request, send, signed
from soak.hostile.server import Server

SIZE = 100 * 1024 * 1024
PATIENCE = 20.0


def run(server: Server, random: Random) -> Figures:
    """One after the other: each holds 100 MB in this process, too."""
    figures = Figures()
    for name in ("members", "list", "nesting", "text", "form", "xml"):
        service, request = _request(name)
        for sent in (request, signed(server, service, request)):
            answer = send(server, sent, PATIENCE)
            figures.count([answer.status])
            if answer.accepted:
                figures.faults.append(f"100 MB of {name} were accepted")
    figures.count([_object(server, random, figures).status])
    return figures


def _request(name: str) -> tuple[str, Request]:
    """The service that it is for, and the request."""
    if name == "form":
        body = b"Action=ListUsers&Version=2010-05-08" + _repeated(b"&aaaa=b")
        return "iam", Request("POST", "/", body, {"Content-Type": FORM})
    if name == "xml":
        body = b"<Delete>" + _repeated(b"<Object><Key>k</Key></Object>") + b"</Delete>"
        return "s3", Request("POST", "/kept?delete", body, {"Content-Type": "application/xml"})
    start, repeated, end = {
        "members": (
            b'{"DatabaseName":"kept","TableInput":{"Name":"t","Parameters":{"":""',
            b',"%08d":"1"',
            b"}}}",
        ),
        "list": (
            b'{"DatabaseName":"kept","TableName":"t","PartitionsToGet":[{"Values":["a"]}',
            b',{"Values":["a"]}',
            b"]}",
        ),
        "nesting": (b'{"Name":', b"[", b""),
        "text": (b'{"Name":"', b"abcdefgh", b'"}'),
    }[name]
    operation = {"members": "CreateTable", "list": "BatchGetPartition"}.get(name, "GetDatabase")
    headers = {"Content-Type": JSON, "X-Amz-Target": f"AWSGlue.{operation}"}
    middle = _numbered(repeated) if b"%" in repeated else _repeated(repeated)
    return "glue", Request("POST", "/", start + middle + end, headers)


def _repeated(text: bytes) -> bytes:
    return text * (SIZE // len(text))


def _numbered(text: bytes) -> bytes:
    count = SIZE // len(text % 0)
    return b"".join(text % number for number in range(count))


def _object(server: Server, random: Random, figures: Figures) -> Answer:
    """Store an object of that size, and read it back."""
    body = random.randbytes(1024) * (SIZE // 1024)
    answer = send(server, signed(server, "s3", Request("PUT", "/kept/large", body)), PATIENCE)
    if answer.accepted:
        figures.acknowledged += 1
        read = send(server, signed(server, "s3", Request("GET", "/kept/large")), PATIENCE)
        figures.lost += read.body != body
    else:
        figures.faults.append(f"an object of 100 MB is not stored: {answer.status}")
    return answer


ATTACK = Attack(name="large_bodies", run=run)
