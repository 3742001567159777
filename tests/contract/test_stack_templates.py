"""Templates of CloudFormation that want to do more than say what a stack is: to run in the server,
to make it fetch something, to take all of its memory or time."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode

import pytest
import urllib3
from botocore.exceptions import ClientError
from classroom import refusal

BUCKET = {"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}
PYTHON = {
    "apply": "a: !!python/object/apply:os.system ['touch {0}']\nResources: {{}}",
    "new": "Resources: {{B: !!python/object/new:os.system ['touch {0}']}}",
    "name": "Resources: {{B: {{Type: !!python/name:os.system ''}}}}",
    "module": "Resources: !!python/module:antigravity ''",
    "tagged by URI": "a: !<tag:yaml.org,2002:python/object/apply:os.system> ['touch {0}']",
    "as JSON": '{{"a": !!python/object/apply:os.system ["touch {0}"]}}',
    "as a key": "? !!python/object/apply:os.system ['touch {0}']\n: b",
}


def create_stack(stacks, **template):
    stacks.create_stack(StackName="one", **template)


def update_stack(stacks, **template):
    stacks.create_stack(StackName="two", TemplateBody=json.dumps(BUCKET))
    stacks.update_stack(StackName="two", **template)


def create_change_set(stacks, **template):
    stacks.create_change_set(
        StackName="three", ChangeSetName="c", ChangeSetType="CREATE", **template
    )


def update_change_set(stacks, **template):
    stacks.create_stack(StackName="four", TemplateBody=json.dumps(BUCKET))
    stacks.create_change_set(StackName="four", ChangeSetName="c", **template)


def validate_template(stacks, **template):
    stacks.validate_template(**template)


def get_template_summary(stacks, **template):
    stacks.get_template_summary(**template)


def estimate_template_cost(stacks, **template):
    stacks.estimate_template_cost(**template)


def create_stack_set(stacks, **template):
    stacks.create_stack_set(StackSetName="set", **template)


def update_stack_set(stacks, **template):
    stacks.update_stack_set(StackSetName="set", **template)


READERS = [
    create_stack,
    update_stack,
    create_change_set,
    update_change_set,
    validate_template,
    get_template_summary,
]
NOT_BUILT = [estimate_template_cost, create_stack_set, update_stack_set]


@pytest.fixture
def stacks(gluematch_server, account):
    return gluematch_server.client("cloudformation", account=account)


@pytest.fixture
def bucket(gluematch_server, account):
    s3 = gluematch_server.client("s3", account=account)
    s3.create_bucket(Bucket=f"templates-{account}")
    return s3, f"templates-{account}"


@pytest.mark.parametrize("text", PYTHON.values(), ids=PYTHON)
@pytest.mark.parametrize("ask", [*READERS, *NOT_BUILT], ids=lambda ask: ask.__name__)
def test_no_tag_of_a_template_runs_in_the_server(ask, text, stacks, tmp_path):
    trace = tmp_path / "trace"
    with pytest.raises(ClientError) as refused:
        ask(stacks, TemplateBody=text.format(trace))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert not trace.exists()


@pytest.mark.parametrize("ask", READERS, ids=lambda ask: ask.__name__)
def test_no_tag_of_a_template_in_a_bucket_runs_in_the_server(
    ask, stacks, bucket, gluematch_server, tmp_path
):
    s3, name = bucket
    trace = tmp_path / "trace"
    s3.put_object(Bucket=name, Key="t.yaml", Body=PYTHON["apply"].format(trace).encode())
    with pytest.raises(ClientError, match=r"the tag .*python/object/apply:os.system is unknown"):
        ask(stacks, TemplateURL=f"{gluematch_server.url}/{name}/t.yaml")
    assert not trace.exists()


@pytest.mark.parametrize("ask", NOT_BUILT, ids=lambda ask: ask.__name__)
def test_an_operation_that_is_not_built_is_refused_by_name(ask, stacks):
    code, message = refusal(lambda: ask(stacks, TemplateBody=json.dumps(BUCKET)))
    named = "".join(part.title() for part in ask.__name__.split("_"))
    assert (code, message) == (
        "InvalidAction",
        f"Could not find operation {named}: this server does not build it.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
        "c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nResources: {B: *c}",
        "Resources: &r {B: {Type: 'AWS::S3::Bucket'}, C: *r}",
        "Resources:\n  B: &b {Type: 'AWS::S3::Bucket'}\n  C: {<<: *b}",
    ],
    ids=["laughs", "contains itself", "merge"],
)
def test_aliases_are_refused_as_at_aws(text, stacks):
    code, message = refusal(stacks.create_stack, StackName="s", TemplateBody=text)
    assert (code, message) == (
        "ValidationError",
        "Template error: YAML aliases are not allowed in CloudFormation templates",
    )


@pytest.mark.parametrize(
    "text",
    [
        "[" * 40_000,
        "{" * 40_000,
        '{"a":' * 8_000,
        "- " * 20_000,
        "!Ref " * 10_000,
        "\x00",
        "a: b: c",
        "]",
        "? [a]\n: b",
        "a: 1\na: 2",
        "Resources: !Nope {}",
        "Resources: !Transform {Name: x}",
    ],
    ids=range(12),
)
def test_what_is_no_template_is_a_validation_error(text, stacks):
    started = time.process_time()
    assert refusal(stacks.validate_template, TemplateBody=text)[0] == "ValidationError"
    assert time.process_time() - started < 5


@pytest.mark.parametrize("number", ["1" + ":1" * 400_000, "0x" + "f" * 900_000, "1:1.5", "1:30"])
def test_a_number_that_nobody_writes_is_a_text(number, stacks, bucket, gluematch_server):
    s3, name = bucket
    text = f"Resources:\n  B:\n    Type: AWS::S3::Bucket\nDescription: {number}\n"
    s3.put_object(Bucket=name, Key="t", Body=text.encode())
    url, started = f"{gluematch_server.url}/{name}/t", time.process_time()
    assert stacks.validate_template(TemplateURL=url)["Description"] == number
    assert time.process_time() - started < 5


def test_a_body_over_the_limit_of_aws_is_refused(stacks):
    text = json.dumps({**BUCKET, "Description": "x" * 51_200})
    code, message = refusal(stacks.create_stack, StackName="s", TemplateBody=text)
    assert code == "ValidationError"
    assert "length less than or equal to 51200" in message


def test_a_template_in_a_bucket_over_a_megabyte_is_refused(stacks, bucket, gluematch_server):
    s3, name = bucket
    s3.put_object(Bucket=name, Key="t", Body=json.dumps(BUCKET).encode() + b" " * 1_000_000)
    code, message = refusal(
        stacks.create_stack, StackName="s", TemplateURL=f"{gluematch_server.url}/{name}/t"
    )
    assert (code, message) == ("ValidationError", "Template may not exceed 1000000 bytes in size.")


def test_values_that_name_a_long_text_many_times_are_refused(stacks):
    laughs = {"Ref": "T"}
    for _ in range(8):
        laughs = {"Fn::Sub": ["${A}" * 10, {"A": laughs}]}
    template = {
        "Parameters": {"T": {"Type": "String", "Default": "x" * 4_000}},
        "Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": laughs}}},
    }
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    failed = [
        event["ResourceStatusReason"]
        for event in stacks.describe_stack_events(StackName="s")["StackEvents"]
        if event["ResourceStatus"] == "CREATE_FAILED"
    ]
    assert failed == ["Template error: its values have more than 8000000 characters."]


@pytest.mark.parametrize("pattern", ["(a|a|aa)+$", "((a{1000}){1000}){1000}", "("])
def test_a_pattern_that_never_ends_is_refused(pattern, stacks):
    template = {
        **BUCKET,
        "Parameters": {
            "P": {"Type": "String", "AllowedPattern": pattern, "Default": "a" * 60 + "b"}
        },
    }
    code, message = refusal(stacks.create_stack, StackName="s", TemplateBody=json.dumps(template))
    assert (code, message[:11]) in {
        ("ValidationError", "Template er"),
        ("ValidationError", "Parameter '"),
    }


@pytest.fixture
def elsewhere():
    """A server that must not be asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815  # http.server's own form

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("ask", READERS, ids=lambda ask: ask.__name__)
@pytest.mark.parametrize(
    "url",
    [
        "http://{0}/bucket/key",
        "http://localhost@{0}/bucket/key",
        "http://{0}/localhost/key",
        "http://s3.amazonaws.com@{0}/bucket/key",
        "http://{0}#.s3.amazonaws.com/bucket/key",
        "http://s3.amazonaws.com.evil.example/bucket/key",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "//{0}/bucket/key",
        "http://[::1/bucket/key",
        "ftp://s3.amazonaws.com/bucket/key",
    ],
)
def test_a_url_that_is_not_of_our_own_s3_is_refused_and_not_asked(ask, url, stacks, elsewhere):
    host, asked = elsewhere
    code, message = refusal(lambda: ask(stacks, TemplateURL=url.format(host)))
    assert (code, message) == ("ValidationError", "TemplateURL must be a supported URL.")
    assert asked == []


