"""Things of other services that the soak writes: a secret, a user, a queue, an item, lines of a
log."""

import json
import time
from abc import abstractmethod
from random import Random
from typing import Any

from botocore.exceptions import ClientError
from soaked import Clients, Step, Thing, Value

TABLE, GROUP = "soak", "/soak"
MOST = 40
_ABSENT = {
    "ResourceNotFoundException",
    "NoSuchEntity",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
}


def furnish_services(clients: Clients) -> None:
    """Make the table and the group that the things need."""
    clients.aws["dynamodb"].create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    clients.aws["logs"].create_log_group(logGroupName=GROUP)


def service_things(number: int) -> list[Thing]:
    """What one thread writes."""
    return [kind(f"{kind.__name__.lower()}-{number}") for kind in KINDS]


class ServiceThing(Thing):
    """A thing of a service, None where the service says that there is none."""

    service: str

    def step(self, clients: Clients, chance: Random) -> Step:
        return self.ask(clients.aws[self.service], self.may_be[0], chance)

    def found(self, clients: Clients) -> Value:
        try:
            return self.value(clients.aws[self.service])
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise
            return None

    @abstractmethod
    def ask(self, client: Any, now: Value, chance: Random) -> Step:
        """The value that a change leads to, and what asks for it."""

    @abstractmethod
    def value(self, client: Any) -> Value:
        """The value that the service has now."""


class Secret(ServiceThing):
    """Its text."""

    service = "secretsmanager"

    def ask(self, client: Any, now: Value, chance: Random) -> Step:
        text = f"{chance.random()}"
        if now is None:
            return text, lambda: client.create_secret(Name=self.name, SecretString=text)
        if chance.random() < 0.3:
            of = {"SecretId": self.name, "ForceDeleteWithoutRecovery": True}
            return None, lambda: client.delete_secret(**of)
        return text, lambda: client.put_secret_value(SecretId=self.name, SecretString=text)

    def value(self, client: Any) -> Value:
        return client.get_secret_value(SecretId=self.name)["SecretString"]


class User(ServiceThing):
    """Who its policy is for, empty without one."""

    service = "iam"

    def ask(self, client: Any, now: Value, chance: Random) -> Step:
        of = {"UserName": self.name}
        if now is None:
            return "", lambda: client.create_user(**of)
        if now == "" and chance.random() < 0.3:
            return None, lambda: client.delete_user(**of)
        policy = {**of, "PolicyName": "soak"}
        if now and chance.random() < 0.5:
            return "", lambda: client.delete_user_policy(**policy)
        arn = f"arn:aws:s3:::{chance.randrange(10**9)}"
        statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": arn}
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return arn, lambda: client.put_user_policy(**policy, PolicyDocument=text)

    def value(self, client: Any) -> Value:
        client.get_user(UserName=self.name)
        if not client.list_user_policies(UserName=self.name)["PolicyNames"]:
            return ""
        found = client.get_user_policy(UserName=self.name, PolicyName="soak")
        return found["PolicyDocument"]["Statement"][0]["Resource"]


class Queue(ServiceThing):
    """How many messages it has."""

    service = "sqs"

    def ask(self, client: Any, now: Value, chance: Random) -> Step:
        if now is None:
            return 0, lambda: client.create_queue(QueueName=self.name)
        of = {"QueueUrl": client.get_queue_url(QueueName=self.name)["QueueUrl"]}
        if now > MOST:
            return None, lambda: client.delete_queue(**of)
        if now and chance.random() < 0.4:
            (message,) = client.receive_message(**of, VisibilityTimeout=0)["Messages"]
            handle = message["ReceiptHandle"]
            return now - 1, lambda: client.delete_message(**of, ReceiptHandle=handle)
        return now + 1, lambda: client.send_message(**of, MessageBody=f"{chance.random()}")

    def value(self, client: Any) -> Value:
        of = {"QueueUrl": client.get_queue_url(QueueName=self.name)["QueueUrl"]}
        count = "ApproximateNumberOfMessages"
        return int(client.get_queue_attributes(**of, AttributeNames=[count])["Attributes"][count])


class Item(ServiceThing):
    """Its text."""

    service = "dynamodb"

    def ask(self, client: Any, now: Value, chance: Random) -> Step:
        of = {"TableName": TABLE, "Key": {"k": {"S": self.name}}}
        if now is not None and chance.random() < 0.3:
            return None, lambda: client.delete_item(**of)
        text = f"{chance.random()}"
        item = {"k": {"S": self.name}, "text": {"S": text}}
        return text, lambda: client.put_item(TableName=TABLE, Item=item)

    def value(self, client: Any) -> Value:
        found = client.get_item(TableName=TABLE, Key={"k": {"S": self.name}}).get("Item")
        return found and found["text"]["S"]


class Lines(ServiceThing):
    """How many lines a stream has."""

    service = "logs"

    def ask(self, client: Any, now: Value, chance: Random) -> Step:
        of = {"logGroupName": GROUP, "logStreamName": self.name}
        if now is None:
            return 0, lambda: client.create_log_stream(**of)
        if now > MOST:
            return None, lambda: client.delete_log_stream(**of)
        event = {"timestamp": int(time.time() * 1000), "message": f"{chance.random()}"}
        return now + 1, lambda: client.put_log_events(**of, logEvents=[event])

    def value(self, client: Any) -> Value:
        found = client.get_log_events(logGroupName=GROUP, logStreamName=self.name)
        return len(found["events"])


KINDS = (Secret, User, Queue, Item, Lines)
