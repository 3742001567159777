"""Crawls of real PostgreSQL and MariaDB servers, which these tests start."""

import json

import pytest
from database_servers import PASSWORD
from prospect import ROLE, Prospect, changes, columns

pytestmark = pytest.mark.xdist_group("dear")
ENGINES = ["postgresql", "mariadb"]


@pytest.fixture
def prospect(gluematch_server):
    return Prospect(gluematch_server)


@pytest.fixture
def bench(prospect, databases):
    """A PostgreSQL server, and a connection to it."""
    return connected(prospect, databases["postgresql"])


@pytest.fixture
def shop(prospect, databases):
    """A MariaDB server, and a connection to it."""
    return connected(prospect, databases["mariadb"])


def connected(prospect, database, name="link", **properties):
    if isinstance(database, str):
        pytest.skip(f"no server to crawl: {database}")
    given = {
        "JDBC_CONNECTION_URL": database.url,
        "USERNAME": database.user,
        "PASSWORD": database.password,
    }
    described = {k: v for k, v in (given | properties).items() if v is not None}
    prospect.glue.create_connection(
        ConnectionInput={
            "Name": name,
            "ConnectionType": "JDBC",
            "ConnectionProperties": described,
        }
    )
    return database


def targets(path, **more):
    return {"JdbcTargets": [{"ConnectionName": "link", "Path": path, **more}]}


def crawl(prospect, path, **more):
    return prospect.crawl(Targets=targets(path, **more))


def failure(prospect, path="bench/public/%"):
    prospect.create(Targets=targets(path), name="failing")
    record = prospect.run("failing")
    assert record["State"] == "FAILED"
    said = [record["ErrorMessage"], *prospect.lines("failing"), json.dumps(record, default=str)]
    said.append(prospect.crawler("failing")["LastCrawl"]["ErrorMessage"])
    assert PASSWORD not in str(said)
    assert "wrong!" not in str(said)
    return record["ErrorMessage"]


def test_the_tables_of_pgbench_are_found(prospect, bench):
    tables = crawl(prospect, "bench/public/%")
    names = [
        f"bench_public_pgbench_{one}" for one in ("accounts", "branches", "history", "tellers")
    ]
    assert sorted(tables) == names
    assert columns(tables["bench_public_pgbench_history"]) == [
        ("tid", "int"),
        ("bid", "int"),
        ("aid", "int"),
        ("delta", "int"),
        ("mtime", "timestamp"),
        ("filler", "string"),
    ]
    table = tables["bench_public_pgbench_accounts"]
    storage = table["StorageDescriptor"]
    assert storage["Location"] == "bench.public.pgbench_accounts"
    assert (storage["InputFormat"], storage["OutputFormat"]) == ("", "")
    assert storage["SerdeInfo"] == {"Parameters": {}}
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["PartitionKeys"] == []
    run = prospect.crawler()["LastCrawl"]["MessagePrefix"]
    assert table["Parameters"] == storage["Parameters"]
    assert table["Parameters"] == {
        "CRAWL_RUN_ID": run,
        "UPDATED_BY_CRAWLER": "crawler",
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "classification": "postgresql",
        "connectionName": "link",
        "typeOfData": "table",
    }


def test_types_of_postgresql_become_those_of_hive(prospect, bench):
    tables = crawl(prospect, "bench/sales/%")
    assert columns(tables["bench_sales_deals"]) == [
        ("id", "bigint"),
        ("small", "smallint"),
        ("amount", "decimal(12,3)"),
        ("huge", "decimal(38,18)"),
        ("ratio", "float"),
        ("score", "double"),
        ("paid", "boolean"),
        ("code", "string"),
        ("title", "string"),
        ("body", "string"),
        ("at", "timestamp"),
        ("at_zone", "timestamp"),
        ("due", "date"),
        ("opens", "string"),
        ("ref", "string"),
        ("raw", "binary"),
        ("tags", "array<string>"),
        ("counts", "array<int>"),
        ("more", "string"),
        ("place", "string"),
        ("span", "string"),
    ]
    kinds = {name: table["Parameters"]["typeOfData"] for name, table in tables.items()}
    assert kinds == {
        "bench_sales_deals": "table",
        "bench_sales_paid_deals": "view",
        "bench_sales_totals": "view",
    }


