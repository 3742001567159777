"""Crawls that look only at what S3's events in a queue tell of."""

import json

import pytest
from prospect import PEOPLE, PETS, Prospect, changes, columns
from waiting import until

WIDER = b"id,name,height,city\n1,Ann,1.7,Ulm\n2,Bob,1.8,Bonn\n"


class Waiting(Prospect):
    """A bucket whose events go to a queue, and a crawler that reads that queue."""

    def __post_init__(self):
        super().__post_init__()
        self.sqs = self.server.client("sqs", account=self.account)
        self.queue, self.arn = self.new_queue("events")
        self.dead_letters, self.dead_arn = self.new_queue("dead")
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {"QueueArn": self.arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
                ]
            },
        )

    def new_queue(self, name):
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        asked = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, asked["Attributes"]["QueueArn"]

    def waiting(self, queue=None):
        """How many messages are in a queue, hidden ones too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        asked = self.sqs.get_queue_attributes(QueueUrl=queue or self.queue, AttributeNames=names)
        return sum(int(asked["Attributes"][name]) for name in names)

    def follow(self, path="in", dead_letters=True, **settings):
        """Create the crawler, crawl everything once, and forget the events of before."""
        target = {"Path": f"{self.uri}{path}", "EventQueueArn": self.arn}
        if dead_letters:
            target["DlqEventQueueArn"] = self.dead_arn
        settings.setdefault("RecrawlPolicy", {"RecrawlBehavior": "CRAWL_EVENT_MODE"})
        tables = self.crawl(Targets={"S3Targets": [target]}, **settings)
        self.sqs.purge_queue(QueueUrl=self.queue)
        return tables

    def say_nothing(self):
        """From now on objects come and go without events."""
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={}
        )

    def is_drained(self):
        until(lambda: self.waiting() == 0, "the queue to be empty")

    def gone(self, key):
        """Delete an object, and say so: moto's S3 tells nobody."""
        self.drop(key)
        self.tell(key, "ObjectRemoved:Delete")

    def tell(self, key, name="ObjectCreated:Put", **around):
        record = {
            "eventName": name,
            "s3": {"bucket": {"name": self.bucket}, "object": {"key": key}},
        }
        self.send({"Records": [record], **around})

    def send(self, message):
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=json.dumps(message))


@pytest.fixture
def waiting(gluematch_server):
    return Waiting(gluematch_server)


def hide(prospect, key):
    """An object whose content no one can read, without an event."""
    prospect.say_nothing()
    prospect.s3.put_object(Bucket=prospect.bucket, Key=key, Body=PEOPLE, StorageClass="GLACIER")


def test_only_the_folders_that_events_tell_of_are_read(waiting):
    waiting.put(**{"in/people/day=1/a.csv": PEOPLE, "in/people/day=2/b.csv": PEOPLE})
    waiting.put(**{"in/pets/c.csv": PETS})
    before = waiting.follow()
    assert any("not running in S3 event mode" in line for line in waiting.lines())
    waiting.put(
        **{"in/people/day=3/c d+ü.csv": WIDER, "in/people/day=2/b.csv": PEOPLE + b"3,C,2\n"}
    )
    hide(waiting, "in/people/day=1/a.csv")
    hide(waiting, "in/pets/c.csv")
    assert changes(waiting.run()) == {"TABLE": {"UPDATE": 1}, "PARTITION": {"ADD": 1, "UPDATE": 1}}
    assert any("by consuming Amazon S3 events" in line for line in waiting.lines())
    table = waiting.tables()["people"]
    assert columns(table) == [*columns(before["people"]), ("city", "string")]
    figures = {name: table["Parameters"][name] for name in ("objectCount", "recordCount")}
    assert figures == {"objectCount": "3", "recordCount": "7"}
    assert set(waiting.partitions("people")) == {("1",), ("2",), ("3",)}
    waiting.is_drained()
    assert waiting.run()["Summary"] == "{}"


def test_partitions_and_tables_whose_objects_events_say_are_gone_are_retired(waiting):
    waiting.put(**{"in/people/day=1/a.csv": PEOPLE, "in/people/day=2/b.csv": PEOPLE})
    waiting.put(**{"in/pets/c.csv": PETS})
    policy = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DELETE_FROM_DATABASE"}
    waiting.follow(SchemaChangePolicy=policy)
    waiting.gone("in/people/day=1/a.csv")
    waiting.gone("in/pets/c.csv")
    assert changes(waiting.run()) == {
        "TABLE": {"UPDATE": 1, "DELETE": 1},
        "PARTITION": {"DELETE": 1},
    }
    assert set(waiting.tables()) == {"people"}
    assert waiting.tables()["people"]["Parameters"]["objectCount"] == "1"
    assert set(waiting.partitions("people")) == {("2",)}


