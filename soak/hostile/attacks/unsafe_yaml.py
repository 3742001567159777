"""CloudFormation templates with YAML tags that run code in the process that loads them unsafely.

Each operation that takes a template gets each of them, in its body and by the URL of an object,
from a key that may do everything and from one that may not.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import botocore.session

from soak.hostile.attack import Attack, Figures
from soak.hostile.requests import FORM, Request, send, signed
from soak.hostile.server import LOW, OWNER, Key, Server

_TAGS = {
    "system": '!!python/object/apply:os.system ["touch {}"]',
    "popen": '!!python/object/apply:subprocess.Popen [["touch", "{}"]]',
    "open": '!!python/object/apply:builtins.open ["{}", "w"]',
    "eval": "!!python/object/apply:builtins.eval [\"open('{}', 'w').close()\"]",
    "path": '!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ["{}"]]',
    "new": '!!python/object/new:os.system ["touch {}"]',
    "name": "!!python/name:os.system",
    "module": "!!python/module:antigravity",
}
_SHAPES = (
    "Anything: {}\n",
    "Resources:\n  A:\n    Type: AWS::Glue::Database\n    Properties: {}\n",
)
_GOOD = {
    "Resources": {
        "A": {
            "Type": "AWS::Glue::Database",
            "Properties": {"CatalogId": OWNER.account, "DatabaseInput": {"Name": "stacked"}},
        }
    }
}


def operations() -> dict[str, list[str]]:
    """The operations of CloudFormation that take a template, with the members that they require."""
    service = botocore.session.get_session().get_service_model("cloudformation")
    found = {}
    for name in service.operation_names:
        shape: Any = service.operation_model(name).input_shape
        if shape is not None and "TemplateBody" in shape.members:
            found[name] = list(shape.required_members)
    return found


def prepare(server: Server, _random: Random) -> None:
    """A stack and a set of stacks, for the operations that change one; and each operation once
    with a good template, so that what it loads is loaded."""
    template = {"TemplateBody": json.dumps(_GOOD)}
    _call(server, "CreateStack", {"StackName": "there", **template})
    _call(server, "CreateStackSet", {"StackSetName": "there", **template})
    for operation, required in operations().items():
        _call(server, operation, {**_required(operation, required, "good"), **template})


def run(server: Server, _random: Random) -> Figures:
    """Nothing of what a template asks for may have been done."""
    figures = Figures()
    s3 = server.client("s3")
    for operation, required in operations().items():
        ran = []
        for tag, template, marker in _templates(server.folder, operation):
            key = f"templates/{operation}-{tag}"
            s3.put_object(Bucket="kept", Key=key, Body=template)
            url = f"{server.url}/kept/{key}"
            for member, value in (("TemplateBody", template), ("TemplateURL", url)):
                for signer in (OWNER, LOW):
                    members = _required(operation, required, f"{tag}-{member}-{signer.id}")
                    figures.count([_call(server, operation, {**members, member: value}, signer)])
            if marker.exists():
                marker.unlink()
                ran.append(tag)
        if ran:
            figures.faults.append(f"{operation} ran what its template says: {', '.join(ran)}")
    return figures


def _required(operation: str, members: list[str], fresh: str) -> dict[str, str]:
    """A new name for what the operation makes, and the name that is there for all else."""
    made = operation.removeprefix("Create") + "Name"
    return {member: fresh if member == made else "there" for member in members}


def _templates(folder: Path, operation: str) -> Iterator[tuple[str, str, Path]]:
    """A name, a template, and the file that is there if it has run."""
    for tag, text in _TAGS.items():
        for number, shape in enumerate(_SHAPES):
            marker = folder / f"ran-{operation}-{tag}-{number}"
            yield f"{tag}-{number}", shape.format(text.format(marker)), marker


def _call(server: Server, operation: str, members: dict[str, str], key: Key = OWNER) -> int:
    form = {"Action": operation, "Version": "2010-05-15", **members}
    request = Request("POST", "/", urlencode(form).encode(), {"Content-Type": FORM})
    return send(server, signed(server, "cloudformation", request, key)).status


ATTACK = Attack(name="unsafe_yaml", run=run, prepare=prepare)
