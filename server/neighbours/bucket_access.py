"""What other services read from buckets and write to them: imports and exports of DynamoDB, and
exports of CloudWatch Logs.

Moto asks no policy of a bucket there. So a bucket that has one is refused.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from .compression import unpacked
from .deliveries import wrap

_POLICY = "The bucket {} has a policy, which this server does not ask here."


def ask_for_policies(service: str) -> None:
    """From now on a service touches no bucket that has a policy."""
    found = {"dynamodb": _tables, "logs": _logs}.get(service)
    if found is not None:
        found()


@cache
def _tables() -> None:
    from moto.dynamodb.exceptions import MockValidationException  # noqa: PLC0415  # slow
    from moto.dynamodb.models import DynamoDBBackend, table_import  # noqa: PLC0415  # slow

    def import_table(backend: Any, call: Callable[..., Any], **named: Any) -> Any:
        bucket = named["s3_source"].get("S3Bucket", "")
        if _has_policy(backend, bucket):
            raise MockValidationException(_POLICY.format(bucket))
        return call(backend, **named)

    def export_table(backend: Any, call: Callable[..., Any], **named: Any) -> Any:
        if _has_policy(backend, named["s3_bucket"]):
            raise MockValidationException(_POLICY.format(named["s3_bucket"]))
        return call(backend, **named)

    def bounded(body: bytes) -> bytes:
        return unpacked(body, "GZIP")

    wrap(DynamoDBBackend, "import_table", import_table)
    wrap(DynamoDBBackend, "export_table", export_table)
    module: Any = table_import
    module.gzip_decompress = bounded  # moto finds it by this name


@cache
def _logs() -> None:
    from moto.logs.exceptions import InvalidParameterException  # noqa: PLC0415  # slow
    from moto.logs.models import LogsBackend  # noqa: PLC0415  # slow

    def create_export_task(backend: Any, call: Callable[..., Any], **named: Any) -> Any:
        if _has_policy(backend, named["destination"]):
            raise InvalidParameterException(_POLICY.format(named["destination"]))
        return call(backend, **named)

    wrap(LogsBackend, "create_export_task", create_export_task)


def _has_policy(backend: Any, name: str) -> bool:
    from moto.s3.models import s3_backends  # noqa: PLC0415  # slow

    bucket = s3_backends[backend.account_id][backend.partition].buckets.get(name)
    return bucket is not None and bucket.policy is not None
