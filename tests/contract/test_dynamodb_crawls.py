"""Crawls of DynamoDB tables, which lie on the same port."""

import pytest
from prospect import ROLE, Prospect, changes, columns


@pytest.fixture
def prospect(gluematch_server):
    return Prospect(gluematch_server)


@pytest.fixture
def dynamodb(prospect):
    client = prospect.server.client("dynamodb", account=prospect.account)
    client.create_table(
        TableName="Order.Lines",
        KeySchema=[
            {"AttributeName": "Order", "KeyType": "HASH"},
            {"AttributeName": "line", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "Order", "AttributeType": "S"},
            {"AttributeName": "line", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def put(dynamodb, line, **attributes):
    key = {"Order": {"S": "o1"}, "line": {"N": str(line)}}
    dynamodb.put_item(TableName="Order.Lines", Item=key | attributes)


def item(line):
    """One of many items, of which those behind the first thousand have another attribute."""
    name = "late" if line > 1001 else "early"
    return {"Order": {"S": "o1"}, "line": {"N": str(line)}, name: {"S": "x"}}


def targets(**more):
    return {"DynamoDBTargets": [{"Path": "Order.Lines", **more}]}


def test_columns_are_what_the_items_have(prospect, dynamodb):
    address = {"City": {"S": "Ulm"}, "zip": {"N": "89073"}}
    things = [{"M": {"sku": {"S": "a"}}}, {"M": {"n": {"N": "2"}}}]
    put(dynamodb, 1, price={"N": "1.5"}, paid={"BOOL": True}, address={"M": address})
    put(
        dynamodb, 2, price={"N": "2"}, things={"L": things}, tags={"SS": ["x"]}, note={"NULL": True}
    )
    put(dynamodb, 3, raw={"B": b"1"}, counts={"NS": ["1", "2"]}, mixed={"L": [{"S": "a"}]})
    put(dynamodb, 4, counts={"NS": ["0.5"]}, mixed={"L": [{"N": "1"}]}, huge={"N": "1e30"})
    tables = prospect.crawl(Targets=targets())
    assert list(tables) == ["order_lines"]
    assert columns(tables["order_lines"]) == [
        ("order", "string"),
        ("line", "bigint"),
        ("address", "struct<city:string,zip:bigint>"),
        ("counts", "array<double>"),
        ("huge", "double"),
        ("mixed", "array<string>"),
        ("note", "string"),
        ("paid", "boolean"),
        ("price", "double"),
        ("raw", "binary"),
        ("tags", "array<string>"),
        ("things", "array<struct<sku:string,n:bigint>>"),
    ]


def test_a_table_says_where_it_is_and_how_large(prospect, dynamodb):
    put(dynamodb, 1)
    put(dynamodb, 2)
    table = prospect.crawl(Targets=targets())["order_lines"]
    described = dynamodb.describe_table(TableName="Order.Lines")["Table"]
    storage = table["StorageDescriptor"]
    assert storage["Location"] == described["TableArn"]
    assert (storage["InputFormat"], storage["OutputFormat"]) == ("", "")
    told = {
        "classification": "dynamodb",
        "typeOfData": "table",
        "hashKey": "Order",
        "rangeKey": "line",
        "recordCount": "2",
        "sizeKey": str(described["TableSizeBytes"]),
    }
    assert {name: table["Parameters"].get(name) for name in told} == told
    assert changes(prospect.run()) == {}


def test_a_table_with_many_items_is_read_whole_unless_a_sample_is_enough(prospect, dynamodb):
    for start in range(0, 1025, 25):
        puts = [{"PutRequest": {"Item": item(line)}} for line in range(start, start + 25)]
        dynamodb.batch_write_item(RequestItems={"Order.Lines": puts})
    tables = prospect.crawl(Targets=targets(scanAll=False))
    assert [name for name, _ in columns(tables["order_lines"])] == ["order", "line", "early"]
    prospect.glue.update_crawler(Name="crawler", Targets=targets(scanAll=True))
    assert changes(prospect.run()) == {"TABLE": {"UPDATE": 1}}
    assert [name for name, _ in columns(prospect.tables()["order_lines"])] == [
        "order",
        "line",
        "early",
        "late",
    ]


def test_a_table_that_is_not_there_fails_the_crawl(prospect):
    prospect.create(Targets=targets())
    record = prospect.run()
    assert record["State"] == "FAILED"
    assert record["ErrorMessage"] == (
        "The DynamoDB table Order.Lines cannot be read (ResourceNotFoundException)."
    )


@pytest.mark.parametrize("target", [{}, {"Path": "no/name"}, {"Path": "abc", "scanRate": 1.6}])
def test_a_target_that_cannot_be_scanned_is_refused(prospect, target):
    with pytest.raises(prospect.glue.exceptions.InvalidInputException):
        prospect.glue.create_crawler(Name="x", Role=ROLE, Targets={"DynamoDBTargets": [target]})


def test_settings_of_a_target_come_back(prospect):
    prospect.create(Targets=targets(scanAll=False, scanRate=0.5))
    found = prospect.crawler()["Targets"]["DynamoDBTargets"]
    assert found == [{"Path": "Order.Lines", "scanAll": False, "scanRate": 0.5}]
