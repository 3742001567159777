"""Queues of SQS: taking messages, and removing them or giving them back later.

It knows nothing of what messages say. Every failure leaves as a QueueError in plain words.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .access import AwsServices

ARN = re.compile(r"arn:[^:]+:sqs:(?P<region>[^:]+):(?P<account>\d{12}):(?P<name>[^:]+)")
AT_ONCE = 10
HIDDEN_SECONDS = 300
"""How long messages that were taken are hidden from others, if nobody removes them."""


class QueueError(Exception):
    """A queue cannot be used; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was taken: what removes it, and its text."""

    handle: str
    body: str


@dataclass(frozen=True, slots=True)
class Receipts:
    """What removes the messages that were taken from a queue."""

    queue: str
    handles: tuple[str, ...]


def take_all(services: AwsServices, queue: str) -> list[Message]:
    """Every message that the queue, named by its ARN, has to give now."""
    taken: list[Message] = []
    with _opened(services, queue) as (client, url):
        while found := client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=AT_ONCE,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=0,
        ).get("Messages"):
            taken += [Message(one["ReceiptHandle"], one["Body"]) for one in found]
    return taken


def put(services: AwsServices, queue: str, bodies: Sequence[str]) -> None:
    """Send messages."""
    with _opened(services, queue) as (client, url):
        for body in bodies:
            client.send_message(QueueUrl=url, MessageBody=body)


def remove(services: AwsServices, receipts: Receipts) -> None:
    """Remove messages; those that are gone already do no harm."""
    with _opened(services, receipts.queue) as (client, url):
        for entries in _batches(receipts.handles):
            client.delete_message_batch(QueueUrl=url, Entries=entries)


def give_back(services: AwsServices, receipts: Receipts) -> None:
    """Let others see the messages again at once."""
    with _opened(services, receipts.queue) as (client, url):
        for entries in _batches(receipts.handles):
            shown = [{**entry, "VisibilityTimeout": 0} for entry in entries]
            client.change_message_visibility_batch(QueueUrl=url, Entries=shown)


def _batches(handles: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(handles), AT_ONCE):
        some = handles[start : start + AT_ONCE]
        yield [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(some)]


@contextmanager
def _opened(services: AwsServices, queue: str) -> Iterator[tuple[Any, str]]:
    """A client in the queue's region, and the queue's URL."""
    arn = ARN.fullmatch(queue)
    if arn is None:
        raise QueueError(f"{queue} is not the ARN of an SQS queue.")
    try:
        client = AwsServices(replace(services.access, region=arn["region"])).client("sqs")
        found = client.get_queue_url(QueueName=arn["name"], QueueOwnerAWSAccountId=arn["account"])
        yield client, found["QueueUrl"]
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        if "NonExistentQueue" in code or "QueueDoesNotExist" in code:
            raise QueueError(
                f"SQS queue {queue} does not exist or the role provided does not have access to it"
            ) from error
        raise QueueError(f"SQS queue {queue} cannot be used: {code}") from error
    except BotoCoreError as error:
        raise QueueError(f"SQS queue {queue} cannot be reached: {error}") from error
