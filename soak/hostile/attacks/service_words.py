"""1,000 service names in the credential's scope, signed by a key that may only `glue:GetTags`.

Whatever the name, what IAM's policies deny must not happen, and an acknowledged object has to be
kept.
"""

import json
import string
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode

from soak.hostile.attack import Attack, Figures
from soak.hostile.requests import FORM, JSON, Answer, Request, send, signed
from soak.hostile.server import LOW, Server

WORDS = 1000
_NAMES = (
    *("iam", "sts", "glue", "cloudformation", "s3", "sqs", "sns", "logs", "events", "dynamodb"),
    *("kms", "secretsmanager", "states", "s3express", "s3control", "s3-outposts", "ec2", "ssm"),
    *("s3-object-lambda", "monitoring", "lambda"),
)
_ENDS = (
    *("", ".x", ".us-east-1", ".x.y", ".", "..", "-x", "%2e", "%2Ex", "/x", " ", "\t", "_"),
    *(".amazonaws.com", ".us-east-1.amazonaws.com", ".localhost", ":80", "?", "#", ",x", "\u200b"),
)
_STARTS = ("", "x.", ".", "-", " ", "s3.", "glue.", "iam.", "\u202e", "/", "@", "x@")
_HOSTS = ("", "iam.amazonaws.com", "sts.amazonaws.com", "glue.us-east-1.amazonaws.com")
_ROLE = "arn:aws:iam::111122223333:role/target"


class _Attempt(NamedTuple):
    word: str
    kind: str
    host: str
    request: Request


def prepare(server: Server, _random: Random) -> None:
    """A role that the key may not assume."""
    trust = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    server.client("iam").create_role(RoleName="target", AssumeRolePolicyDocument=document)


def run(server: Server, random: Random) -> Figures:
    """Every word signs a request of each kind."""
    figures, kept = Figures(), dict[str, bytes]()
    attempts = [attempt for word in words(random) for attempt in _attempts(word, random)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda attempt: _send(server, attempt), attempts))
    figures.count(answer.status for answer in answers)
    passed, failed = [], []
    for attempt, answer in zip(attempts, answers, strict=True):
        described = f"{attempt.kind} as {attempt.word!r} at {attempt.host or 'loopback'}"
        if answer.accepted and attempt.kind == "object":
            kept[attempt.request.path] = attempt.request.body
        elif answer.accepted:
            passed.append(described)
        elif answer.status >= 500:
            failed.append(described)
    if passed:
        figures.faults.append(f"{len(passed)} denied requests passed, such as {passed[:5]}")
    if failed:
        figures.faults.append(f"5xx such as {random.sample(failed, min(5, len(failed)))}")
    figures.faults += _effects(server)
    _count_objects(server, kept, figures)
    return figures


def words(random: Random) -> list[str]:
    """Names of services that are nearly right, and some that are not at all."""
    found = {f"{start}{name}{end}" for start in _STARTS for name in _NAMES[:6] for end in _ENDS[:6]}
    found |= {f"{name}{end}" for name in _NAMES for end in _ENDS}
    found |= {_other_case(name, random) for name in _NAMES for _ in range(6)}
    found |= {name.translate({ord("i"): "\u0131", ord("s"): "\u017f"}) for name in _NAMES}
    chosen = random.sample(sorted(found), min(len(found), WORDS - 100))
    letters = string.printable.strip() + "\u00e9\u4e2d\U0001f600"
    while len(chosen) < WORDS:
        chosen.append("".join(random.choices(letters, k=random.choice((1, 3, 12, 200)))))
    return chosen


def _other_case(name: str, random: Random) -> str:
    return "".join(random.choice((letter, letter.upper())) for letter in name)


def _attempts(word: str, random: Random) -> Iterator[_Attempt]:
    host, number = random.choice(_HOSTS), random.randrange(10**9)
    user = {"Action": "CreateUser", "UserName": f"evil{number}", "Version": "2010-05-08"}
    yield _Attempt(word, "CreateUser", host, _form(user))
    role = {"Action": "AssumeRole", "RoleArn": _ROLE, "RoleSessionName": "evil"}
    other = random.choice(
        (
            ("AssumeRole", {**role, "Version": "2011-06-15"}),
            ("ListStacks", {"Action": "ListStacks", "Version": "2010-05-15"}),
        )
    )
    yield _Attempt(word, other[0], host, _form(other[1]))
    prefix = random.choice(("AWSGlue.", "X.", ".", "AWSGlue.X.", "awsglue."))
    operation, body = random.choice(
        (
            ("CreateWorkflow", {"Name": f"evil{number}"}),
            ("CreateDatabase", {"DatabaseInput": {"Name": f"evil{number}"}}),
        )
    )
    headers = {"X-Amz-Target": prefix + operation, "Content-Type": JSON}
    yield _Attempt(word, operation, host, Request("POST", "/", json.dumps(body).encode(), headers))
    text = str(number).encode()
    yield _Attempt(word, "object", "", Request("PUT", f"/kept/words/{number}", text))


def _form(members: dict[str, str]) -> Request:
    return Request("POST", "/", urlencode(members).encode(), {"Content-Type": FORM})


def _send(server: Server, attempt: _Attempt) -> Answer:
    return send(server, signed(server, attempt.word, attempt.request, LOW, attempt.host))


def _effects(server: Server) -> Iterator[str]:
    """What is there that the key must not have made."""
    users = [user["UserName"] for user in server.client("iam").list_users()["Users"]]
    databases = server.client("glue").get_databases()["DatabaseList"]
    for kind, names in (("users", users), ("databases", [one["Name"] for one in databases])):
        if made := [name for name in names if name.startswith("evil")]:
            yield f"{len(made)} {kind} were made by a key without the right"


def _count_objects(server: Server, kept: dict[str, bytes], figures: Figures) -> None:
    """Kill the server: what it acknowledged has to be there after the next start."""
    server.kill()
    server.start()
    for path, body in kept.items():
        answer = send(server, signed(server, "s3", Request("GET", path)))
        figures.acknowledged += 1
        figures.lost += answer.body != body


ATTACK = Attack(name="service_words", run=run, prepare=prepare)
