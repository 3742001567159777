"""DynamoDB: tables with their items, streams and settings, and backups; no imports and exports that
went on, nor what waits for a Lambda."""

from .service import Backends, Service

DYNAMODB = Service(
    name="dynamodb",
    backends=(
        Backends(
            "moto.dynamodb.models",
            "dynamodb_backends",
            filled=("tables", "backups", "resource_policies"),
        ),
    ),
    modules=("moto.dynamodb.models.table", "moto.dynamodb.models.dynamo_type"),
    anew={
        kind: {"lambda_event_source_mappings": dict}
        for kind in ("Table", "RestoredTable", "RestoredPITTable")
    },
)
