"""Types of AWS Glue: each is made, changed and deleted by the operations that boto3 calls."""

from collections.abc import Mapping
from typing import Any

from .kind import Answers, Kind, Resource, Setting, Step, at, names, only, register, without

_TAGS = ("Tags",)


def _tags(kind: str) -> Setting:
    """The tags of a resource that its ARN names by `kind` and its physical id."""

    def arn(resource: Resource) -> str:
        return f"arn:aws:glue:{resource.region}:{resource.account}:{kind}/{resource.physical_id}"

    return Setting(
        "Tags",
        put=lambda r, key, value: (
            "TagResource",
            {"ResourceArn": arn(r), "TagsToAdd": {key: value}},
        ),
        remove=lambda r, key, _: ("UntagResource", {"ResourceArn": arn(r), "TagsToRemove": [key]}),
        items=lambda given: given or {},
        on_create=False,
    )


def _catalog(resource: Resource) -> dict[str, Any]:
    """CatalogId, whose number loses its first zeros where YAML reads it as one."""
    given = resource.properties.get("CatalogId")
    return {} if given is None else {"CatalogId": str(given).zfill(12)}


def _in_table(resource: Resource) -> dict[str, Any]:
    return {**_catalog(resource), **only(resource.properties, "DatabaseName", "TableName")}


DATABASE = Kind(
    "AWS::Glue::Database",
    "glue",
    names("CatalogId DatabaseInput DatabaseName"),
    create=Step(
        "CreateDatabase",
        lambda r: {
            **_catalog(r),
            "DatabaseInput": {**r.properties["DatabaseInput"], "Name": _database(r)},
        },
    ),
    update=(
        Step(
            "UpdateDatabase",
            lambda r: {
                **_catalog(r),
                "Name": r.physical_id,
                "DatabaseInput": {**r.properties["DatabaseInput"], "Name": r.physical_id},
            },
        ),
    ),
    delete=Step("DeleteDatabase", lambda r: {**_catalog(r), "Name": r.physical_id}),
    named=("DatabaseInput", "Name"),
    within=(("CatalogId",), ("DatabaseName",)),
    needed=(("CatalogId",), ("DatabaseInput",)),
    replaced=(("CatalogId",), ("DatabaseName",), ("DatabaseInput", "Name")),
    ref=lambda r, _: _database(r),
    lower_case=True,
)


def _database(resource: Resource) -> str:
    """A database's name: DatabaseName goes before the Name of its input."""
    return str(resource.properties.get("DatabaseName") or resource.name)


TABLE = Kind(
    "AWS::Glue::Table",
    "glue",
    names("CatalogId DatabaseName Name OpenTableFormatInput TableInput"),
    create=Step(
        "CreateTable",
        lambda r: {
            **_catalog(r),
            **only(r.properties, "DatabaseName", "OpenTableFormatInput"),
            "TableInput": {**r.properties["TableInput"], "Name": _table(r)},
        },
    ),
    update=(
        Step(
            "UpdateTable",
            lambda r: {
                **_catalog(r),
                **only(r.properties, "DatabaseName"),
                "TableInput": {**r.properties["TableInput"], "Name": r.physical_id},
            },
        ),
    ),
    delete=Step(
        "DeleteTable",
        lambda r: {**_catalog(r), **only(r.properties, "DatabaseName"), "Name": r.physical_id},
    ),
    named=("TableInput", "Name"),
    within=(("CatalogId",), ("DatabaseName",), ("Name",)),
    needed=(("CatalogId",), ("DatabaseName",)),
    replaced=(
        ("CatalogId",),
        ("DatabaseName",),
        ("Name",),
        ("TableInput", "Name"),
        ("OpenTableFormatInput",),
    ),
    ref=lambda r, _: _table(r),
    lower_case=True,
)


def _table(resource: Resource) -> str:
    return str(resource.properties.get("Name") or resource.name)


PARTITION = Kind(
    "AWS::Glue::Partition",
    "glue",
    names("CatalogId DatabaseName TableName PartitionInput"),
    create=Step(
        "CreatePartition",
        lambda r: {**_in_table(r), "PartitionInput": r.properties["PartitionInput"]},
    ),
    update=(
        Step(
            "UpdatePartition",
            lambda r: {
                **_in_table(r),
                "PartitionValueList": r.at(("PartitionInput", "Values")),
                "PartitionInput": r.properties["PartitionInput"],
            },
        ),
    ),
    delete=Step(
        "DeletePartition",
        lambda r: {**_in_table(r), "PartitionValues": r.at(("PartitionInput", "Values"))},
    ),
    needed=(
        ("CatalogId",),
        ("DatabaseName",),
        ("TableName",),
        ("PartitionInput",),
        ("PartitionInput", "Values"),
    ),
    replaced=(("CatalogId",), ("DatabaseName",), ("TableName",), ("PartitionInput", "Values")),
    ref=lambda r, _: "|".join(
        map(
            str,
            (
                r.properties["CatalogId"],
                r.properties["DatabaseName"],
                r.properties["TableName"],
                ",".join(map(str, r.at(("PartitionInput", "Values")))),
            ),
        )
    ),
)


def _crawler(resource: Resource) -> dict[str, Any]:
    """The members of Create- and UpdateCrawler: a schedule is a text there."""
    members = without(resource.properties, "Schedule", *_TAGS)
    schedule = resource.at(("Schedule", "ScheduleExpression"))
    if schedule is not None:
        members["Schedule"] = schedule
    return {**members, "Name": resource.name}


