"""What docs/spark.md shows: our commands are real, and the archive has what scripts import."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from unmeasured import environment

from gluematch.server.__main__ import main, parser

PAGE = (Path(__file__).parents[2] / "docs" / "spark.md").read_text()
SHELL = [line.strip() for line in PAGE.replace("\\\n", " ").splitlines() if line[:4] == "    "]


def test_the_commands_are_real():
    lines = [line.partition(" > ")[0] for line in SHELL if line.startswith("gluematch ")]
    assert len(lines) >= 3
    for line in lines:
        parser().parse_args(shlex.split(line)[1:])


def test_the_archive_is_enough_to_import_what_scripts_import(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["py-files", "gluematch.zip"]) == 0
    assert "gluematch.zip" in capsys.readouterr().out
    program = (
        "import awsglue.context, awsglueml.transforms, gluematch.models.jobs.glue.context as own\n"
        "print(awsglue.__file__, own.__file__)"
    )
    variables = environment() | {"PYTHONPATH": "gluematch.zip", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all("gluematch.zip" in place for place in done.stdout.split())


def test_an_archive_that_cannot_be_written_is_told(tmp_path, capsys):
    assert main(["py-files", str(tmp_path / "none" / "g.zip")]) == 1
    assert "cannot be written: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("name", re.findall(r"\]\(([^)]+\.md)\)", PAGE))
def test_links_lead_somewhere(name):
    assert (Path(__file__).parents[2] / "docs" / name).is_file()
