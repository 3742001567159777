"""What README.md shows is run as it stands there; only the port differs."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

README = (Path(__file__).parents[2] / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHELL = [line.strip() for line in README.replace("\\\n", " ").splitlines() if line[:4] == "    "]
HERE = "http://127.0.0.1:4566"


def test_the_boto3_examples_run(gluematch_server):
    program = "\n".join(PYTHON[:2]).replace(HERE, gluematch_server.url)
    exec(compile(program, "README.md", "exec"), {})


def test_the_aws_cli_examples_run(gluematch_server, tmp_path, aws):
    gluematch_server.client("glue").create_database(DatabaseInput={"Name": "shop-cli"})
    (tmp_path / "customers.csv").write_text("id,name\n1,Ada\n2,Alan\n")
    commands = [line for line in SHELL if line.startswith("aws ")]
    assert len(commands) >= 3
    for line in commands:
        own = line.replace("s3://shop", "s3://shop-cli").replace("name shop", "name shop-cli")
        words = shlex.split(own.replace(HERE, gluematch_server.url))
        done = subprocess.run(words, cwd=tmp_path, env=aws.environment, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()


def test_the_commands_are_real(gluematch_server):
    from gluematch.server.__main__ import parser

    lines = [shlex.split(line) for line in SHELL if line.split()[0].endswith("gluematch")]
    assert len(lines) >= 2
    for line in lines:
        words = line[: line.index(">")] if ">" in line else line
        parser().parse_args(words[1:])


def test_the_pytest_example_runs(pytester: pytest.Pytester):
    pytester.makepyfile(PYTHON[2])
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
