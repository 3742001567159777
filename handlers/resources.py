"""What each operation touches, as policies name it: the action, and the ARNs of its resources.

It follows AWS's Service Authorization Reference for Glue and "Specifying AWS Glue resource ARNs",
and docs/decisions/authorization.md where these are silent. Names of the catalog are in lower case
here, as the catalog writes them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gluematch.models.authorization.decision import EVERYTHING, Resource
from gluematch.models.scope import Scope

Members = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a request names what it touches.

    `names` are members, dotted where they lie deeper; a list names several. `parent` names the
    database that the resources lie in. With `every` it is all of the kind, and with `children`
    all that a database holds, too.
    """

    kind: str
    names: tuple[str, ...] = ()
    parent: str | None = None
    every: bool = False
    children: bool = False

    def touched(self, scope: Scope, members: Members) -> list[Resource]:
        """The resources, those above before those below: it is refused in that order."""
        return [
            each if each is EVERYTHING else Resource(scope.arn(each.arn), below=each.below)
            for each in dict.fromkeys(self._paths(members))
        ]

    def _paths(self, members: Members) -> Iterator[Resource]:
        if self.kind == "*":
            yield EVERYTHING
            return
        catalogued = self.kind in _CATALOGUED
        if catalogued:
            yield Resource("catalog")
        above = ""
        if self.parent is not None:
            database = "".join(named(members, self.parent)).lower()
            above = f"{database}/" if database else ""
            yield Resource(f"database/{database}", below=not database)
        if self.every:
            yield Resource(f"{self.kind}/{above}", below=True)
        for member in self.names:
            for name in named(members, member):
                folded = name.lower() if self.kind in _FOLDED else name
                yield Resource(f"{self.kind}/{above}{folded}")
                if self.children:
                    yield from (Resource(f"{kind}/{folded}/", below=True) for kind in _CHILDREN)


@dataclass(frozen=True, slots=True)
class ByArn:
    """A request that names what it touches by its whole ARN."""

    member: str

    def touched(self, _scope: Scope, members: Members) -> list[Resource]:
        """The one resource."""
        arn: str = members[self.member]
        start, kind, name = arn.partition(":database/")
        return [Resource(start + kind + name.lower())]


def named(members: Members, path: str) -> list[str]:
    """The strings at a dotted path of a request; none where nothing is there."""
    found: Any = members
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    if found is None:
        return []
    return list(found) if isinstance(found, list) else [found]


def action(operation: str) -> str:
    """The action that a policy has to allow for an operation of Glue, or a route of ours."""
    return f"glue:{ACTIONS.get(operation, operation)}"


_CATALOGUED = frozenset({"catalog", "database", "table", "userDefinedFunction", "connection"})
_FOLDED = frozenset({"database", "table", "userDefinedFunction"})
_CHILDREN = ("table", "userDefinedFunction")

ACTIONS: Mapping[str, str] = {
    "FindMatches": "UseMLTransforms",
    "ExplainMatches": "UseMLTransforms",
    "UseTransform": "UseMLTransforms",
    "ReportUse": "UseMLTransforms",
    "EndUses": "UseMLTransforms",
    "GetTransformMetrics": "GetMLTransform",
    "GetTransformModel": "GetMLTransform",
    "GetTransformScript": "GetMLTransform",
    "CommitJobBookmark": "ResetJobBookmark",
}
"""What our own routes count as."""

_ANYTHING = Rule("*")
_IN = "DatabaseName"

