"""What moto's own modules may do in our process: run text, load objects, start programs, call out.

Moto answers for the services beside Glue. Each place where the modules of a served service could do
one of these is listed here with the reason why no request reaches it; a new one fails.
"""

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path

import pytest

from gluematch.server.neighbours import served

SHARED = ("core", "utilities", "moto_api", "moto_server", "dynamodbstreams", "glue")
"""Packages of moto that are in use beside those of the services."""

RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
DANGEROUS = (
    *("subprocess.", "os.system", "os.popen", "os.exec", "os.spawn", "pty.", "ctypes."),
    *("pickle.", "cPickle.", "marshal.", "shelve.", "dill.", "joblib.", "jsonpickle."),
    *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "docker."),
    *("requests.", "urllib.request.", "urlopen", "http.client.", "socket.", "smtplib.", "ftplib."),
    *("urllib3.", "boto3.client", "boto3.resource", "asyncio.", "multiprocessing."),
)
SAFE_LOADERS = {"yaml.SafeLoader", "yaml.CSafeLoader", "SafeLoader"}

OURS = "stacks are made by our own code: server/neighbours/cloudformation"
CONTROL = "its address, /moto-api, is hidden: test_wire_process and test_wire_services"
REVIEWED = {
    ("cloudformation/models.py", "yaml.load"): OURS,
    ("cloudformation/responses.py", "yaml.load"): OURS,
    ("cloudformation/utils.py", "open"): OURS,
    ("core/authorization.py", "requests.post"): "only for authorization by moto, which is off",
    ("core/base_backend.py", "__import__"): "imports moto.SERVICE.urls; no client names it",
    ("core/models.py", "requests.post"): "moto's decorators for tests; no server uses them",
    (
        "events/models.py",
        "requests.request",
    ): "no API destination is made: test_wire_deliveries",
    ("moto_api/_internal/recorder/models.py", "requests.request"): CONTROL,
    ("moto_api/_internal/recorder/models.py", "open"): CONTROL,
    ("settings.py", "os.popen"): "asks Docker for its host; only Lambda and Batch call it",
    ("sns/models.py", "requests.post"): "no http subscription can be made: test_wire_deliveries",
    ("utilities/docker_utilities.py", "docker.from_env"): "only Lambda and Batch start containers",
}

CONSTANT = "of moto's own text"
OURS_ALONE = "Glue's tables and partitions are ours"
COMPILED = {
    ("core/botocore_stubber.py", "url"): "moto's decorators for tests",
    ("core/config.py", "url"): "moto's own settings",
    ("core/routing.py", "f\"^{''.join(parts)}{re.escape(endpoint_prefix)}\\\\.\""): CONSTANT,
    ("core/utils.py", "anchored_pattern"): "no served service calls it",
    (
        "dynamodb/comparisons.py",
        "f'^{attribute_regex}(\\\\.{attribute_regex}|\\\\[[0-9]\\\\])*'",
    ): CONSTANT,
    ("events/models.py", "event_bus_arn_pattern"): CONSTANT,
    ("events/models.py", "match_string"): "its prefix is escaped: neighbours/matching",
    ("events/models.py", "regex"): "is not called: neighbours/matching",
    ("glue/glue_schema_registry_constants.py", "f'{ARN_PARTITION_REGEX}:glue:.*$'"): CONSTANT,
    ("glue/glue_schema_registry_utils.py", "SCHEMA_VERSION_ID_PATTERN"): CONSTANT,
    ("glue/glue_schema_registry_utils.py", "pattern"): CONSTANT,
    ("glue/models.py", "expression"): OURS_ALONE,
    ("glue/utils.py", "pattern"): OURS_ALONE,
    ("iam/access_control.py", "pattern"): "only for authorization by moto, which is off",
    ("iam/config.py", "ARN_PARTITION_REGEX + ':iam::aws'"): CONSTANT,
    ("iam/models.py", "ARN_PARTITION_REGEX + ':iam::(aws|[0-9]*):policy/.*$'"): CONSTANT,
    ("iam/models.py", "ARN_PARTITION_REGEX + ':iam::aws:policy'"): CONSTANT,
    ("logs/responses.py", "pattern"): CONSTANT,
    (
        "s3/responses.py",
        "'s3[\\\\.\\\\-](?:(?:dualstack|fips)[\\\\.\\\\-])?([^.]*)\\\\.' + suffix",
    ): CONSTANT,
    ("s3/responses.py", "url_key + '=(.+?)(&.+$|$)'"): CONSTANT,
    (
        "s3/utils.py",
        "allowed.replace('.', '\\\\.').replace('*', '.*')",
    ): "neighbours/matching instead",
    ("secretsmanager/utils.py", "ARN_PARTITION_REGEX + ':secretsmanager:'"): CONSTANT,
    ("secretsmanager/utils.py", "c"): "one character",
    ("sqs/models.py", "re_str"): "its prefix is escaped: neighbours/matching",
    ("sts/models.py", "ARN_PARTITION_REGEX + ':iam::([0-9]+).+'"): CONSTANT,
    ("utilities/tagging_service.py", "key_regex"): CONSTANT,
    ("utilities/tagging_service.py", "value_regex"): CONSTANT,
}
"""Regular expressions that do not stand in place, and why no client writes them."""

