"""The types of resources that stacks make: each is what boto3 finds, changes and sees deleted, and
it is there after the server was killed."""

import json
import threading
from contextlib import suppress

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from programs import serving
from prospect import PEOPLE, Prospect
from waiting import until

from gluematch.server.testing import GlueServer

ROLE = "arn:aws:iam::123456789012:role/r"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "glue.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
RIGHTS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}
ACCOUNT = {"Ref": "AWS::AccountId"}


def declared(kind, **properties):
    return {"Type": kind, "Properties": properties}


DATABASE = declared("AWS::Glue::Database", CatalogId=ACCOUNT, DatabaseInput={"Name": "db"})
COLUMNS = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]


def a_table(**more):
    inside = {
        "Name": "people",
        "PartitionKeys": [{"Name": "year", "Type": "string"}],
        "StorageDescriptor": {"Columns": COLUMNS, "Location": "s3://b/people/"},
        **more,
    }
    return declared(
        "AWS::Glue::Table", CatalogId=ACCOUNT, DatabaseName={"Ref": "Db"}, TableInput=inside
    )


@pytest.fixture
def stacks(gluematch_server, account):
    return gluematch_server.client("cloudformation", account=account)


@pytest.fixture
def service(gluematch_server, account):
    return lambda name: gluematch_server.client(name, account=account)


