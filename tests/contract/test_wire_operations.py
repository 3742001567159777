"""Who answers which operation, and the page that says so."""

import http.client
import inspect
import json
from pathlib import Path
from urllib.parse import urlsplit

from moto.glue.responses import GlueResponse

from gluematch.handlers.registry import OPERATIONS
from gluematch.server.neighbours.glue import PASSED_ON
from gluematch.server.operations import page
from gluematch.server.protocol import spec

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
SIGNED = "AWS4-HMAC-SHA256 Credential=230000000001/20260101/us-east-1/glue/aws4_request"


def test_the_page_of_operations_is_current():
    assert PAGE.read_text() == page(), "run `make docs`"


def test_every_handler_and_every_operation_passed_on_is_one_of_glue():
    handlers = {spec.operation(name).handler for name in spec.names()}
    assert set(OPERATIONS) <= handlers
    assert spec.names() >= PASSED_ON


def test_nothing_is_passed_on_that_is_ours_or_that_moto_lacks():
    passed = {spec.operation(name).handler for name in PASSED_ON}
    assert not passed & set(OPERATIONS)
    assert passed <= {name for name, _ in inspect.getmembers(GlueResponse, inspect.isfunction)}


def test_no_operation_of_glue_ever_answers_a_5xx_or_html(gluematch_server):
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    broken = []
    for name in sorted(spec.names()):
        for body in (b"{}", json.dumps(fitting(name)).encode()):
            headers = {"X-Amz-Target": f"AWSGlue.{name}", "Authorization": SIGNED}
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            if answer.status >= 500 or (answer.status != 200 and "__type" not in told):
                broken.append((name, answer.status, told))
    connection.close()
    assert not broken


def fitting(name):
    """A request that has every required member, with the least value of its type."""
    shape = spec.operation(name).input
    return least(shape, ()) if shape is not None else {}


def least(shape, above):
    if shape.name in above:
        return {}
    below = (*above, shape.name)
    if shape.type_name == "structure":
        return {name: least(shape.members[name], below) for name in shape.required_members}
    if shape.type_name == "list":
        return [least(shape.member, below)] * shape.metadata.get("min", 0)
    simple = {"map": {}, "boolean": True, "timestamp": 0, "double": 1.0, "blob": ""}
    if shape.type_name == "string":
        return shape.metadata.get("enum", ["x" * max(shape.metadata.get("min", 1), 1)])[0]
    return simple.get(shape.type_name, 1)
