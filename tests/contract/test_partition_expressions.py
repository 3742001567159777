"""GetPartitions' Expression through boto3."""

import pytest

TYPES = {
    "year": "int",
    "name": "string",
    "price": "decimal(10,2)",
    "day": "date",
    "moment": "timestamp",
}
ROWS = [
    ("2019", "alpha", "0.5", "2019-01-31", "2019-01-31 00:00:00"),
    ("2020", "Beta", "10", "2020-02-29", "2020-02-29 12:30:00.5"),
    ("2021", "gam%ma", "9.99", "2021-12-31", "2021-12-31 23:59:59.999999999"),
    ("-7", "it's", "-3e2", "1999-1-1", "1999-01-01 00:00:00"),
]
ALL = {row[0] for row in ROWS}


@pytest.fixture
def ask(glue):
    """The years of the partitions that an expression asks for."""
    glue.create_database(DatabaseInput={"Name": "db"})
    keys = [{"Name": name, "Type": hive} for name, hive in TYPES.items()]
    glue.create_table(DatabaseName="db", TableInput={"Name": "t", "PartitionKeys": keys})
    inputs = [{"Values": list(row)} for row in ROWS]
    glue.batch_create_partition(DatabaseName="db", TableName="t", PartitionInputList=inputs)

    def answer(expression, **more):
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName="db", TableName="t", Expression=expression, **more
        )
        return {part["Values"][0] for page in pages for part in page["Partitions"]}

    return answer


def refusal(glue, ask, expression, code="InvalidInputException"):
    with pytest.raises(glue.exceptions.ClientError) as refused:
        ask(expression)
    assert refused.value.response["Error"]["Code"] == code
    return refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("year = 2020", {"2020"}),
        ("year = '2020'", {"2020"}),
        ("year = 02020", {"2020"}),
        ("year <> 2020", ALL - {"2020"}),
        ("year != 2020", ALL - {"2020"}),
        ("year > 2019", {"2020", "2021"}),
        ("year >= 2019 AND year <= 2020", {"2019", "2020"}),
        ("year < 0", {"-7"}),
        ("year > -10 and year < -5", {"-7"}),
        ("2020 < year", {"2021"}),
        ("year IN (2019, '2021', 5)", {"2019", "2021"}),
        ("year NOT IN (2019, 2021, -7)", {"2020"}),
        ("year BETWEEN 2019 AND 2020", {"2019", "2020"}),
        ("year NOT BETWEEN 2019 AND 2020", {"2021", "-7"}),
        ("NOT year = 2020", ALL - {"2020"}),
        ("NOT (year = 2020 OR name = 'alpha')", {"2021", "-7"}),
        ("NOT (year = 2020 AND name = 'alpha')", ALL),
        ("NOT NOT year = 2020", {"2020"}),
        ("year = 2019 OR year = '2020' OR name = 'it''s' OR name = 'x'", {"2019", "2020", "-7"}),
        ("year <> 2019 AND 2020 <> year AND name != 'it''s'", {"2021"}),
        ("NOT (year = 2019 OR year = 2020)", {"2021", "-7"}),
        ("NOT (year <> 2019 AND year <> 2020)", {"2019", "2020"}),
        ("NOT (year <> 2019 OR name = 'x')", {"2019"}),
        ("year = 2019 OR year = 2020 AND name = 'nobody'", {"2019"}),
        ("(year = 2019 OR year = 2020) AND name = 'nobody'", set()),
        ("(year) = ((2020)) (OR) (((year))) = (2019)", {"2019", "2020"}),
        ("year IS NULL", set()),
        ("year IS NOT NULL", ALL),
        ("YEAR = 2020 and `name` = 'Beta'", {"2020"}),
        ('"name" = \'Beta\'', {"2020"}),
        ("name = 'beta'", set()),
        ("name > 'Z'", {"2019", "2021", "-7"}),
        ("name = 'it''s'", {"-7"}),
        ("name LIKE '%a'", {"2019", "2020", "2021"}),
        ("name LIKE 'A%'", set()),
        ("name LIKE '_lpha'", {"2019"}),
        ("name NOT LIKE '%a'", {"-7"}),
        ("name LIKE '%\\%'", set()),
        ("name IN ('alpha', 'it''s')", {"2019", "-7"}),
        ("price = 10.00", {"2020"}),
        ("price > 9.5", {"2020", "2021"}),
        ("price <= '0.5'", {"2019", "-7"}),
        ("price = -300", {"-7"}),
        ("day = '2020-02-29'", {"2020"}),
        ("day < '2000-01-01'", {"-7"}),
        ("day BETWEEN '2019-01-31' AND '2020-02-29'", {"2019", "2020"}),
        ("moment = '2020-02-29 12:30:00.500000'", {"2020"}),
        ("moment > '2021-12-31 23:59:59.999999998'", {"2021"}),
        ("moment >= '2019-01-31 00:00:00.0' and moment < '2020-02-29 12:30:00.6'",
         {"2019", "2020"}),
        ("", ALL),
        ("   ", ALL),
    ],
)  # fmt: skip
def test_an_expression_asks_for_partitions_by_the_types_of_their_keys(ask, expression, expected):
    assert ask(expression) == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("year = 'test'", 'For input string: "test" is not an integer.'),
        ("year in (2.5)", 'For input string: "2.5" is not an integer.'),
        ("year LIKE '2%'", "Integral data type doesn't support operation 'LIKE'"),
        ("price = 'test'", "test is not a decimal."),
        ("price LIKE '2'", "Decimal data type doesn't support operation 'LIKE'"),
        ("day = '2020-02-30'", "2020-02-30 is not a date."),
        ("day LIKE '2'", "Date data type doesn't support operation 'LIKE'"),
        ("moment LIKE '2'", "Timestamp data type doesn't support operation 'LIKE'"),
        ("who = 1", "Invalid partition expression!"),
        ("who IS NULL", "Invalid partition expression!"),
        ("day = 2021 - 01 - 01", "Unsupported expression '2021 - 01 - 01'"),
        ("name IS test' AND not parsable", "Unsupported expression"),
        ("year = year", "Unsupported expression"),
        ("year", "Unsupported expression"),
        ("1 = 1", "Unsupported expression"),
        ("year + 1 = 2020", "Unsupported expression"),
        ("year = 2020; DROP TABLE partitions", "Unsupported expression"),
        ("year IN (SELECT 1)", "Unsupported expression"),
        ("length(name) = 4", "Unsupported expression"),
        ("name LIKE 'a%' ESCAPE '!'", "Unsupported expression"),
        ("year = 2020 AND", "Unsupported expression"),
        ("year = 2020)", "Unsupported expression"),
        ("-- year = 2020", "Unsupported expression"),
    ],
)
def test_what_the_language_does_not_have_is_refused(glue, ask, expression, message):
    assert message in refusal(glue, ask, expression)