def test_the_databases_of_mariadb_have_no_schemas(prospect, shop):
    tables = crawl(prospect, "shop/%")
    assert sorted(tables) == ["shop_customers", "shop_orders", "shop_rich"]
    table = tables["shop_customers"]
    assert table["StorageDescriptor"]["Location"] == "shop.customers"
    assert table["Parameters"]["classification"] == "mariadb"
    assert tables["shop_rich"]["Parameters"]["typeOfData"] == "view"
    assert columns(table) == [
        ("id", "bigint"),
        ("name", "string"),
        ("born", "date"),
        ("credit", "decimal(12,2)"),
        ("vip", "boolean"),
        ("rating", "tinyint"),
        ("points", "smallint"),
        ("visits", "decimal(20,0)"),
        ("weight", "float"),
        ("score", "double"),
        ("photo", "binary"),
        ("flags", "binary"),
        ("since", "timestamp"),
        ("seen", "timestamp"),
        ("opens", "string"),
        ("joined", "date"),
        ("kind", "string"),
        ("notes", "string"),
        ("more", "string"),
    ]


def test_a_driver_of_mysql_reads_mariadb_too(prospect, databases):
    shop = databases["mariadb"]
    url = None if isinstance(shop, str) else shop.url.replace("mariadb", "mysql") + "?useSSL=false"
    connected(prospect, shop, JDBC_CONNECTION_URL=url)
    assert crawl(prospect, "shop/orders")["shop_orders"]["Parameters"]["classification"] == "mysql"


@pytest.mark.parametrize(
    ("path", "exclusions", "found"),
    [
        ("bench/public/pgbench_t%", [], ["public_pgbench_tellers"]),
        ("bench/%/%deals", [], ["sales_paid_deals"]),
        ("bench/sales/Deals", [], ["sales_deals"]),
        ("%/sales/totals", [], ["sales_totals"]),
        ("bench/%", ["public/**"], ["sales_deals", "sales_paid_deals", "sales_totals"]),
        ("bench/sales/%", ["{totals,D*}"], ["sales_paid_deals"]),
        ("bench/sales/%", ["bench/sales/*e*"], ["sales_totals"]),
    ],
)
def test_a_path_and_its_exclusions_choose_tables(prospect, bench, path, exclusions, found):
    tables = crawl(prospect, path, Exclusions=exclusions)
    assert sorted(tables) == [f"bench_{name}" for name in found]


def test_wildcards_reach_over_the_databases_of_mariadb(prospect, shop):
    assert sorted(crawl(prospect, "%/orders%")) == ["archive_orders_2001", "shop_orders"]


def test_comments_and_raw_types_come_where_they_are_asked_for(prospect, bench):
    both = ["COMMENTS", "RAWTYPES"]
    table = crawl(prospect, "bench/sales/Deals", EnableAdditionalMetadata=both)["bench_sales_deals"]
    assert table["Description"] == "what was sold"
    amount = table["StorageDescriptor"]["Columns"][2]
    assert amount["Comment"] == "in euros"
    assert amount["Parameters"] == {"rawType": "numeric(12,3)"}
    prospect.glue.update_crawler(Name="crawler", Targets=targets("bench/sales/Deals"))
    assert changes(prospect.run()) == {}


def test_raw_types_and_comments_of_mariadb(prospect, shop):
    both = ["COMMENTS", "RAWTYPES"]
    table = crawl(prospect, "shop/customers", EnableAdditionalMetadata=both)["shop_customers"]
    assert table["Description"] == "who buys"
    described = table["StorageDescriptor"]["Columns"]
    assert described[0]["Parameters"] == {"rawType": "int(10) unsigned"}
    assert described[1]["Comment"] == "as on the passport"


def test_a_second_crawl_writes_nothing_and_narrower_targets_retire_nothing_else(prospect, bench):
    before = crawl(prospect, "bench/public/%")
    assert changes(prospect.run()) == {}
    prospect.glue.update_crawler(Name="crawler", Targets=targets("bench/public/pgbench_b%"))
    assert changes(prospect.run()) == {}
    assert prospect.tables() == before


def test_a_table_that_the_path_excludes_from_now_on_is_deprecated(prospect, bench):
    crawl(prospect, "bench/sales/%")
    narrower = targets("bench/sales/%", Exclusions=["totals"])
    prospect.glue.update_crawler(Name="crawler", Targets=narrower)
    assert changes(prospect.run()) == {"TABLE": {"UPDATE": 1}}
    assert "DEPRECATED_BY_CRAWLER" in prospect.tables()["bench_sales_totals"]["Parameters"]


def test_a_login_may_lie_in_secrets_manager(prospect, databases):
    bench = databases["postgresql"]
    connected(prospect, bench, USERNAME=None, PASSWORD=None, SECRET_ID="bench-login")
    assert "The secret bench-login cannot be read" in failure(prospect)
    secrets = prospect.server.client("secretsmanager", account=prospect.account)
    login = {"username": bench.user, "password": bench.password}
    secrets.create_secret(Name="bench-login", SecretString=json.dumps(login))
    assert len(crawl(prospect, "bench/public/%")) == 4