_BY_RULE: tuple[tuple[Rule | ByArn, str], ...] = (
    (
        Rule("catalog"),
        "DeleteResourcePolicy GetCatalogImportStatus GetDataCatalogEncryptionSettings"
        " GetResourcePolicies GetResourcePolicy PutDataCatalogEncryptionSettings PutResourcePolicy",
    ),
    (Rule("database", ("DatabaseInput.Name",)), "CreateDatabase"),
    (Rule("database", ("Name",)), "GetDatabase"),
    (Rule("database", ("Name", "DatabaseInput.Name")), "UpdateDatabase"),
    (Rule("database", ("Name",), children=True), "DeleteDatabase"),
    (Rule("database", every=True), "GetDatabases"),
    (
        Rule("table", ("TableName",), _IN),
        "BatchCreatePartition BatchDeletePartition BatchDeleteTableVersion BatchGetPartition"
        " BatchUpdatePartition CreatePartition CreatePartitionIndex"
        " DeleteColumnStatisticsForPartition DeleteColumnStatisticsForTable DeletePartition"
        " DeletePartitionIndex DeleteTableVersion GetColumnStatisticsForPartition"
        " GetColumnStatisticsForTable GetPartition GetPartitionIndexes GetPartitions"
        " GetTableVersion GetTableVersions UpdateColumnStatisticsForPartition"
        " UpdateColumnStatisticsForTable UpdatePartition",
    ),
    (Rule("table", ("Name", "TableInput.Name"), _IN), "CreateTable UpdateTable"),
    (Rule("table", ("Name",), _IN), "DeleteTable GetTable"),
    (Rule("table", ("TablesToDelete",), _IN), "BatchDeleteTable"),
    (Rule("table", (), _IN, every=True), "GetTables SearchTables"),
    (
        Rule("userDefinedFunction", ("FunctionInput.FunctionName",), _IN),
        "CreateUserDefinedFunction",
    ),
    (
        Rule("userDefinedFunction", ("FunctionName",), _IN),
        "DeleteUserDefinedFunction GetUserDefinedFunction",
    ),
    (
        Rule("userDefinedFunction", ("FunctionName", "FunctionInput.FunctionName"), _IN),
        "UpdateUserDefinedFunction",
    ),
    (Rule("userDefinedFunction", (), _IN, every=True), "GetUserDefinedFunctions"),
    (Rule("connection", ("ConnectionInput.Name",)), "CreateConnection"),
    (Rule("connection", ("Name",)), "GetConnection"),
    (Rule("connection", ("Name", "ConnectionInput.Name")), "UpdateConnection"),
    (Rule("connection", ("ConnectionName",)), "DeleteConnection TestConnection"),
    (Rule("connection", ("ConnectionNameList",)), "BatchDeleteConnection"),
    (Rule("connection", every=True), "GetConnections"),
    (
        Rule("crawler", ("Name",)),
        "CreateCrawler DeleteCrawler GetCrawler StartCrawler StopCrawler UpdateCrawler",
    ),
    (Rule("crawler", ("CrawlerName",)), "ListCrawls"),
    (Rule("crawler", ("CrawlerNames",)), "BatchGetCrawlers"),
    (Rule("job", ("Name",)), "CreateJob"),
    (
        Rule("job", ("JobName",)),
        "BatchStopJobRun DeleteJob GetJob GetJobRun GetJobRuns StartJobRun UpdateJob",
    ),
    (Rule("job", ("JobNames",)), "BatchGetJobs"),
    (
        Rule("mlTransform", ("TransformId",)),
        "CancelMLTaskRun DeleteMLTransform ExplainMatches FindMatches GetMLTaskRun GetMLTaskRuns"
        " GetMLTransform GetTransformMetrics GetTransformModel GetTransformScript ReportUse"
        " StartExportLabelsTaskRun StartImportLabelsTaskRun StartMLEvaluationTaskRun"
        " StartMLLabelingSetGenerationTaskRun UpdateMLTransform UseTransform",
    ),
    (Rule("mlTransform", every=True), "GetMLTransforms ListMLTransforms"),
    (ByArn("ResourceArn"), "GetTags TagResource UntagResource"),
    (
        _ANYTHING,
        "CommitJobBookmark CreateClassifier CreateMLTransform DeleteClassifier EndUses"
        " GetClassifier GetClassifiers GetCrawlerMetrics GetCrawlers GetJobBookmark GetJobs"
        " ListCrawlers ListJobs ResetJobBookmark StartCrawlerSchedule StopCrawlerSchedule"
        " UpdateClassifier UpdateCrawlerSchedule",
    ),
    (
        Rule("trigger", ("Name",)),
        "CreateTrigger DeleteTrigger GetTrigger StartTrigger StopTrigger",
    ),
    (Rule("trigger", ("TriggerNames",)), "BatchGetTriggers"),
    (
        Rule("workflow", ("Name",)),
        "CreateWorkflow DeleteWorkflow GetWorkflow GetWorkflowRun GetWorkflowRunProperties"
        " GetWorkflowRuns PutWorkflowRunProperties StartWorkflowRun StopWorkflowRun"
        " UpdateWorkflow",
    ),
    (Rule("workflow", ("Names",)), "BatchGetWorkflows"),
    (Rule("session", ("Id",)), "CreateSession DeleteSession GetSession StopSession"),
    (
        Rule("devEndpoint", ("EndpointName",)),
        "CreateDevEndpoint DeleteDevEndpoint GetDevEndpoint",
    ),
)

RULES: Mapping[str, Rule | ByArn] = {
    operation: rule for rule, operations in _BY_RULE for operation in operations.split()
}
"""The rule of each operation that we build, and of those of the neighbour that name a resource."""


def touched(operation: str, scope: Scope, members: Members) -> list[Resource]:
    """What a request touches, never nothing. Its members are as AWS's model has them."""
    return RULES.get(operation, _ANYTHING).touched(scope, members) or [EVERYTHING]