def test_a_timestamp_is_written_whole(glue, ask):
    for wrong in ("2022-02-01", "2022-02-15 00:00:00.", "2022-02-32 00:00:00"):
        message = refusal(glue, ask, f"moment = '{wrong}'")
        assert message.startswith("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]")
        assert message.endswith(f"{wrong} is not a timestamp.")


def test_a_value_that_is_not_of_its_type_is_told_when_it_is_compared(glue, ask):
    odd = {"Values": ["null", "odd", "1", "2020-01-01", "2020-01-01 00:00:00"]}
    glue.create_partition(DatabaseName="db", TableName="t", PartitionInput=odd)
    message = refusal(glue, ask, "year >= 0", "InvalidStateException")
    assert message == 'For input string: "null" is not an integer.'
    refusal(glue, ask, "NOT year >= 0", "InvalidStateException")
    assert ask("name = 'odd'") == {"null"}
    assert ask("name = 'Beta' AND year > 0") == {"2020"}


def test_a_type_without_an_order_is_refused(glue):
    glue.create_database(DatabaseInput={"Name": "db"})
    keys = [{"Name": "share", "Type": "float"}]
    glue.create_table(DatabaseName="db", TableInput={"Name": "t", "PartitionKeys": keys})
    with pytest.raises(glue.exceptions.InvalidInputException, match="Unknown type : 'float'"):
        glue.get_partitions(DatabaseName="db", TableName="t", Expression="share = 3.14")


def test_keys_may_bear_the_names_of_sql(glue):
    glue.create_database(DatabaseInput={"Name": "db"})
    names = ["date", "order", "timestamp", "end", "a.b"]
    keys = [{"Name": name, "Type": "string"} for name in names]
    glue.create_table(DatabaseName="db", TableInput={"Name": "t", "PartitionKeys": keys})
    where = {"DatabaseName": "db", "TableName": "t"}
    glue.create_partition(**where, PartitionInput={"Values": ["1", "2", "3", "4", "5"]})
    expression = "date = '1' AND order = '2' AND timestamp IN ('3') AND NOT end < '4' AND a.b = '5'"
    assert len(glue.get_partitions(**where, Expression=expression)["Partitions"]) == 1


def test_pages_and_segments_of_an_expression_are_those_of_its_partitions(glue, ask):
    found = [
        ask(
            "year > 0",
            Segment={"SegmentNumber": number, "TotalSegments": 2},
            PaginationConfig={"PageSize": 1},
        )
        for number in range(2)
    ]
    assert sorted(year for part in found for year in part) == ["2019", "2020", "2021"]


def test_a_page_goes_on_where_it_was_whatever_was_written_since(glue, ask):
    where = {"DatabaseName": "db", "TableName": "t", "Expression": "year > 0", "MaxResults": 1}
    first = glue.get_partitions(**where)
    taken = first["Partitions"][0]["Values"]
    glue.delete_partition(DatabaseName="db", TableName="t", PartitionValues=taken)
    second = glue.get_partitions(**where, NextToken=first["NextToken"])
    assert [part["Values"][0] for part in (*first["Partitions"], *second["Partitions"])] == [
        "2019",
        "2020",
    ]
    other = {**where, "Expression": "year > 1"}
    with pytest.raises(glue.exceptions.InvalidInputException, match="NextToken"):
        glue.get_partitions(**other, NextToken=first["NextToken"])


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 1000 + "year = 1" + ")" * 1000,
        "not " * 500 + "year = 1",
        "year = " + "-" * 2000 + "1",
        "(((((((((((((((((((((((" * 80,
        "a.".rjust(2, "a") * 1000 + "b = 1",
        "case when " * 200,
    ],
)
def test_an_expression_that_means_harm_is_refused(glue, ask, expression):
    refusal(glue, ask, expression[:2048])


def test_the_longest_expression_works(ask):
    expression = " OR ".join(f"year = {year}" for year in range(1000, 1130)) + " or year = 2020"
    assert 1900 < len(expression) <= 2048
    assert ask(expression) == {"2020"}
    assert ask(f"year in ({','.join(str(year) for year in range(1700, 2090))})") == ALL - {"-7"}