CRAWLER = Kind(
    "AWS::Glue::Crawler",
    "glue",
    names(
        "Classifiers Configuration CrawlerSecurityConfiguration DatabaseName Description"
        " LakeFormationConfiguration Name RecrawlPolicy Role Schedule SchemaChangePolicy"
        " TablePrefix Tags Targets"
    ),
    create=Step("CreateCrawler", lambda r: {**_crawler(r), **only(r.properties, *_TAGS)}),
    update=(Step("UpdateCrawler", lambda r: {"Schedule": "", "Description": "", **_crawler(r)}),),
    delete=Step("DeleteCrawler", lambda r: {"Name": r.physical_id}),
    named=("Name",),
    needed=(("Role",), ("Targets",)),
    replaced=(("Name",),),
    settings=(_tags("crawler"),),
    tags=dict,
)


def _job(resource: Resource) -> dict[str, Any]:
    return without(resource.properties, "Name", *_TAGS)


JOB = Kind(
    "AWS::Glue::Job",
    "glue",
    names(
        "AllocatedCapacity Command Connections DefaultArguments Description ExecutionClass"
        " ExecutionProperty GlueVersion JobMode JobRunQueuingEnabled LogUri MaintenanceWindow"
        " MaxCapacity MaxRetries Name NonOverridableArguments NotificationProperty NumberOfWorkers"
        " Role SecurityConfiguration Tags Timeout WorkerType"
    ),
    create=Step("CreateJob", lambda r: {**r.properties, "Name": r.name}),
    update=(Step("UpdateJob", lambda r: {"JobName": r.physical_id, "JobUpdate": _job(r)}),),
    delete=Step("DeleteJob", lambda r: {"JobName": r.physical_id}),
    named=("Name",),
    needed=(("Role",), ("Command",)),
    replaced=(("Name",),),
    settings=(_tags("job"),),
    tags=dict,
)

CONNECTION = Kind(
    "AWS::Glue::Connection",
    "glue",
    names("CatalogId ConnectionInput Tags"),
    create=Step(
        "CreateConnection",
        lambda r: {**_catalog(r), **only(r.properties, "ConnectionInput", "Tags")},
    ),
    update=(
        Step(
            "UpdateConnection",
            lambda r: {
                **_catalog(r),
                "Name": r.physical_id,
                "ConnectionInput": r.properties["ConnectionInput"],
            },
        ),
    ),
    delete=Step("DeleteConnection", lambda r: {**_catalog(r), "ConnectionName": r.physical_id}),
    named=("ConnectionInput", "Name"),
    needed=(("CatalogId",), ("ConnectionInput",)),
    replaced=(("CatalogId",), ("ConnectionInput", "Name")),
    settings=(_tags("connection"),),
    tags=dict,
)

_CLASSIFIERS = ("CsvClassifier", "GrokClassifier", "JsonClassifier", "XMLClassifier")


def _classifier(resource: Resource) -> dict[str, Any]:
    """The members of Create- and UpdateClassifier; `ContainsCustomDatatype` is its own word."""
    members: dict[str, Any] = {}
    for name in _CLASSIFIERS:
        given = resource.properties.get(name)
        if isinstance(given, Mapping):
            members[name] = {**given, "Name": given.get("Name") or resource.name}
    if (csv := members.get("CsvClassifier")) and "ContainsCustomDatatype" in csv:
        csv["CustomDatatypes"] = csv.pop("ContainsCustomDatatype")
    return members


def _classifier_name(resource: Resource, _answers: Answers) -> str:
    named = (at(resource.properties, (name, "Name")) for name in _CLASSIFIERS)
    return str(next((name for name in named if name), resource.name))


CLASSIFIER = Kind(
    "AWS::Glue::Classifier",
    "glue",
    frozenset(_CLASSIFIERS),
    create=Step("CreateClassifier", _classifier),
    update=(Step("UpdateClassifier", _classifier),),
    delete=Step("DeleteClassifier", lambda r: {"Name": r.physical_id}),
    replaced=tuple((name, "Name") for name in _CLASSIFIERS),
    ref=_classifier_name,
)


def _transform(resource: Resource) -> dict[str, Any]:
    members = without(resource.properties, "InputRecordTables", "TransformParameters", *_TAGS)
    return {
        **members,
        "Name": resource.name,
        "Parameters": resource.properties["TransformParameters"],
    }


ML_TRANSFORM = Kind(
    "AWS::Glue::MLTransform",
    "glue",
    names(
        "Description GlueVersion InputRecordTables MaxCapacity MaxRetries Name NumberOfWorkers Role"
        " Tags Timeout TransformEncryption TransformParameters WorkerType"
    ),
    create=Step(
        "CreateMLTransform",
        lambda r: {
            **_transform(r),
            **only(r.properties, *_TAGS),
            "InputRecordTables": r.at(("InputRecordTables", "GlueTables")) or [],
        },
    ),
    update=(
        Step(
            "UpdateMLTransform",
            lambda r: {
                **without(_transform(r), "TransformEncryption"),
                "TransformId": r.physical_id,
            },
        ),
    ),
    delete=Step("DeleteMLTransform", lambda r: {"TransformId": r.physical_id}),
    named=("Name",),
    needed=(("InputRecordTables",), ("Role",), ("TransformParameters",)),
    replaced=(
        ("InputRecordTables",),
        ("TransformEncryption",),
        ("TransformParameters", "FindMatchesParameters", "PrimaryKeyColumnName"),
    ),
    ref=lambda _, answers: str(answers["CreateMLTransform"]["TransformId"]),
    settings=(_tags("mlTransform"),),
    tags=dict,
)

register(DATABASE, TABLE, PARTITION, CRAWLER, JOB, CONNECTION, CLASSIFIER, ML_TRANSFORM)
