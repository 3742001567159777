"""Every constraint of every operation that we build, violated once, over real HTTP."""

import http.client
import json
import re
from urllib.parse import urlsplit

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

import gluematch.handlers.all  # noqa: F401 - fills the registry
from gluematch.handlers.registry import OPERATIONS

from .sites import sites

MODEL = ServiceModel(Loader().load_service_model("glue", "service-2"), "glue")
BUILT = [name for name in MODEL.operation_names if xform_name(name) in OPERATIONS]


@pytest.fixture(scope="module")
def call(gluematch_server):
    """POST one request; the status and the parsed answer."""
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port)

    def send(operation, request):
        headers = {"X-Amz-Target": f"AWSGlue.{operation}"}
        connection.request("POST", "/", json.dumps(request), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    yield send
    connection.close()


def expected(site):
    if site.code == "SerializationException":
        return re.escape(site.text)
    where = f"Value (.* )?at '{re.escape(site.path)}' failed to satisfy constraint: "
    return "1 validation error detected: " + where + re.escape(site.text)


@pytest.mark.parametrize("name", BUILT)
def test_every_constraint_violated_once_is_refused_in_the_words_of_aws(call, name):
    shape = MODEL.operation_model(name).input_shape
    wrong = []
    for site in sites(shape):
        status, answer = call(name, site.request)
        told = (status, answer.get("__type"), answer.get("message"))
        fits = told[:2] == (400, site.code) and re.fullmatch(expected(site), str(told[2]), re.S)
        if not fits:
            wrong.append((site, told))
    assert not wrong, [(w[0].path, w[0].text, w[1]) for w in wrong[:3]]


def test_the_registry_holds_operations_of_glue_only():
    assert {xform_name(name) for name in BUILT} == set(OPERATIONS)


def test_the_cases_cover_more_than_a_thousand_constraints():
    found = [site for name in BUILT for site in sites(MODEL.operation_model(name).input_shape)]
    kinds = {re.sub(r"[\d\[].*", "", site.text) for site in found}
    assert len(kinds) >= 10
