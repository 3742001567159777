"""Tables of DynamoDB: what they say of themselves, and their items page by page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .access import AwsServices, SourceError

SAMPLE = 1000
"""How many items are looked at where not all are asked for."""

Item = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class DynamoTable:
    """A table: its ARN, its keys (the hash key first), its bytes and items as AWS counts them."""

    arn: str
    keys: tuple[str, ...]
    size: int
    items: int


def described(services: AwsServices, name: str) -> DynamoTable:
    """What DynamoDB says of a table. Raises SourceError."""
    with _in_words(name):
        table = services.client("dynamodb").describe_table(TableName=name)["Table"]
    keys = sorted(table["KeySchema"], key=lambda key: key["KeyType"])  # HASH, then RANGE
    return DynamoTable(
        table["TableArn"],
        tuple(key["AttributeName"] for key in keys),
        table.get("TableSizeBytes", 0),
        table.get("ItemCount", 0),
    )


def pages(services: AwsServices, name: str, *, everything: bool) -> Iterator[list[Item]]:
    """The items in DynamoDB's own notation, or the first SAMPLE of them. Raises SourceError."""
    limits = {} if everything else {"PaginationConfig": {"MaxItems": SAMPLE}}
    with _in_words(name):
        for page in (
            services.client("dynamodb").get_paginator("scan").paginate(TableName=name, **limits)
        ):
            yield page["Items"]


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "Unknown")
        raise SourceError(f"The DynamoDB table {name} cannot be read ({code}).") from error
    except BotoCoreError as error:
        raise SourceError(f"The DynamoDB table {name} cannot be read: {error}") from error
