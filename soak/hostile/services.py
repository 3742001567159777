"""Services that keep what they acknowledge: how to write one name, and the names that are there."""

import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from .server import OWNER

_PAGE = 100


class Service(ABC):
    """One service, as boto3 names it. `client` is boto3's."""

    name: ClassVar[str]

    def prepare(self, client: Any) -> None:
        """Make what it writes into."""
        self.write(client, "before")

    @abstractmethod
    def write(self, client: Any, name: str) -> None:
        """Raises ClientError or BotoCoreError where that is not acknowledged."""

    @abstractmethod
    def names(self, client: Any) -> set[str]:
        """All that are there."""


class _Glue(Service):
    name = "glue"

    def write(self, client: Any, name: str) -> None:
        client.create_database(DatabaseInput={"Name": name, "Description": "x" * 1000})

    def names(self, client: Any) -> set[str]:
        pages = client.get_paginator("get_databases").paginate()
        return {one["Name"] for page in pages for one in page["DatabaseList"]}


class _S3(Service):
    name = "s3"

    def prepare(self, client: Any) -> None:
        client.create_bucket(Bucket="written")

    def write(self, client: Any, name: str) -> None:
        client.put_object(Bucket="written", Key=name, Body=b"x" * 10_000)

    def names(self, client: Any) -> set[str]:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket="written")
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        return {key for key in keys if self._whole(client, key)}

    @staticmethod
    def _whole(client: Any, key: str) -> bool:
        body = client.get_object(Bucket="written", Key=key)["Body"].read()
        return bool(body == b"x" * 10_000)


class _SecretsManager(Service):
    name = "secretsmanager"

    def write(self, client: Any, name: str) -> None:
        client.create_secret(Name=name, SecretString="x" * 1000)

    def names(self, client: Any) -> set[str]:
        pages = client.get_paginator("list_secrets").paginate()
        return {one["Name"] for page in pages for one in page["SecretList"]}


class _Iam(Service):
    name = "iam"

    def write(self, client: Any, name: str) -> None:
        client.create_user(UserName=name)

    def names(self, client: Any) -> set[str]:
        pages = client.get_paginator("list_users").paginate()
        return {one["UserName"] for page in pages for one in page["Users"]}


class _Sqs(Service):
    name = "sqs"

    def prepare(self, client: Any) -> None:
        client.create_queue(QueueName="written", Attributes={"VisibilityTimeout": "0"})

    def write(self, client: Any, name: str) -> None:
        client.send_message(QueueUrl=self._url(client), MessageBody=name)

    def names(self, client: Any) -> set[str]:
        url, found = self._url(client), set[str]()
        hidden = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600}
        while messages := client.receive_message(**hidden).get("Messages"):
            found |= {message["Body"] for message in messages}
            for message in messages:
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        for name in found:
            client.send_message(QueueUrl=url, MessageBody=name)
        return found

    def _url(self, client: Any) -> str:
        return f"{client.meta.endpoint_url}/{OWNER.account}/written"


class _DynamoDb(Service):
    name = "dynamodb"

    def prepare(self, client: Any) -> None:
        client.create_table(
            TableName="written",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def write(self, client: Any, name: str) -> None:
        client.put_item(TableName="written", Item={"name": {"S": name}, "x": {"S": "x" * 1000}})

    def names(self, client: Any) -> set[str]:
        pages = client.get_paginator("scan").paginate(TableName="written")
        return {item["name"]["S"] for page in pages for item in page["Items"]}


class _Logs(Service):
    name = "logs"
    _where: ClassVar[dict[str, str]] = {"logGroupName": "written", "logStreamName": "one"}

    def prepare(self, client: Any) -> None:
        client.create_log_group(logGroupName="written")
        client.create_log_stream(**self._where)

    def write(self, client: Any, name: str) -> None:
        events = [{"timestamp": int(time.time() * 1000), "message": name}]
        client.put_log_events(**self._where, logEvents=events)

    def names(self, client: Any) -> set[str]:
        found, token = set[str](), dict[str, str]()
        while True:
            page = client.get_log_events(**self._where, startFromHead=True, limit=_PAGE, **token)
            if not page["events"]:
                return found
            found |= {event["message"] for event in page["events"]}
            token = {"nextToken": page["nextForwardToken"]}


SERVICES: tuple[Service, ...] = (
    _Glue(),
    _S3(),
    _SecretsManager(),
    _Iam(),
    _Sqs(),
    _DynamoDb(),
    _Logs(),
)
