"""Requests for which the server would have to connect to an address that a client names.

SNS subscriptions and the confirmation of one, EventBridge's API destinations, templates by URL. No
connection may reach a listener on loopback. Nor may another account use a topic by its ARN.
"""

import json
import socket
import threading
from collections.abc import Callable
from random import Random
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from soak.hostile.attack import CLOSED, Attack, Figures
from soak.hostile.listener import listening, read_some
from soak.hostile.server import LOW, OTHER, Key, Server

SECONDS = 5.0


def prepare(server: Server, _random: Random) -> None:
    """Ask each service, so that it is loaded."""
    figures = Figures()
    _count(figures, server.client("sns").create_topic, Name="first")
    _count(figures, server.client("events").list_rules)
    template = '{"Resources": {"A": {"Type": "AWS::Glue::Database"}}}'
    for call in ("validate_template", "get_template_summary"):
        operation = getattr(server.client("cloudformation"), call)
        _count(figures, operation, TemplateBody=template)


def run(server: Server, _random: Random) -> Figures:
    """Ask for all of them, then wait for connections."""
    figures = Figures()
    with listening(_answer) as listener:
        address = f"127.0.0.1:{listener.port}"
        topic = _subscribe(server, address, figures)
        _events(server, f"http://{address}/x", figures)
        stacks = server.client("cloudformation")
        for call in (stacks.create_stack, stacks.validate_template, stacks.get_template_summary):
            members = {"StackName": "elsewhere"} if call == stacks.create_stack else {}
            _count(figures, call, **members, TemplateURL=f"http://{address}/template")
        threading.Event().wait(SECONDS)
        received = [*listener.received]
    if received:
        figures.faults.append(
            f"the server connected {len(received)} times to a client's URL: {received[0][:60]!r}"
        )
    if topic:
        _cross(server, topic, figures)
    return figures


def _answer(connection: socket.socket) -> bytes:
    received = read_some(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    return received


def _subscribe(server: Server, address: str, figures: Figures) -> str:
    """Subscribe by http and https, by two keys, and publish; the topic's ARN, if there is one."""
    sns = server.client("sns")
    made = _count(figures, sns.create_topic, Name="topic")
    if made is None:
        return ""
    topic = str(made["TopicArn"])
    for key in (None, LOW):
        mine = _client(server, "sns", key)
        for protocol in ("http", "https"):
            endpoint = f"{protocol}://{address}/x"
            subscribe = {"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint}
            _count(figures, mine.subscribe, **subscribe)
        _count(figures, mine.publish, TopicArn=topic, Message="secret")
        entries = [{"Id": "a", "Message": "secret"}]
        _count(figures, mine.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)
    return topic


def _events(server: Server, url: str, figures: Figures) -> None:
    """A rule of EventBridge whose target is a URL."""
    events = server.client("events")
    parameters = {"ApiKeyAuthParameters": {"ApiKeyName": "a", "ApiKeyValue": "b"}}
    linked = _count(
        figures,
        events.create_connection,
        Name="link",
        AuthorizationType="API_KEY",
        AuthParameters=parameters,
    )
    if linked is None:
        return
    destination = _count(
        figures,
        events.create_api_destination,
        Name="there",
        ConnectionArn=linked["ConnectionArn"],
        InvocationEndpoint=url,
        HttpMethod="POST",
    )
    _count(figures, events.put_rule, Name="all", EventPattern=json.dumps({"source": ["attack"]}))
    if destination is not None:
        target = {"Id": "a", "Arn": destination["ApiDestinationArn"]}
        _count(figures, events.put_targets, Rule="all", Targets=[target])
    entry = {"Source": "attack", "DetailType": "x", "Detail": "{}"}
    _count(figures, events.put_events, Entries=[entry])


def _cross(server: Server, topic: str, figures: Figures) -> None:
    """Nothing that another account asks of the topic may succeed."""
    sns = server.client("sns", OTHER)
    queue = "arn:aws:sqs:us-east-1:444455556666:q"
    calls: dict[str, Callable[[], Any]] = {
        "attributes": lambda: _count(figures, sns.get_topic_attributes, TopicArn=topic),
        "subscriptions": lambda: _count(figures, sns.list_subscriptions_by_topic, TopicArn=topic),
        "subscribe": lambda: _count(
            figures, sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue
        ),
        "publish": lambda: _count(figures, sns.publish, TopicArn=topic, Message="x"),
        "delete": lambda: _count(figures, sns.delete_topic, TopicArn=topic),
    }
    for name, call in calls.items():
        if call() is not None and name != "delete":
            figures.faults.append(f"another account may use a topic: {name}")
    topics = server.client("sns").list_topics()["Topics"]
    if topic not in [one["TopicArn"] for one in topics]:
        figures.faults.append("another account deleted a topic")


def _client(server: Server, service: str, key: Key | None) -> Any:
    return server.client(service) if key is None else server.client(service, key)


def _count(figures: Figures, call: Callable[..., Any], **members: Any) -> Any:
    """The answer; None where the server refuses, which is right as well."""
    try:
        answer = call(**members)
    except ClientError as error:
        figures.count([error.response["ResponseMetadata"]["HTTPStatusCode"]])
        return None
    except BotoCoreError:
        figures.count([CLOSED])
        return None
    figures.count([answer["ResponseMetadata"]["HTTPStatusCode"]])
    return answer


ATTACK = Attack(name="outgoing_requests", run=run, prepare=prepare)