def test_events_of_unknown_folders_make_tables_and_others_none(waiting):
    waiting.put(**{"in/people/a.csv": PEOPLE})
    waiting.put(**{"in/pets/b.csv": PETS})
    waiting.follow()
    waiting.put(**{"in/more/north/c.csv": PETS, "in/more/south/d.csv": PETS})
    waiting.put(**{"elsewhere/e.csv": PETS, "in/_hidden/f.csv": PETS})
    waiting.tell("in/people/a.csv", "ObjectTagging:Put")
    assert changes(waiting.run()) == {"TABLE": {"ADD": 1}, "PARTITION": {"ADD": 2}}
    assert set(waiting.tables()) == {"people", "pets", "more"}
    assert set(waiting.partitions("more")) == {("north",), ("south",)}
    waiting.is_drained()


def test_events_that_sns_sent_on_are_understood_and_test_events_forgotten(waiting):
    waiting.put(**{"in/day=1/a.csv": PEOPLE})
    waiting.follow()
    waiting.send({"Service": "Amazon S3", "Event": "s3:TestEvent"})
    waiting.say_nothing()
    waiting.put(**{"in/day=2/b.csv": PEOPLE})
    record = {
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": waiting.bucket}, "object": {"key": "in/day%3D2/b.csv"}},
    }
    waiting.send({"Type": "Notification", "Message": json.dumps({"Records": [record]})})
    assert changes(waiting.run())["PARTITION"] == {"ADD": 1}
    waiting.is_drained()


def test_messages_that_are_no_events_go_to_the_queue_of_dead_letters(waiting):
    waiting.put(**{"in/day=1/a.csv": PEOPLE})
    waiting.follow()
    waiting.sqs.send_message(QueueUrl=waiting.queue, MessageBody="good morning")
    waiting.send({"Records": [{"eventName": "ObjectCreated:Put"}]})
    assert waiting.run()["Summary"] == "{}"
    waiting.is_drained()
    assert waiting.waiting(waiting.dead_letters) == 2


def test_messages_that_are_no_events_stay_where_nobody_else_wants_them(waiting):
    waiting.put(**{"in/day=1/a.csv": PEOPLE})
    waiting.follow(dead_letters=False)
    waiting.send(["good morning"])
    assert waiting.run()["Summary"] == "{}"
    assert waiting.waiting() == 1
    assert any("no events of S3: 1" in line for line in waiting.lines())


def test_a_crawl_that_fails_leaves_its_events_to_the_next(waiting):
    waiting.put(**{"in/day=1/a.csv": PEOPLE})
    before = waiting.follow()
    hide(waiting, "in/day=2/b.csv")
    waiting.tell("in/day=2/b.csv")
    assert waiting.run()["State"] == "FAILED"
    assert waiting.tables() == before
    assert waiting.waiting() == 1
    waiting.put(**{"in/day=2/b.csv": PEOPLE})
    assert changes(waiting.run())["PARTITION"] == {"ADD": 1}
    waiting.is_drained()


def test_findings_that_are_refused_leave_the_events_to_the_next_crawl(waiting):
    waiting.put(**{"in/people/a.csv": PEOPLE})
    waiting.put(**{"in/pets/b.csv": PETS})
    limit = {"CrawlerOutput": {"Tables": {"TableThreshold": 2}}}
    waiting.follow(configuration=limit)
    waiting.put(**{f"in/{name}/c.csv": PETS for name in ("x", "y", "z")})
    assert waiting.run()["State"] == "FAILED"
    assert waiting.waiting() == 3


def test_an_updated_crawler_lists_everything_once(waiting):
    waiting.put(**{"in/a.csv": PEOPLE})
    waiting.follow()
    waiting.say_nothing()
    waiting.put(**{"in/a.csv": WIDER})
    assert waiting.run()["Summary"] == "{}"
    waiting.glue.update_crawler(Name="crawler", Description="other")
    assert changes(waiting.run()) == {"TABLE": {"UPDATE": 1}}


def test_a_queue_that_does_not_exist_fails_the_crawl(waiting):
    waiting.put(**{"in/people/a.csv": PEOPLE})
    waiting.follow()
    waiting.sqs.delete_queue(QueueUrl=waiting.queue)
    record = waiting.run()
    assert record["ErrorMessage"] == (
        f"SQS queue {waiting.arn} does not exist or the role provided does not have access to it"
    )


def test_event_mode_needs_queues(waiting):
    mode = {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}
    refused = waiting.glue.exceptions.InvalidInputException
    with pytest.raises(refused, match="needs an EventQueueArn"):
        waiting.create("in", **mode)
    wrong = {"S3Targets": [{"Path": waiting.uri, "EventQueueArn": "arn:aws:sns:x:1:y"}]}
    with pytest.raises(refused, match="is not the ARN"):
        waiting.create(Targets=wrong, **mode)
    catalog = {"CatalogTargets": [{"DatabaseName": "db", "Tables": ["t"]}]}
    policy = {"DeleteBehavior": "LOG"}
    with pytest.raises(refused, match="not supported for CatalogTargets"):
        waiting.create(Targets=catalog, SchemaChangePolicy=policy, **mode)