REPLACED = {
    "moto.dynamodb.models": ["DynamoDBBackend.import_table", "DynamoDBBackend.export_table"],
    "moto.dynamodb.parsing.expressions": ["UpdateExpressionParser.make"],
    "moto.dynamodb.models.table_import": ["gzip_decompress"],
    "moto.events.models": [
        "EventPattern._wildcard_match",
        "EventsBackend.list_rules",
        "EventsBackend.put_targets",
    ],
    "moto.logs.models": ["LogsBackend.create_export_task"],
    "moto.s3.models": ["S3Backend.select_object_content"],
    "moto.s3.responses": ["cors_matches_origin", "extract_region_from_aws_authorization"],
    "moto.sqs.models": ["SQSBackend.list_queues"],
}
"""What is another's in place of moto's own, so that a request of a client costs no more than it may
(neighbours/matching, bucket_access, s3/requests/select)."""


def sources() -> Iterator[Path]:
    home = Path(next(iter(find_spec("moto").submodule_search_locations)))
    names = {*SHARED, *(served.backend_of(name) for name in served.REVIEWED)}
    yield from home.glob("*.py")
    for name in names:
        yield from (home / name).rglob("*.py")


def dangers(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        loader = {ast.unparse(k.value) for k in node.keywords if k.arg == "Loader"}
        if called == "yaml.load" and loader & SAFE_LOADERS:
            continue
        if called == "open" and not writes(node):
            continue
        if called in RUNS_TEXT or called == "open":
            yield called
        elif found := next((name for name in DANGEROUS if called.startswith(name)), None):
            yield found if not found.endswith(".") else ".".join(called.split(".")[:2])


def compiled(path: Path) -> Iterator[str]:
    """The regular expressions of a module that are no constants."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if ast.unparse(node.func.value) != "re" or node.func.attr == "escape":
            continue
        given = node.args[0] if node.args else node.keywords[0].value
        if not isinstance(given, ast.Constant):
            yield ast.unparse(given)


def writes(call: ast.Call) -> bool:
    """Whether a file is opened for more than reading; what is not said in place may be so."""
    modes = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode")]
    read = {"r", "rb", "rt"}
    return not all(isinstance(mode, ast.Constant) and mode.value in read for mode in modes)


def test_what_moto_could_do_to_us_is_reviewed() -> None:
    home = Path(next(iter(find_spec("moto").submodule_search_locations)))
    found = {
        (path.relative_to(home).as_posix(), called)
        for path in sources()
        for called in dangers(path)
    }
    assert found == set(REVIEWED)


def test_every_danger_would_be_seen(tmp_path: Path) -> None:
    text = tmp_path / "text.py"
    text.write_text(
        "eval('1')\nyaml.load(t, Loader=yaml.Loader)\nyaml.load(t, Loader=yaml.SafeLoader)\n"
        "open(p)\nopen(p, 'rb')\nopen(p, 'a')\npickle.loads(b)\n"
        "subprocess.run(['x'])\nrequests.get(url)\nre.compile('x')\n"
    )
    assert list(dangers(text)) == [
        "eval",
        "yaml.load",
        "open",
        "pickle.loads",
        "subprocess.run",
        "requests.get",
    ]


def test_what_moto_could_compile_for_clients_is_reviewed() -> None:
    home = Path(next(iter(find_spec("moto").submodule_search_locations)))
    found = {
        (path.relative_to(home).as_posix(), text) for path in sources() for text in compiled(path)
    }
    assert found == set(COMPILED)


@pytest.mark.parametrize("module", REPLACED)
def test_what_is_replaced_in_moto_is_there(module: str) -> None:
    for name in REPLACED[module]:
        assert callable(attrgetter(name)(import_module(module)))
