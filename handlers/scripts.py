"""The script of a job that matches by a transform, as Glue's console used to propose it.

It is text for CreateJob or `gluematch run-script`; nothing is stored and nothing runs here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gluematch.models.catalog import tables, transforms
from gluematch.models.errors import InvalidInputException

from . import run_requests
from .find_matches import check_table
from .registry import Call, route


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a script is to do: which table goes by which transform to which place, and how."""

    transform_id: str
    primary_key: str
    database: str
    table: str
    output: str
    form: str
    scores: bool
    survivors_only: bool


@route("transforms/{TransformId}/script", method="GET")
def get_transform_script(call: Call, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The script, refused for what find-matches refuses; the transform need not be READY yet."""
    asked = [request[name] for name in ("DatabaseName", "TableName") if name in request]
    if len(asked) == 1:
        raise InvalidInputException("DatabaseName and TableName go together.")
    with call.catalog.read() as tx:
        transform = transforms.get(tx, request["TransformId"])
        database, table = asked or transform.table
        found = tables.get(tx, database, table)
    run_requests.check_output(call, request["OutputS3Path"])
    check_table(transform, found, request["OutputS3Path"])
    proposal = Proposal(
        transform.transform_id,
        transform.primary_key,
        database,
        table,
        request["OutputS3Path"],
        request.get("Format", "csv"),
        scores=request.get("ComputeMatchConfidenceScores", "true") == "true",
        survivors_only=request.get("RemoveDuplicates") == "true",
    )
    return {"TransformId": transform.transform_id, "PythonScript": written(proposal)}


@dataclass(frozen=True, slots=True)
class Step:
    """A frame that a function makes of another one, below the annotations by which the console
    drew its diagram. `told` stands in these only."""

    kind: str
    name: str
    function: str
    arguments: str
    frame: str = ""
    told: str = ""

    def __str__(self) -> str:
        context = f'transformation_ctx = "{self.name}"'
        source = f"frame = {self.frame}" if self.frame else ""
        given = ", ".join(one for one in (source, self.arguments, context) if one)
        return (
            f"## @type: {self.kind}\n"
            f"## @args: [{self.arguments}{self.told}, {context}]\n"
            f"## @return: {self.name}\n"
            f"## @inputs: [{source}]\n"
            f"{self.name} = {self.function}({given})\n"
        )


def written(proposal: Proposal) -> str:
    """The script; what users have named is quoted, whatever characters it has."""
    table = f"database = {_quoted(proposal.database)}, table_name = {_quoted(proposal.table)}"
    path = f'{{"path": {_quoted(proposal.output)}}}'
    fusion = str(proposal.survivors_only).lower()
    source = Step(
        "DataSource", "datasource0", "glueContext.create_dynamic_frame.from_catalog", table
    )
    resolved = Step(
        "ResolveChoice",
        "resolvechoice1",
        "ResolveChoice.apply",
        f'choice = "MATCH_CATALOG", {table}',
        source.name,
    )
    matched = Step(
        "FindMatches",
        "findmatches2",
        "FindMatches.apply",
        f"transformId = {_quoted(proposal.transform_id)}, "
        f"computeMatchConfidenceScores = {proposal.scores}",
        resolved.name,
        f", emitFusion = {fusion}, survivorComparisonField = {_quoted(proposal.primary_key)}",
    )
    sink = Step(
        "DataSink",
        "datasink4" if proposal.survivors_only else "datasink3",
        "glueContext.write_dynamic_frame.from_options",
        f'connection_type = "s3", connection_options = {path}, format = {_quoted(proposal.form)}',
        "survivors3" if proposal.survivors_only else matched.name,
    )
    start = _START.format(more=_MORE_IMPORTS if proposal.survivors_only else "")
    survivors = _survivors(proposal.primary_key) if proposal.survivors_only else ""
    return f"{start}{source}{resolved}{matched}{survivors}{sink}job.commit()\n"


def _survivors(primary_key: str) -> str:
    return _SURVIVORS.format(column=_quoted(f"`{primary_key.replace('`', '``')}`"))


def _quoted(text: str) -> str:
    """The text as a literal of Python in one line."""
    return json.dumps(text, ensure_ascii=False)


_START = """\
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglueml.transforms import FindMatches
{more}
## @params: [JOB_NAME]
args = getResolvedOptions(sys.argv, ["JOB_NAME"])

sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
"""

_MORE_IMPORTS = """\
from awsglue.dynamicframe import DynamicFrame
from pyspark.sql import Window
from pyspark.sql.functions import col, row_number, struct
"""

_SURVIVORS = """\
# Of the rows that match, the one with the lowest primary key stays.
lowest = Window.partitionBy("match_id").orderBy(col({column}).asc_nulls_last())
place = row_number().over(lowest).alias("place")
rows = findmatches2.toDF().select(struct("*").alias("row"), place)
first = rows.where("place = 1").select("row.*")
survivors3 = DynamicFrame.fromDF(first, glueContext, "survivors3")
"""
