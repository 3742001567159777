"""Iceberg tables that Glue itself makes and changes: OpenTableFormatInput and its sister.

Metadata files are written before the transaction that names them, so that nobody waits for S3. One
that loses to another request stays behind unnamed, as Iceberg's own commits leave theirs.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import databases, tables
from gluematch.models.datasets.access import SourceError
from gluematch.models.errors import AlreadyExistsException, InvalidInputException

from . import storage
from .registry import Call

if TYPE_CHECKING:
    from gluematch.models.datasets.iceberg import Written

RESERVED = ("table_type", "metadata_location")
TWICE = "Table metadata information present at multiple parts of input request"


def created(call: Call, request: Mapping[str, Any]) -> dict[str, Any]:
    """The TableInput of a new Iceberg table, its first metadata file written.

    Raises InvalidInputException, EntityNotFoundException and AlreadyExistsException.
    """
    asked = request["OpenTableFormatInput"].get("IcebergInput")
    if asked is None:
        raise InvalidInputException("IcebergInput must be provided.")
    document = {"TableType": "EXTERNAL_TABLE", **request.get("TableInput", {})}
    document.setdefault("Name", request.get("Name"))
    if document["Name"] is None:
        raise InvalidInputException("Name must be provided.")
    _refuse(asked, document, request.get("TableInput"))
    with call.catalog.read() as tx:
        databases.get(tx, request["DatabaseName"])
        if tables.find(tx, request["DatabaseName"], document["Name"]) is not None:
            raise AlreadyExistsException("Table already exists.")
    written = _create(call, document, asked)
    document.pop("PartitionKeys", None)
    return _named(document, written, {})


def changed(call: Call, present: tables.Table, request: Mapping[str, Any]) -> dict[str, Any]:
    """The TableInput of a changed Iceberg table, its next metadata file written.

    Raises InvalidInputException.
    """
    if request.get("TableInput") is not None:
        raise InvalidInputException(TWICE)
    before = present.parameters.get("metadata_location")
    if before is None:
        raise InvalidInputException(f"Table {present.name} is not an Iceberg table.")
    asked = request["UpdateOpenTableFormatInput"].get("UpdateIcebergInput")
    if asked is None:
        raise InvalidInputException("UpdateIcebergInput must be provided.")
    given = asked["UpdateIcebergTableInput"]["Updates"]
    updates = [update for one in given for update in _updates(one)]
    from gluematch.models.datasets import iceberg  # noqa: PLC0415  # a second, not at start

    try:
        written = iceberg.change(call.objects, before, updates)
    except (iceberg.IcebergError, SourceError) as error:
        raise InvalidInputException(str(error)) from error
    return _named(present.document, written, {"previous_metadata_location": before})


def _refuse(
    asked: Mapping[str, Any], document: Mapping[str, Any], given: Mapping[str, Any] | None
) -> None:
    """What AWS refuses, in its words (go-to-k/cdkd issue 1408, apache/iceberg-go pull request
    410)."""
    if given is not None and given.get("TableType") != "EXTERNAL_TABLE":
        raise InvalidInputException("Iceberg table type has to be EXTERNAL_TABLE")
    if any(name in document.get("Parameters", {}) for name in RESERVED):
        raise InvalidInputException(
            "Cannot use reserved parameters table_type or metadata_location while creating an "
            "iceberg table"
        )
    own, descriptor = asked.get("CreateIcebergTableInput"), document.get("StorageDescriptor")
    if own is not None and descriptor is not None:
        raise InvalidInputException(TWICE)
    if not (own or descriptor or {}).get("Location"):
        raise InvalidInputException(
            "Location information cannot be null while creating an iceberg table"
        )


def _create(call: Call, document: Mapping[str, Any], asked: Mapping[str, Any]) -> "Written":
    from gluematch.models.datasets import iceberg, iceberg_types  # noqa: PLC0415  # as above

    own = asked.get("CreateIcebergTableInput")
    version = asked.get("Version", "2")
    try:
        if own is not None:
            return iceberg.create(
                call.objects,
                own["Location"],
                _schema(own["Schema"]),
                spec=_spec(own["PartitionSpec"]) if "PartitionSpec" in own else None,
                order=_order(own["WriteOrder"]) if "WriteOrder" in own else None,
                properties=own.get("Properties", {}),
                version=version,
            )
        folded = storage.folded(document)
        keys = storage.folded_columns(folded.get("PartitionKeys", ()))
        schema = iceberg_types.schema_of([*folded["StorageDescriptor"].get("Columns", ()), *keys])
        return iceberg.create(
            call.objects,
            folded["StorageDescriptor"]["Location"],
            schema,
            spec=iceberg_types.identity_spec(schema, [key["Name"] for key in keys]),
            properties=document.get("Parameters", {}),
            version=version,
        )
    except (iceberg.IcebergError, SourceError, ValueError) as error:
        raise InvalidInputException(str(error)) from error


def _named(
    document: Mapping[str, Any], written: "Written", more: Mapping[str, str]
) -> dict[str, Any]:
    """A TableInput that names its metadata file."""
    parameters = {
        **document.get("Parameters", {}),
        **more,
        "table_type": "ICEBERG",
        "metadata_location": written.metadata_location,
    }
    descriptor = {
        **document.get("StorageDescriptor", {}),
        "Columns": storage.folded_columns(written.columns),
        "Location": written.location,
    }
    return {**document, "Parameters": parameters, "StorageDescriptor": descriptor}


def _updates(given: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """Iceberg's updates for one of Glue's; without an Action all that it holds is set."""
    schema = {"action": "add-schema", "schema": _schema(given["Schema"])}
    place = {"action": "set-location", "location": given["Location"].rstrip("/")}
    properties = given.get("Properties", {})
    setting = {"action": "set-properties", "updates": properties}
    action = given.get("Action")
    spec, order = given.get("PartitionSpec"), given.get("SortOrder")
    of_spec = [{"action": "add-spec", "spec": _spec(spec)}] if spec else []
    of_order = [{"action": "add-sort-order", "sort-order": _order(order)}] if order else []
    last_schema = {"action": "set-current-schema", "schema-id": -1}
    last_spec = [{"action": "set-default-spec", "spec-id": -1}] if spec else []
    last_order = [{"action": "set-default-sort-order", "sort-order-id": -1}] if order else []
    known: dict[str | None, Sequence[dict[str, Any]]] = {
        None: [schema, last_schema, *of_spec, *last_spec, *of_order, *last_order, place, setting],
        "add-schema": [schema],
        "set-current-schema": [last_schema | _chosen(given["Schema"], "SchemaId", "schema-id")],
        "add-spec": of_spec,
        "set-default-spec": [one | _chosen(spec, "SpecId", "spec-id") for one in last_spec],
        "add-sort-order": of_order,
        "set-default-sort-order": [
            one | _chosen(order, "OrderId", "sort-order-id") for one in last_order
        ],
        "set-location": [place],
        "set-properties": [setting],
        "remove-properties": [{"action": "remove-properties", "removals": [*properties]}],
    }
    if action not in known:
        raise InvalidInputException(f"{action} is not supported by this server.")
    return known[action]


def _chosen(given: Mapping[str, Any] | None, member: str, name: str) -> dict[str, int]:
    return {name: given[member]} if given and member in given else {}


def _schema(given: Mapping[str, Any]) -> dict[str, Any]:
    fields = [
        {
            "id": field["Id"],
            "name": field["Name"],
            "type": field["Type"],
            "required": field["Required"],
            **({"doc": field["Doc"]} if "Doc" in field else {}),
        }
        for field in given["Fields"]
    ]
    return {
        "type": "struct",
        "schema-id": given.get("SchemaId", 0),
        "identifier-field-ids": given.get("IdentifierFieldIds", []),
        "fields": fields,
    }


def _spec(given: Mapping[str, Any]) -> dict[str, Any]:
    fields = [
        {
            "source-id": field["SourceId"],
            "field-id": field.get("FieldId", number),
            "transform": field["Transform"],
            "name": field["Name"],
        }
        for number, field in enumerate(given["Fields"], start=1000)
    ]
    return {"spec-id": given.get("SpecId", 0), "fields": fields}


def _order(given: Mapping[str, Any]) -> dict[str, Any]:
    fields = [
        {
            "source-id": field["SourceId"],
            "transform": field["Transform"],
            "direction": field["Direction"],
            "null-order": field["NullOrder"],
        }
        for field in given["Fields"]
    ]
    return {"order-id": given["OrderId"], "fields": fields}
