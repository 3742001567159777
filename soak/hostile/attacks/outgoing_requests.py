"""Requests for which the server would have to connect to an address that a client names.

SNS subscriptions and the confirmation of one, EventBridge's API destinations, templates by URL. No
connection may reach a listener on loopback. Nor may another account use a topic by its ARN.
"""

import json
import socket
import threading
from random import Random
from typing import Any

from soak.hostile.attack import Attack, Figures
from soak.hostile.listener import listening, read_some
from soak.hostile.server import LOW, OTHER, Key, Server

SECONDS = 5.0


def prepare(server: Server, _random: Random) -> None:
    """Ask each service, so that it is loaded."""
    figures = Figures()
    figures.call(server.client("sns").create_topic, Name="first")
    figures.call(server.client("events").list_rules)
    template = '{"Resources": {"A": {"Type": "AWS::Glue::Database"}}}'
    for call in ("validate_template", "get_template_summary"):
        operation = getattr(server.client("cloudformation"), call)
        figures.call(operation, TemplateBody=template)


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
            figures.call(call, **members, TemplateURL=f"http://{address}/template")
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
    made = figures.call(sns.create_topic, Name="topic")
    if made is None:
        return ""
    topic = str(made["TopicArn"])
    for key in (None, LOW):
        mine = _client(server, "sns", key)
        for protocol in ("http", "https"):
            endpoint = f"{protocol}://{address}/x"
            subscribe = {"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint}
            figures.call(mine.subscribe, **subscribe)
        figures.call(mine.publish, TopicArn=topic, Message="secret")
        entries = [{"Id": "a", "Message": "secret"}]
        figures.call(mine.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)
    return topic


def _events(server: Server, url: str, figures: Figures) -> None:
    """A rule of EventBridge whose target is a URL."""
    events = server.client("events")
    parameters = {"ApiKeyAuthParameters": {"ApiKeyName": "a", "ApiKeyValue": "b"}}
    linked = figures.call(
        events.create_connection,
        Name="link",
        AuthorizationType="API_KEY",
        AuthParameters=parameters,
    )
    if linked is None:
        return
    destination = figures.call(
        events.create_api_destination,
        Name="there",
        ConnectionArn=linked["ConnectionArn"],
        InvocationEndpoint=url,
        HttpMethod="POST",
    )
    figures.call(events.put_rule, Name="all", EventPattern=json.dumps({"source": ["attack"]}))
    if destination is not None:
        target = {"Id": "a", "Arn": destination["ApiDestinationArn"]}
        figures.call(events.put_targets, Rule="all", Targets=[target])
    entry = {"Source": "attack", "DetailType": "x", "Detail": "{}"}
    figures.call(events.put_events, Entries=[entry])


def _cross(server: Server, topic: str, figures: Figures) -> None:
    """Nothing that another account asks of the topic may succeed."""
    sns = server.client("sns", OTHER)
    subscription = {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:us-east-1:{OTHER.account}:q"}
    calls: tuple[tuple[Any, dict[str, str]], ...] = (
        (sns.get_topic_attributes, {}),
        (sns.list_subscriptions_by_topic, {}),
        (sns.subscribe, subscription),
        (sns.publish, {"Message": "x"}),
    )
    for operation, members in calls:
        if figures.call(operation, TopicArn=topic, **members) is not None:
            figures.faults.append(f"another account may use a topic: {operation.__name__}")
    figures.call(sns.delete_topic, TopicArn=topic)
    topics = server.client("sns").list_topics()["Topics"]
    if topic not in [one["TopicArn"] for one in topics]:
        figures.faults.append("another account deleted a topic")


def _client(server: Server, service: str, key: Key | None) -> Any:
    return server.client(service) if key is None else server.client(service, key)


ATTACK = Attack(name="outgoing_requests", run=run, prepare=prepare)