def test_a_login_may_be_described_as_basic_authentication(prospect, databases):
    bench = databases["postgresql"]
    if isinstance(bench, str):
        pytest.skip(bench)
    basic = {"Username": bench.user, "Password": bench.password}
    place = {"HOST": "127.0.0.1", "PORT": str(bench.port), "DATABASE": "bench"}
    authentication = {"AuthenticationType": "BASIC", "BasicAuthenticationCredentials": basic}
    prospect.glue.create_connection(
        ConnectionInput={
            "Name": "link",
            "ConnectionType": "POSTGRESQL",
            "ConnectionProperties": place,
            "AuthenticationConfiguration": authentication,
        }
    )
    assert len(crawl(prospect, "%/public/%")) == 4


@pytest.mark.parametrize("engine", ENGINES)
def test_a_wrong_password_fails_the_crawl_without_showing_it(prospect, databases, engine):
    database = connected(prospect, databases[engine], PASSWORD="wrong!")
    said = failure(prospect, f"{database.database}/%")
    assert "password" in said
    assert "reader" in said


@pytest.mark.parametrize("engine", ENGINES)
def test_a_connection_is_tested_by_connecting(prospect, databases, engine):
    glue, refused = prospect.glue, prospect.glue.exceptions.InvalidInputException
    database = connected(prospect, databases[engine])
    assert glue.test_connection(ConnectionName="link")["ResponseMetadata"]["HTTPStatusCode"] == 200
    link = glue.get_connection(Name="link")["Connection"]
    given = {name: link[name] for name in ("ConnectionType", "ConnectionProperties")}
    glue.test_connection(TestConnectionInput=given)
    given["ConnectionProperties"] |= {"PASSWORD": "wrong!"}
    with pytest.raises(refused, match=f"{engine}://127.0.0.1:{database.port}") as error:
        glue.test_connection(TestConnectionInput=given)
    assert "wrong!" not in str(error.value)


def test_a_test_needs_one_connection(prospect):
    glue = prospect.glue
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.test_connection(ConnectionName="none")
    with pytest.raises(glue.exceptions.InvalidInputException, match="either"):
        glue.test_connection()
    kafka = {"ConnectionType": "KAFKA", "ConnectionProperties": {}}
    with pytest.raises(glue.exceptions.InvalidInputException, match="cannot be reached"):
        glue.test_connection(TestConnectionInput=kafka)


def test_a_database_that_is_not_there_fails_the_crawl(prospect, bench):
    assert 'database "none" does not exist' in failure(prospect, "none/%")
    connected(prospect, bench, name="closed", JDBC_CONNECTION_URL="jdbc:mysql://127.0.0.1:1/x")
    closed = {"JdbcTargets": [{"ConnectionName": "closed", "Path": "x/%"}]}
    prospect.glue.update_crawler(Name="failing", Targets=closed)
    assert "Connection refused" in prospect.run("failing")["ErrorMessage"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("jdbc:sqlserver://db:1433;databaseName=x;password=wrong!", "SQL Server cannot be reached"),
        ("jdbc:oracle:thin://@db:1521/x", "Oracle cannot be reached"),
        ("jdbc:redshift://db:5439/x?password=wrong!", "Redshift cannot be reached"),
        ("postgresql://reader:wrong!@db/x", "not of the form jdbc:postgresql://host:port/database"),
    ],
)
def test_what_cannot_be_reached_is_told_without_the_url(prospect, url, reason):
    properties = {"JDBC_CONNECTION_URL": url}
    link = {"Name": "link", "ConnectionType": "JDBC", "ConnectionProperties": properties}
    prospect.glue.create_connection(ConnectionInput=link)
    assert reason in failure(prospect)


def test_a_connection_that_is_not_there_fails_the_crawl(prospect):
    assert failure(prospect) == "Unable to retrieve connection link: Connection link not found."


@pytest.mark.parametrize(
    "target",
    [
        {"Path": "bench/public/%"},
        {"ConnectionName": "link"},
        {"ConnectionName": "link", "Path": "bench"},
        {"ConnectionName": "link", "Path": "a/b/c/d"},
    ],
)
def test_a_target_without_connection_or_path_is_refused(prospect, target):
    with pytest.raises(prospect.glue.exceptions.InvalidInputException, match="JDBC target"):
        prospect.glue.create_crawler(Name="x", Role=ROLE, Targets={"JdbcTargets": [target]})


def test_targets_come_back_with_all_their_lists(prospect):
    prospect.create(Targets=targets("bench/%"))
    found = prospect.crawler()["Targets"]
    assert found["JdbcTargets"] == [
        {
            "ConnectionName": "link",
            "Path": "bench/%",
            "Exclusions": [],
            "EnableAdditionalMetadata": [],
        }
    ]
    assert found["S3Targets"] == []
