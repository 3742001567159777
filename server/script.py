"""`gluematch script`: have a running server write the script of a job that finds matches."""

import argparse

from botocore.exceptions import BotoCoreError

from .client import Refused, Server


def add_arguments(parser: argparse.ArgumentParser, endpoint_url: str) -> None:
    """Declare the command's flags."""
    add = parser.add_argument
    add("--transform-id", required=True, metavar="ID", help="the transform that it applies")
    add("--output", required=True, metavar="S3_PATH", help="where the job writes to")
    add(
        "--format",
        choices=("csv", "json", "parquet", "orc", "avro"),
        default="csv",
        help="its format (%(default)s)",
    )
    add("--no-confidence", action="store_true", help="without match_confidence_score")
    add(
        "--remove-duplicates",
        action="store_true",
        help="of rows that match, write the one with the lowest primary key",
    )
    add("--database", help="match a table of this database ...")
    add("--table", help="... and this name, instead of the transform's own")
    add("--endpoint-url", default=endpoint_url, metavar="URL", help="the server (%(default)s)")
    add("--region", help="the region of the transform, else as the AWS CLI finds it")


def run(given: argparse.Namespace, default_region: str) -> int:
    """Print the script; the exit code. Raises Refused."""
    asked = {
        "OutputS3Path": given.output,
        "Format": given.format,
        "ComputeMatchConfidenceScores": "false" if given.no_confidence else "true",
        "RemoveDuplicates": "true" if given.remove_duplicates else "false",
        "DatabaseName": given.database,
        "TableName": given.table,
    }
    query = [(name, value) for name, value in asked.items() if value is not None]
    try:
        server = Server.reached(given.endpoint_url, given.region, default_region)
        answer = server.get(f"transforms/{given.transform_id}/script", query)
    except BotoCoreError as error:
        raise Refused(str(error)) from None
    print(answer["PythonScript"], end="")
    return 0
