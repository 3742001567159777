"""An error of ours before any handler: clients get an answer in their dialect, with a body."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from gluematch.server import gate
from gluematch.server.http.server import HttpServer


def answering(environ, start_response):
    """An application that fails after its answer has begun."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    raise RuntimeError("secret of an application")


def failing(environ):
    """A guard that fails, as one that looks at a module too early."""
    raise AttributeError("secret of a guard")


@pytest.fixture(scope="module", params=[(failing,), ()], ids=["guard", "application"])
def url(request):
    """A server whose guard, or whose application, fails."""
    with HttpServer("127.0.0.1", 0) as server:
        server.start(gate.guarded(answering, *request.param))
        yield server.url
        server.stop()


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("glue", "get_databases", "InternalServiceException"),
        ("logs", "describe_log_groups", "InternalServiceException"),
        ("iam", "list_users", "InternalFailure"),
        ("s3", "list_buckets", "InternalError"),
    ],
)
def test_a_failure_outside_of_dispatch_is_answered(url, service, operation, code, caplog):
    client = boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="AKIA",
        aws_secret_access_key="s",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ClientError, match="its log tells more under") as caught:
        getattr(client, operation)()
    error = caught.value.response
    assert error["Error"]["Code"] == code
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert "secret" not in str(caught.value)
    assert "secret of" in caplog.text