def test_urls_of_aws_and_of_the_server_name_objects_of_our_own_s3(stacks, bucket, gluematch_server):
    s3, name = bucket
    s3.put_object(Bucket=name, Key="a/t.json", Body=json.dumps({**BUCKET, "Description": "x"}))
    for url in (
        f"{gluematch_server.url}/{name}/a/t.json",
        f"https://s3.amazonaws.com/{name}/a/t.json",
        f"https://s3.eu-west-1.amazonaws.com/{name}/a/t.json",
        f"https://{name}.s3.amazonaws.com/a/t.json",
        f"https://{name}.s3.eu-west-1.amazonaws.com/a/t.json",
    ):
        assert stacks.validate_template(TemplateURL=url)["Description"] == "x", url


def test_an_object_of_another_account_is_no_template(gluematch_server, stacks, account):
    other = gluematch_server.client("s3", account="999900000001")
    other.create_bucket(Bucket=f"theirs-{account}")
    other.put_object(Bucket=f"theirs-{account}", Key="t", Body=json.dumps(BUCKET))
    code, message = refusal(
        stacks.validate_template, TemplateURL=f"{gluematch_server.url}/theirs-{account}/t"
    )
    assert code == "ValidationError"
    assert message.startswith("S3 error:")


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({}, "/"),
        (
            {
                "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/"
                "cloudformation.x/aws4_request, SignedHeaders=host, Signature=0"
            },
            "/",
        ),
        ({"Host": "cloudformation.us-east-1.amazonaws.com"}, "/"),
        ({}, "/cloudformation_us-east-1/cfnresponse?stack=x"),
    ],
)
def test_no_request_reaches_the_cloudformation_of_moto(headers, path, gluematch_server, tmp_path):
    trace = tmp_path / "trace"
    form = {
        "Action": "CreateStack",
        "Version": "2010-05-15",
        "StackName": "s",
        "TemplateBody": PYTHON["apply"].format(trace),
    }
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = urllib3.request(
        "POST",
        gluematch_server.url + path,
        body=urlencode(form),
        headers={**kind, **headers},
        retries=False,
    )
    assert b"CreateStackResponse" not in answer.data
    assert not trace.exists()
