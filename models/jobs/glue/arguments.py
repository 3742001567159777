"""The words of a script: `getResolvedOptions`.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html
"""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

RESERVED = (
    "job-bookmark-option",
    "job-bookmark-from",
    "job-bookmark-to",
    "JOB_ID",
    "JOB_RUN_ID",
    "SECURITY_CONFIGURATION",
    "encryption-type",
    "enable-data-lineage",
    "RedshiftTempDir",
    "TempDir",
)
"""What Glue hands to every script, asked for or not."""

DEFAULTS = {"job_bookmark_option": "job-bookmark-disable"}


class GlueArgumentError(ValueError):
    """The script's words are not as it asks for them."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, Any]:
    """The values of `options` among the program's words `args`, by name; words that nobody asked
    for are passed over. Raises GlueArgumentError for one that is missing, and RuntimeError for
    an option of a name that Glue keeps for itself."""
    kept = {name.replace("-", "_") for name in RESERVED} - {"TempDir", "JOB_ID", "JOB_RUN_ID"}
    wrong = [name for name in options if name.replace("-", "_") in kept]
    if wrong:
        raise RuntimeError(f"Using reserved arguments {', '.join(wrong)}")
    parser = _Parser(allow_abbrev=False, add_help=False)
    for name in RESERVED:
        if name not in options:
            parser.add_argument(f"--{name}")
    parser.add_argument("--continuation-option", dest="continuation_option")
    for name in options:
        parser.add_argument(f"--{name}", dest=name, required=True)
    known, _ = parser.parse_known_args(list(args[1:]))
    found = {name: value for name, value in vars(known).items() if value is not None}
    return {**DEFAULTS, **found}