@pytest.fixture
def make(stacks):
    """Makes or updates the stack `s` of some resources; what Ref and GetAtt give of them."""

    def made(attributes=(), **resources):
        outputs = {name: {"Value": {"Ref": name}} for name in resources}
        for name, attribute in attributes:
            outputs[f"{name}{attribute}"] = {"Value": {"Fn::GetAtt": [name, attribute]}}
        text = json.dumps({"Resources": resources, "Outputs": outputs})
        there = stacks.list_stacks()["StackSummaries"]
        do = stacks.update_stack if there else stacks.create_stack
        do(StackName="s", TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
        stack = stacks.describe_stacks(StackName="s")["Stacks"][0]
        events = stacks.describe_stack_events(StackName="s")["StackEvents"]
        reasons = [event.get("ResourceStatusReason") for event in events]
        assert stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, reasons
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    return made


@pytest.fixture
def gone(stacks):
    def delete():
        stacks.delete_stack(StackName="s")
        assert stacks.list_stacks()["StackSummaries"] == []

    return delete


def test_a_table_with_its_partitions(make, gone, glue, account):
    def partition(*values, location="s3://b/people/year=1/"):
        return declared(
            "AWS::Glue::Partition",
            CatalogId=ACCOUNT,
            DatabaseName={"Ref": "Db"},
            TableName={"Ref": "People"},
            PartitionInput={
                "Values": list(values),
                "StorageDescriptor": {"Columns": COLUMNS, "Location": location},
            },
        )

    refs = make(Db=DATABASE, People=a_table(), One=partition("1"))
    assert (refs["Db"], refs["People"]) == ("db", "people")
    of = {"DatabaseName": "db", "TableName": "people"}
    made = glue.get_partition(**of, PartitionValues=["1"])["Partition"]
    make(Db=DATABASE, People=a_table(Description="all"), One=partition("1", location="s3://b/x/"))
    assert glue.get_table(DatabaseName="db", Name="people")["Table"]["Description"] == "all"
    changed = glue.get_partition(**of, PartitionValues=["1"])["Partition"]
    assert changed["StorageDescriptor"]["Location"] == "s3://b/x/"
    assert changed["CreationTime"] == made["CreationTime"]
    make(Db=DATABASE, People=a_table(Description="all"), One=partition("2"))
    found = glue.get_partitions(**of)["Partitions"]
    assert [each["Values"] for each in found] == [["2"]]
    gone()
    assert glue.get_databases()["DatabaseList"] == []


def test_a_crawler_that_really_crawls(gluematch_server):
    prospect = Prospect(gluematch_server)
    prospect.put(**{"in/people/a.csv": PEOPLE})
    stacks = gluematch_server.client("cloudformation", account=prospect.account)
    crawler = declared(
        "AWS::Glue::Crawler",
        Role=ROLE,
        DatabaseName={"Ref": "Db"},
        Targets={"S3Targets": [{"Path": f"s3://{prospect.bucket}/in/"}]},
        TablePrefix="raw_",
        SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
    )
    text = json.dumps(
        {"Resources": {"Db": DATABASE, "C": crawler}, "Outputs": {"C": {"Value": {"Ref": "C"}}}}
    )
    stacks.create_stack(StackName="s", TemplateBody=text)
    name = stacks.describe_stacks(StackName="s")["Stacks"][0]["Outputs"][0]["OutputValue"]
    assert name.startswith("s-C-")
    assert prospect.run(name)["State"] == "COMPLETED"
    assert set(prospect.tables()) == {"raw_in"}


def test_a_crawler_whose_schedule_is_taken_away(make, gone, glue):
    def crawler(**more):
        targets = {"S3Targets": [{"Path": "s3://b/in"}]}
        return declared(
            "AWS::Glue::Crawler", Name="c", Role=ROLE, Targets=targets, DatabaseName="db", **more
        )

    make(C=crawler(Schedule={"ScheduleExpression": "cron(0 1 * * ? *)"}, Description="nightly"))
    assert glue.get_crawler(Name="c")["Crawler"]["Schedule"]["State"] == "SCHEDULED"
    make(C=crawler())
    found = glue.get_crawler(Name="c")["Crawler"]
    assert "Schedule" not in found
    assert not found.get("Description")
    gone()
    assert glue.list_crawlers()["CrawlerNames"] == []


@pytest.mark.parametrize("junk", [1, "x", True, [], [1], 1e400, {"Name": []}, {"Name": {"a": 1}}])
@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("AWS::Glue::Database", "DatabaseInput"),
        ("AWS::Glue::Connection", "ConnectionInput"),
        ("AWS::Glue::Crawler", "Schedule"),
        ("AWS::Glue::Classifier", "CsvClassifier"),
        ("AWS::S3::Bucket", "BucketEncryption"),
        ("AWS::DynamoDB::Table", "StreamSpecification"),
        ("AWS::IAM::Role", "Policies"),
    ],
)
def test_a_property_of_another_type_fails_its_resource(
    gluematch_server, account, kind, given, junk
):
    """The stack says so, and can be deleted: nobody is told of an error inside the server."""
    stacks = gluematch_server.client("cloudformation", account=account)
    needed = {
        "AWS::Glue::Database": {"CatalogId": account},
        "AWS::Glue::Connection": {"CatalogId": account},
        "AWS::Glue::Crawler": {"Role": "r", "Targets": {}},
        "AWS::DynamoDB::Table": {"KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}]},
        "AWS::IAM::Role": {"AssumeRolePolicyDocument": {}},
    }.get(kind, {})
    resource = {"Type": kind, "Properties": {**needed, given: junk}}
    text = json.dumps({"Resources": {"R": resource}})
    stacks.create_stack(StackName="junk", TemplateBody=text, Capabilities=["CAPABILITY_IAM"])
    (stack,) = stacks.describe_stacks(StackName="junk")["Stacks"]
    assert stack["StackStatus"] in {"ROLLBACK_COMPLETE", "CREATE_COMPLETE"}
    stacks.delete_stack(StackName="junk")


def test_a_connection_and_classifiers(make, gone, glue):
    def connection(host):
        return declared(
            "AWS::Glue::Connection",
            CatalogId=ACCOUNT,
            ConnectionInput={
                "Name": "c",
                "ConnectionType": "JDBC",
                "ConnectionProperties": {
                    "JDBC_CONNECTION_URL": f"jdbc:postgresql://{host}:5432/x",
                    "USERNAME": "u",
                    "PASSWORD": "p",
                },
            },
        )

    classifiers = {
        "Csv": {
            "CsvClassifier": {
                "Name": "csv",
                "Delimiter": "|",
                "ContainsHeader": "PRESENT",
                "CustomDatatypeConfigured": True,
                "ContainsCustomDatatype": ["INT"],
            }
        },
        "Json": {"JsonClassifier": {"Name": "json", "JsonPath": "$.a"}},
        "Xml": {"XMLClassifier": {"Name": "xml", "Classification": "x", "RowTag": "row"}},
        "Grok": {"GrokClassifier": {"Classification": "g", "GrokPattern": "%{WORD:w}"}},
    }
    kinds = {name: declared("AWS::Glue::Classifier", **one) for name, one in classifiers.items()}
    refs = make(C=connection("one"), **kinds)
    assert (refs["C"], refs["Csv"], refs["Xml"]) == ("c", "csv", "xml")
    assert refs["Grok"].startswith("s-Grok-")
    assert glue.get_classifier(Name="csv")["Classifier"]["CsvClassifier"]["CustomDatatypes"] == [
        "INT"
    ]
    kinds["Json"]["Properties"]["JsonClassifier"]["JsonPath"] = "$.b"
    kinds["Grok"]["Properties"]["GrokClassifier"]["GrokPattern"] = "%{WORD:v}"
    again = make(C=connection("two"), **kinds)
    assert again == refs
    found = glue.get_classifier(Name=refs["Grok"])["Classifier"]["GrokClassifier"]
    assert found["GrokPattern"] == "%{WORD:v}"
    url = glue.get_connection(Name="c")["Connection"]["ConnectionProperties"]["JDBC_CONNECTION_URL"]
    assert url == "jdbc:postgresql://two:5432/x"
    gone()
    assert glue.get_classifiers()["Classifiers"] == []
    assert glue.get_connections()["ConnectionList"] == []


def test_a_transform_that_get_ml_transform_returns(make, gone, glue):
    def transform(**more):
        matches = {"PrimaryKeyColumnName": "id", "PrecisionRecallTradeoff": "0.9"}
        return declared(
            "AWS::Glue::MLTransform",
            Name="dedupe",
            Role=ROLE,
            InputRecordTables={
                "GlueTables": [{"DatabaseName": "db", "TableName": {"Ref": "People"}}]
            },
            TransformParameters={"TransformType": "FIND_MATCHES", "FindMatchesParameters": matches},
            **more,
        )

    people = a_table(PartitionKeys=[])
    refs = make(Db=DATABASE, People=people, T=transform(MaxCapacity="10", Tags={"a": "b"}))
    assert refs["T"].startswith("tfm-")
    found = glue.get_ml_transform(TransformId=refs["T"])
    assert (found["Name"], found["MaxCapacity"], found["Status"]) == ("dedupe", 10.0, "NOT_READY")
    assert found["Parameters"]["FindMatchesParameters"]["PrecisionRecallTradeoff"] == 0.9
    again = make(Db=DATABASE, People=people, T=transform(MaxCapacity=5, Description="x"))
    assert again["T"] == refs["T"]
    assert glue.get_ml_transform(TransformId=refs["T"])["MaxCapacity"] == 5.0
    gone()
    assert glue.list_ml_transforms()["TransformIds"] == []


def test_a_bucket_with_its_settings_and_policy(make, gone, service, account):
    name = f"made-{account}"

    def bucket(**more):
        return declared("AWS::S3::Bucket", BucketName=name, **more)

    encrypted = {
        "ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        ]
    }
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": {"Fn::Sub": "${B.Arn}/*"},
            }
        ],
    }
    refs = make(
        [("B", "Arn"), ("B", "DomainName"), ("B", "RegionalDomainName")],
        B=bucket(
            VersioningConfiguration={"Status": "Enabled"},
            BucketEncryption=encrypted,
            PublicAccessBlockConfiguration={"BlockPublicAcls": True},
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            Tags=[{"Key": "a", "Value": "b"}],
        ),
        P=declared("AWS::S3::BucketPolicy", Bucket={"Ref": "B"}, PolicyDocument=policy),
    )
    assert refs["BArn"] == f"arn:aws:s3:::{name}"
    assert refs["BRegionalDomainName"] == f"{name}.s3.us-east-1.amazonaws.com"
    s3 = service("s3")
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"][
        "BlockPublicAcls"
    ]
    found = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    assert found["Statement"][0]["Resource"] == f"arn:aws:s3:::{name}/*"
    make(B=bucket())
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=name)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=name)
    gone()
    assert s3.list_buckets()["Buckets"] == []


def test_roles_and_policies(make, gone, service, account):
    def role(*inline, attached=()):
        return declared(
            "AWS::IAM::Role",
            AssumeRolePolicyDocument=POLICY,
            ManagedPolicyArns=list(attached),
            Policies=[{"PolicyName": name, "PolicyDocument": RIGHTS} for name in inline],
        )

    managed = declared("AWS::IAM::ManagedPolicy", ManagedPolicyName="all", PolicyDocument=RIGHTS)
    refs = make([("R", "Arn")], M=managed, R=role("a", "b", attached=[{"Ref": "M"}]))
    assert refs["RArn"] == f"arn:aws:iam::{account}:role/{refs['R']}"
    assert refs["M"] == f"arn:aws:iam::{account}:policy/all"
    iam = service("iam")

    def rights():
        attached = iam.list_attached_role_policies(RoleName=refs["R"])["AttachedPolicies"]
        inline = iam.list_role_policies(RoleName=refs["R"])["PolicyNames"]
        return sorted(inline), [each["PolicyName"] for each in attached]

    assert rights() == (["a", "b"], ["all"])
    make(M=managed, R=role("b", "c"))
    assert rights() == (["b", "c"], [])
    gone()
    assert iam.list_roles()["Roles"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_queues_topics_groups_secrets_and_tables(make, gone, service, account):
    table = declared(
        "AWS::DynamoDB::Table",
        TableName="t",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    kinds = {
        "Q": declared("AWS::SQS::Queue", QueueName="q", DelaySeconds=5),
        "T": declared("AWS::SNS::Topic", TopicName="t", DisplayName="News"),
        "G": declared("AWS::Logs::LogGroup", LogGroupName="/g", RetentionInDays=7),
        "S": declared("AWS::SecretsManager::Secret", Name="s", SecretString="one"),
        "D": table,
    }
    refs = make([("Q", "Arn"), ("T", "TopicName"), ("G", "Arn"), ("D", "Arn")], **kinds)
    assert refs["QArn"] == f"arn:aws:sqs:us-east-1:{account}:q"
    assert refs["Q"] == service("sqs").get_queue_url(QueueName="q")["QueueUrl"]
    assert refs["T"] == f"arn:aws:sns:us-east-1:{account}:t"
    assert refs["DArn"] == f"arn:aws:dynamodb:us-east-1:{account}:table/t"
    secrets, sqs = service("secretsmanager"), service("sqs")
    assert secrets.get_secret_value(SecretId=refs["S"])["SecretString"] == "one"
    kinds["Q"] = declared("AWS::SQS::Queue", QueueName="q", DelaySeconds=6)
    kinds["S"] = declared("AWS::SecretsManager::Secret", Name="s", SecretString="two")
    kinds["G"] = declared("AWS::Logs::LogGroup", LogGroupName="/g")
    make(**kinds)
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "two"
    found = sqs.get_queue_attributes(QueueUrl=refs["Q"], AttributeNames=["DelaySeconds"])
    assert found["Attributes"]["DelaySeconds"] == "6"
    assert "retentionInDays" not in service("logs").describe_log_groups()["logGroups"][0]
    gone()
    assert sqs.list_queues().get("QueueUrls", []) == []
    assert service("sns").list_topics()["Topics"] == []
    assert service("dynamodb").list_tables()["TableNames"] == []
    assert secrets.list_secrets()["SecretList"] == []


def test_a_stack_and_all_that_it_has_made_outlives_a_kill(tmp_path):
    account = "484000000001"
    crawler = declared(
        "AWS::Glue::Crawler",
        Name="c",
        Role=ROLE,
        DatabaseName={"Ref": "Db"},
        Targets={"S3Targets": [{"Path": {"Fn::Sub": "s3://${B}/in"}}]},
    )
    text = json.dumps(
        {
            "Resources": {"B": declared("AWS::S3::Bucket"), "Db": DATABASE, "C": crawler},
            "Outputs": {"B": {"Value": {"Ref": "B"}}},
        }
    )
    with serving(tmp_path) as program:
        stacks = program.client("cloudformation", account=account)
        stacks.create_stack(StackName="s", TemplateBody=text)
        before = stacks.describe_stacks(StackName="s")["Stacks"]
        program.process.kill()
        program.process.wait()
    with serving(tmp_path) as program:
        stacks = program.client("cloudformation", account=account)
        after = stacks.describe_stacks(StackName="s")["Stacks"]
        assert after == before
        s3, glue = program.client("s3", account=account), program.client("glue", account=account)
        bucket = after[0]["Outputs"][0]["OutputValue"]
        assert s3.head_bucket(Bucket=bucket)
        assert glue.get_crawler(Name="c")
        stacks.delete_stack(StackName="s")
        assert stacks.list_stacks()["StackSummaries"] == []
        assert s3.list_buckets()["Buckets"] == []
        assert glue.list_crawlers()["CrawlerNames"] == []


def test_a_stack_whose_server_is_killed_says_so_and_can_be_deleted(tmp_path):
    account, many = "484000000002", 300
    names = [f"D{number}" for number in range(many)]
    resources = {
        name: declared(
            "AWS::Glue::Database", CatalogId=ACCOUNT, DatabaseInput={"Name": name.lower()}
        )
        for name in names
    }
    text = json.dumps({"Resources": resources})
    once = Config(retries={"total_max_attempts": 1})
    with serving(tmp_path) as program:
        stacks = program.client("cloudformation", account=account, config=once)

        def create():
            with suppress(BotoCoreError, ClientError):
                stacks.create_stack(StackName="s", TemplateBody=text)

        creating = threading.Thread(target=create)
        creating.start()

        def made():
            return len(program.client("glue", account=account).get_databases()["DatabaseList"])

        assert until(lambda: made() > 3, "the first resources")
        with pytest.raises(ClientError, match="CREATE_IN_PROGRESS state and can not be updated"):
            stacks.delete_stack(StackName="s")
        program.process.kill()
        program.process.wait()
        creating.join()
    with serving(tmp_path) as program:
        stacks = program.client("cloudformation", account=account)
        glue = program.client("glue", account=account)
        stack = stacks.describe_stacks(StackName="s")["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_FAILED"
        assert stack["StackStatusReason"] == "The server stopped while this was in progress."
        made = len(glue.get_databases()["DatabaseList"])
        assert 0 < made < many
        glue.create_database(DatabaseInput={"Name": "ours"})
        stacks.delete_stack(StackName="s")
        left = {each["Name"] for each in glue.get_databases()["DatabaseList"]} - {"ours"}
        assert len(left) <= 1, "what was being made when the server was killed may stay"


def test_a_stack_makes_nothing_of_a_service_that_is_closed():
    with GlueServer(services=("cloudformation", "sqs")) as server:
        stacks = server.client("cloudformation")
        resources = {"B": declared("AWS::S3::Bucket")}
        stacks.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": resources}))
        events = stacks.describe_stack_events(StackName="s")["StackEvents"]
        failed = [e for e in events if e["ResourceStatus"] == "CREATE_FAILED"]
        assert "The service 's3' is not served here." in failed[0]["ResourceStatusReason"]
