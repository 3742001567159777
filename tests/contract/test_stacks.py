"""Stacks of CloudFormation through boto3: made, changed, rolled back, deleted, and told of."""

import json

import pytest
from botocore.exceptions import ClientError
from classroom import refusal

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Description: A small lake with its crawler
Parameters:
  Stage:
    Type: String
    Default: dev
    AllowedValues: [dev, prod]
  Password:
    Type: String
    NoEcho: true
    Default: hush
Mappings:
  Days:
    dev: {Retention: 7}
    prod: {Retention: 30}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Lake:
    Type: AWS::S3::Bucket
    Properties:
      Tags:
      - {Key: stage, Value: !Ref Stage}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
        - {Effect: Allow, Principal: {Service: glue.amazonaws.com}, Action: sts:AssumeRole}
      Policies:
      - PolicyName: lake
        PolicyDocument:
          Version: 2012-10-17
          Statement: [{Effect: Allow, Action: "s3:*", Resource: !Sub "${Lake.Arn}/*"}]
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Join ["/", ["", lake, !Ref Stage]]
      RetentionInDays: !FindInMap [Days, !Ref Stage, Retention]
  Database:
    Type: AWS::Glue::Database
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseInput:
        Name: !Sub "people_${Stage}"
        Description: !If [IsProd, For all, !Ref "AWS::NoValue"]
  People:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      TableInput:
        Name: people
        Parameters: {classification: csv}
        StorageDescriptor:
          Location: !Sub
          - s3://${Bucket}/${Folder}/
          - {Bucket: !Ref Lake, Folder: people}
          Columns: [{Name: id, Type: bigint}, {Name: name, Type: string}]
  Crawler:
    Type: AWS::Glue::Crawler
    DependsOn: People
    Properties:
      Name: !Sub "crawler-${Stage}"
      Role: !GetAtt Role.Arn
      DatabaseName: !Ref Database
      Targets: {S3Targets: [{Path: !Sub "s3://${Lake}/in/"}]}
      Schedule: !If [IsProd, {ScheduleExpression: "cron(0 1 * * ? *)"}, !Ref "AWS::NoValue"]
      Tags: {owner: us}
  OnlyProd:
    Type: AWS::SQS::Queue
    Condition: IsProd
    Properties: {VisibilityTimeout: "45"}
Outputs:
  Bucket:
    Description: Where the data lies
    Value: !Ref Lake
    Export: {Name: !Sub "${AWS::StackName}-bucket"}
  Crawler: {Value: !Ref Crawler}
  Second: {Value: !Select [1, !Split ["_", !Ref Database]]}
  Queue: {Condition: IsProd, Value: !GetAtt OnlyProd.Arn}
"""
ABLE = ["CAPABILITY_IAM"]


def a_database(name="d", **more):
    """A declared database."""
    properties = {"CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": name, **more}}
    return {"Type": "AWS::Glue::Database", "Properties": properties}


def a_job(name="j", **more):
    """A declared job."""
    command = {"Name": "pythonshell", "ScriptLocation": "s3://b/s.py", "PythonVersion": "3.9"}
    properties = {"Name": name, "Role": "arn:aws:iam::123456789012:role/r", "Command": command}
    return {"Type": "AWS::Glue::Job", "Properties": {**properties, **more}}


def template(outputs=None, **resources):
    """The text of a template."""
    return json.dumps({"Resources": resources, **({"Outputs": outputs} if outputs else {})})


@pytest.fixture
def stacks(gluematch_server, account):
    return gluematch_server.client("cloudformation", account=account)


@pytest.fixture
def service(gluematch_server, account):
    return lambda name: gluematch_server.client(name, account=account)


def described(stacks, name="s"):
    return stacks.describe_stacks(StackName=name)["Stacks"][0]


def statuses(stacks, name="s"):
    """Events from the first on: logical id and status."""
    events = stacks.describe_stack_events(StackName=name)["StackEvents"]
    return [(each["LogicalResourceId"], each["ResourceStatus"]) for each in reversed(events)]


def reason(stacks, logical_id, status, name="s"):
    for each in stacks.describe_stack_events(StackName=name)["StackEvents"]:
        if (each["LogicalResourceId"], each["ResourceStatus"]) == (logical_id, status):
            return each.get("ResourceStatusReason")
    raise AssertionError(f"{logical_id} is not {status}")


def outputs(stacks, name="s"):
    return {each["OutputKey"]: each["OutputValue"] for each in described(stacks, name)["Outputs"]}


def databases(glue):
    return sorted(each["Name"] for each in glue.get_databases()["DatabaseList"])


def test_a_stack_makes_all_that_its_template_says(stacks, glue, service, account):
    made = stacks.create_stack(StackName="lake", TemplateBody=TEMPLATE, Capabilities=ABLE)
    stacks.get_waiter("stack_create_complete").wait(StackName="lake")
    stack = described(stacks, "lake")
    assert stack["StackId"] == made["StackId"]
    assert stack["Description"] == "A small lake with its crawler"
    assert {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]} == {
        "Stage": "dev",
        "Password": "****",
    }
    found = outputs(stacks, "lake")
    assert (found["Crawler"], found["Second"]) == ("crawler-dev", "dev")
    assert "Queue" not in found
    table = glue.get_table(DatabaseName="people_dev", Name="people")["Table"]
    assert table["StorageDescriptor"]["Location"] == f"s3://{found['Bucket']}/people/"
    crawler = glue.get_crawler(Name="crawler-dev")["Crawler"]
    assert crawler["Targets"]["S3Targets"][0]["Path"] == f"s3://{found['Bucket']}/in/"
    assert "Schedule" not in crawler
    arn = f"arn:aws:glue:us-east-1:{account}:crawler/crawler-dev"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"owner": "us"}
    tagged = service("s3").get_bucket_tagging(Bucket=found["Bucket"])["TagSet"]
    assert tagged == [{"Key": "stage", "Value": "dev"}]
    groups = service("logs").describe_log_groups(logGroupNamePrefix="/lake")["logGroups"]
    assert [(g["logGroupName"], g["retentionInDays"]) for g in groups] == [("/lake/dev", 7)]
    listed = stacks.list_stack_resources(StackName="lake")["StackResourceSummaries"]
    assert {r["LogicalResourceId"]: r["ResourceType"] for r in listed} == {
        "Lake": "AWS::S3::Bucket",
        "Role": "AWS::IAM::Role",
        "Logs": "AWS::Logs::LogGroup",
        "Database": "AWS::Glue::Database",
        "People": "AWS::Glue::Table",
        "Crawler": "AWS::Glue::Crawler",
    }
    assert {r["ResourceStatus"] for r in listed} == {"CREATE_COMPLETE"}
    role = stacks.describe_stack_resource(StackName="lake", LogicalResourceId="Role")
    role_name = role["StackResourceDetail"]["PhysicalResourceId"]
    document = service("iam").get_role_policy(RoleName=role_name, PolicyName="lake")
    assert document["PolicyDocument"]["Statement"][0]["Resource"] == (
        f"arn:aws:s3:::{found['Bucket']}/*"
    )
    order = [name for name, status in statuses(stacks, "lake") if status == "CREATE_COMPLETE"]
    for first, later in [("Lake", "Role"), ("Database", "People"), ("People", "Crawler")]:
        assert order.index(first) < order.index(later)


def test_an_update_changes_makes_replaces_and_removes(stacks, glue, service):
    stacks.create_stack(StackName="s", TemplateBody=TEMPLATE, Capabilities=ABLE)
    before = outputs(stacks)
    stacks.update_stack(
        StackName="s",
        UsePreviousTemplate=True,
        Capabilities=ABLE,
        Parameters=[
            {"ParameterKey": "Stage", "ParameterValue": "prod"},
            {"ParameterKey": "Password", "UsePreviousValue": True},
        ],
    )
    stacks.get_waiter("stack_update_complete").wait(StackName="s")
    after = outputs(stacks)
    assert after["Bucket"] == before["Bucket"]
    assert after["Queue"].startswith("arn:aws:sqs:us-east-1:")
    assert databases(glue) == ["people_prod"]
    assert glue.get_database(Name="people_prod")["Database"]["Description"] == "For all"
    assert glue.get_table(DatabaseName="people_prod", Name="people")
    assert glue.get_crawler(Name="crawler-prod")["Crawler"]["Schedule"]["ScheduleExpression"]
    assert glue.list_crawlers()["CrawlerNames"] == ["crawler-prod"]
    queue = service("sqs").list_queues()["QueueUrls"][0]
    found = service("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
    assert found["Attributes"]["VisibilityTimeout"] == "45"
    groups = service("logs").describe_log_groups(logGroupNamePrefix="/lake")["logGroups"]
    assert [g["logGroupName"] for g in groups] == ["/lake/prod"]


def test_an_update_in_place_keeps_what_was_made(stacks, glue, account):
    stacks.create_stack(
        StackName="s", TemplateBody=template(J=a_job(Tags={"a": "1", "b": "2"}, Timeout="10"))
    )
    created = glue.get_job(JobName="j")["Job"]["CreatedOn"]
    changed = a_job(Tags={"a": "3"}, Description="Now with words", MaxRetries="1")
    stacks.update_stack(StackName="s", TemplateBody=template(J=changed))
    job = glue.get_job(JobName="j")["Job"]
    assert (job["CreatedOn"], job["Description"], job["MaxRetries"]) == (
        created,
        "Now with words",
        1,
    )
    arn = f"arn:aws:glue:us-east-1:{account}:job/j"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"a": "3"}


def test_an_update_without_changes_is_refused(stacks):
    text = template(D=a_database())
    stacks.create_stack(StackName="s", TemplateBody=text)
    assert refusal(stacks.update_stack, StackName="s", TemplateBody=text) == (
        "ValidationError",
        "No updates are to be performed.",
    )


def test_a_resource_that_fails_takes_the_stack_back_with_the_reason(stacks, glue):
    glue.create_job(
        Name="j", Role="r", Command={"Name": "pythonshell", "ScriptLocation": "s3://b/s"}
    )
    later = {**a_database("later"), "DependsOn": "J"}
    text = template(D=a_database("first"), J={**a_job(), "DependsOn": "D"}, Later=later)
    stacks.create_stack(StackName="s", TemplateBody=text)
    assert statuses(stacks) == [
        ("s", "CREATE_IN_PROGRESS"),
        ("D", "CREATE_IN_PROGRESS"),
        ("D", "CREATE_COMPLETE"),
        ("J", "CREATE_IN_PROGRESS"),
        ("J", "CREATE_FAILED"),
        ("s", "ROLLBACK_IN_PROGRESS"),
        ("D", "DELETE_IN_PROGRESS"),
        ("D", "DELETE_COMPLETE"),
        ("s", "ROLLBACK_COMPLETE"),
    ]
    assert reason(stacks, "J", "CREATE_FAILED") == (
        "Job already exists. (Service: Glue, Status Code: 400, Error Code: AlreadyExistsException)"
    )
    assert reason(stacks, "s", "ROLLBACK_IN_PROGRESS") == (
        "The following resource(s) failed to create: [J]. Rollback requested by user."
    )
    assert databases(glue) == []
    assert glue.get_job(JobName="j"), "what was there before is nobody's to delete"
    code, message = refusal(
        stacks.update_stack, StackName="s", TemplateBody=template(D=a_database())
    )
    assert (code, message[-53:]) == (
        "ValidationError",
        "is in ROLLBACK_COMPLETE state and can not be updated.",
    )
    stacks.delete_stack(StackName="s")
    stacks.get_waiter("stack_delete_complete").wait(StackName="s")


@pytest.mark.parametrize(
    ("how", "status", "left"),
    [
        ({"DisableRollback": True}, "CREATE_FAILED", ["first"]),
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED", ["first"]),
        ({"OnFailure": "DELETE"}, None, []),
    ],
)
def test_a_client_says_what_becomes_of_a_stack_that_fails(how, status, left, stacks, glue):
    bad = a_job(WorkerType="Nope")
    text = template(D=a_database("first"), J={**bad, "DependsOn": "D"})
    stacks.create_stack(StackName="s", TemplateBody=text, **how)
    assert databases(glue) == left
    if status is None:
        assert refusal(stacks.describe_stacks, StackName="s") == (
            "ValidationError",
            "Stack with id s does not exist",
        )
    else:
        assert described(stacks)["StackStatus"] == status
        stacks.delete_stack(StackName="s")
        assert databases(glue) == []


def test_an_update_that_fails_leaves_all_as_it_was(stacks, glue):
    stacks.create_stack(
        StackName="s",
        TemplateBody=template(
            {"Out": {"Value": {"Ref": "D"}}}, D=a_database("d", Description="old"), J=a_job()
        ),
    )
    text = template(
        {"Out": {"Value": "new"}},
        D=a_database("d", Description="new"),
        New={**a_database("new"), "DependsOn": "D"},
        J={**a_job(WorkerType="Nope"), "DependsOn": "New"},
    )
    stacks.update_stack(StackName="s", TemplateBody=text)
    stack = described(stacks)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert outputs(stacks) == {"Out": "d"}
    assert databases(glue) == ["d"]
    assert glue.get_database(Name="d")["Database"]["Description"] == "old"
    assert reason(stacks, "s", "UPDATE_ROLLBACK_IN_PROGRESS") == (
        "The following resource(s) failed to update: [J]."
    )
    assert reason(stacks, "J", "UPDATE_FAILED").startswith(
        "1 validation error detected: Value 'Nope' at 'jobUpdate.workerType' failed"
    )
    body = stacks.get_template(StackName="s")["TemplateBody"]
    assert "New" not in body["Resources"]


def test_what_a_client_has_named_cannot_be_replaced_under_the_same_name(stacks, glue, account):
    stacks.create_stack(StackName="s", TemplateBody=template(D=a_database("d")))
    other = a_database("d")
    other["Properties"]["DatabaseName"] = "d"
    stacks.update_stack(StackName="s", TemplateBody=template(D=other))
    assert described(stacks)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "AlreadyExistsException" in reason(stacks, "D", "CREATE_FAILED")
    assert databases(glue) == ["d"]


def test_what_its_policy_retains_outlives_its_stack(stacks, glue):
    kept = {**a_database("kept"), "DeletionPolicy": "Retain"}
    stacks.create_stack(StackName="s", TemplateBody=template(K=kept, G=a_database("gone")))
    stacks.delete_stack(StackName="s")
    assert databases(glue) == ["kept"]


def test_a_removed_or_replaced_resource_is_retained_where_its_policy_says_so(stacks, glue):
    kept = {**a_database("a"), "UpdateReplacePolicy": "Retain", "DeletionPolicy": "Retain"}
    stacks.create_stack(StackName="s", TemplateBody=template(K=kept, J=a_job()))
    renamed = {**kept, "Properties": a_database("b")["Properties"]}
    stacks.update_stack(StackName="s", TemplateBody=template(K=renamed, J=a_job()))
    stacks.update_stack(StackName="s", TemplateBody=template(J=a_job()))
    assert databases(glue) == ["a", "b"]


def test_a_bucket_with_objects_stops_the_deletion_until_it_is_retained(stacks, service):
    text = template(B={"Type": "AWS::S3::Bucket"}, D=a_database())
    stacks.create_stack(StackName="s", TemplateBody=text)
    name = stacks.describe_stack_resources(StackName="s", LogicalResourceId="B")["StackResources"]
    bucket = name[0]["PhysicalResourceId"]
    service("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
    stacks.delete_stack(StackName="s")
    assert described(stacks)["StackStatus"] == "DELETE_FAILED"
    assert "BucketNotEmpty" in reason(stacks, "B", "DELETE_FAILED")
    stacks.delete_stack(StackName="s", RetainResources=["B"])
    assert stacks.list_stacks()["StackSummaries"] == []
    assert service("s3").head_bucket(Bucket=bucket)


def test_what_somebody_else_has_deleted_does_not_stop_the_deletion(stacks, glue):
    stacks.create_stack(StackName="s", TemplateBody=template(D=a_database(), J=a_job()))
    glue.delete_database(Name="d")
    glue.delete_job(JobName="j")
    stacks.delete_stack(StackName="s")
    assert stacks.list_stacks()["StackSummaries"] == []


def test_a_change_set_says_what_it_would_do_and_does_it(stacks, glue):
    made = stacks.create_change_set(
        StackName="s",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=template(D=a_database("a"), J=a_job()),
    )
    assert described(stacks)["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert databases(glue) == []
    stacks.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"])
    stacks.execute_change_set(ChangeSetName="first", StackName="s")
    assert described(stacks)["StackStatus"] == "CREATE_COMPLETE"
    assert databases(glue) == ["a"]
    stacks.create_change_set(
        StackName="s",
        ChangeSetName="second",
        TemplateBody=template(D=a_database("b"), New=a_job("n", Description={"Ref": "D"})),
    )
    found = stacks.describe_change_set(ChangeSetName="second", StackName="s")
    changes = {
        change["ResourceChange"]["LogicalResourceId"]: (
            change["ResourceChange"]["Action"],
            change["ResourceChange"].get("Replacement"),
        )
        for change in found["Changes"]
    }
    assert changes == {"D": ("Modify", "True"), "New": ("Add", None), "J": ("Remove", None)}
    assert databases(glue) == ["a"]
    assert [s["ChangeSetName"] for s in stacks.list_change_sets(StackName="s")["Summaries"]] == [
        "second"
    ]
    stacks.execute_change_set(ChangeSetName=found["ChangeSetId"])
    assert databases(glue) == ["b"]
    assert glue.list_jobs()["JobNames"] == ["n"]
    assert glue.get_job(JobName="n")["Job"]["Description"] == "b"


def test_a_change_set_without_changes_fails_and_is_not_executed(stacks):
    text = template(D=a_database())
    stacks.create_stack(StackName="s", TemplateBody=text)
    stacks.create_change_set(StackName="s", ChangeSetName="c", TemplateBody=text)
    found = stacks.describe_change_set(StackName="s", ChangeSetName="c")
    assert found["Status"] == "FAILED"
    assert found["StatusReason"].startswith("The submitted information didn't contain changes.")
    code, _ = refusal(stacks.execute_change_set, StackName="s", ChangeSetName="c")
    assert code == "InvalidChangeSetStatus"
    stacks.delete_change_set(StackName="s", ChangeSetName="c")
    code, _ = refusal(stacks.describe_change_set, StackName="s", ChangeSetName="c")
    assert code == "ChangeSetNotFound"


def test_a_stack_imports_what_another_exports(stacks, glue):
    stacks.create_stack(
        StackName="one",
        TemplateBody=template(
            {"Db": {"Value": {"Ref": "D"}, "Export": {"Name": "db"}}}, D=a_database("shared")
        ),
    )
    stacks.create_stack(
        StackName="two",
        TemplateBody=template(J=a_job(Description={"Fn::ImportValue": "db"})),
    )
    assert glue.get_job(JobName="j")["Job"]["Description"] == "shared"
    assert [e["Name"] for e in stacks.list_exports()["Exports"]] == ["db"]
    assert stacks.list_imports(ExportName="db")["Imports"] == ["two"]
    assert refusal(stacks.delete_stack, StackName="one") == (
        "ValidationError",
        "Export db cannot be deleted as it is in use by two",
    )
    stacks.delete_stack(StackName="two")
    stacks.delete_stack(StackName="one")
    assert stacks.list_exports()["Exports"] == []


def test_two_accounts_and_two_regions_are_kept_apart(gluematch_server, stacks, glue, account):
    other_account = gluematch_server.client("cloudformation", account="999900000002")
    other_region = gluematch_server.client("cloudformation", account=account, region="eu-west-1")
    stacks.create_stack(StackName="s", TemplateBody=template(D=a_database("ours")))
    for other in (other_account, other_region):
        assert other.list_stacks()["StackSummaries"] == []
        stack_id = described(stacks)["StackId"]
        assert refusal(other.describe_stacks, StackName=stack_id)[0] == "ValidationError"
        other.delete_stack(StackName=stack_id)
        other.create_stack(StackName="s", TemplateBody=template(D=a_database("theirs")))
        other.delete_stack(StackName="s")
    assert databases(glue) == ["ours"]
    assert described(stacks)["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::Glue::Trigger",
        "AWS::Glue::SecurityConfiguration",
        "AWS::Glue::Registry",
        "AWS::Glue::Schema",
        "AWS::Glue::DevEndpoint",
        "AWS::Glue::DataQualityRuleset",
        "AWS::EC2::Instance",
        "AWS::Lambda::Function",
        "AWS::CloudFormation::Stack",
        "AWS::CloudFormation::WaitConditionHandle",
        "Custom::Thing",
        "No::Such::Thing",
    ],
)
def test_a_type_that_this_server_does_not_have_is_refused_by_name(kind, stacks, glue):
    text = template(D=a_database(), Other={"Type": kind})
    expected = ("ValidationError", f"Template format error: Unrecognized resource types: [{kind}]")
    assert refusal(stacks.create_stack, StackName="s", TemplateBody=text) == expected
    assert refusal(stacks.validate_template, TemplateBody=text) == expected
    assert refusal(stacks.get_template_summary, TemplateBody=text) == expected
    assert stacks.list_stacks()["StackSummaries"] == []
    assert databases(glue) == []


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        (a_job(Nope=1), "Encountered unsupported property Nope"),
        (a_job(Command={"Name": "x", "Nope": 1}), "Encountered unsupported property Nope"),
        (a_job(Timeout="long"), "must be of type integer"),
        ({"Type": "AWS::Glue::Job", "Properties": {"Role": "r"}}, "Property Command cannot be"),
        (
            {"Type": "AWS::S3::Bucket", "Properties": {"LifecycleConfiguration": {}}},
            "Encountered unsupported property LifecycleConfiguration",
        ),
        (
            a_job(Description={"Fn::GetAtt": ["D", "Nope"]}),
            "Template error: resource D does not support attribute type Nope in Fn::GetAtt",
        ),
    ],
)
def test_a_property_that_this_server_does_not_understand_fails_its_resource(resource, why, stacks):
    stacks.create_stack(StackName="s", TemplateBody=template(D=a_database(), X=resource))
    assert described(stacks)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert why in reason(stacks, "X", "CREATE_FAILED")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            template(J=a_job(Description={"Ref": "Nope"})),
            "Template format error: Unresolved resource dependencies [Nope] in the Resources block"
            " of the template",
        ),
        (
            template({"O": {"Value": {"Ref": "Nope"}}}, D=a_database()),
            "Template format error: Unresolved resource dependencies [Nope] in the Outputs block of"
            " the template",
        ),
        (
            template(A=a_job(Description={"Ref": "B"}), B=a_job(Description={"Ref": "A"})),
            "Circular dependency between resources: [A, B]",
        ),
        (
            template(A=a_job(Description={"Fn::Cidr": ["a", 1, 2]})),
            "Template error: the function Fn::Cidr is not supported by this server.",
        ),
        (
            json.dumps(
                {"Resources": {"D": a_database()}, "Transform": "AWS::Serverless-2016-10-31"}
            ),
            "Template error: the section Transform is not supported by this server.",
        ),
        (
            json.dumps({"Parameters": {"P": {"Type": "String"}}, "Resources": {"D": a_database()}}),
            "Parameters: [P] must have values",
        ),
        (
            json.dumps({"Nope": 1, "Resources": {"D": a_database()}}),
            "Invalid template property or properties [Nope]",
        ),
        ("{}", "Template format error: At least one Resources member must be defined."),
    ],
)
def test_a_template_that_cannot_work_makes_no_stack(text, message, stacks):
    assert refusal(stacks.create_stack, StackName="s", TemplateBody=text) == (
        "ValidationError",
        message,
    )
    assert stacks.list_stacks()["StackSummaries"] == []


def test_roles_need_a_capability(stacks):
    assert refusal(stacks.create_stack, StackName="s", TemplateBody=TEMPLATE) == (
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_IAM]",
    )
    summary = stacks.validate_template(TemplateBody=TEMPLATE)
    assert summary["Capabilities"] == ABLE


def test_a_protected_stack_is_not_deleted(stacks, glue):
    stacks.create_stack(
        StackName="s", TemplateBody=template(D=a_database()), EnableTerminationProtection=True
    )
    assert refusal(stacks.delete_stack, StackName="s") == (
        "ValidationError",
        "Stack [s] cannot be deleted while TerminationProtection is enabled",
    )
    stacks.update_termination_protection(StackName="s", EnableTerminationProtection=False)
    stacks.delete_stack(StackName="s")
    assert databases(glue) == []


def test_tags_of_a_stack_reach_its_resources(stacks, glue, account):
    stacks.create_stack(
        StackName="s",
        TemplateBody=template(J=a_job(Tags={"own": "1", "both": "job"})),
        Tags=[{"Key": "team", "Value": "x"}, {"Key": "both", "Value": "stack"}],
    )
    arn = f"arn:aws:glue:us-east-1:{account}:job/j"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"own": "1", "both": "job", "team": "x"}


@pytest.mark.parametrize(
    "member",
    [
        {"NotificationARNs": ["arn:aws:sns:us-east-1:123456789012:t"]},
        {"StackPolicyBody": "{}"},
        {"StackPolicyURL": "https://s3.amazonaws.com/b/p"},
        {"ResourceTypes": ["AWS::*"]},
    ],
)
def test_what_would_have_no_effect_is_refused_by_name(member, stacks):
    code, message = refusal(
        stacks.create_stack, StackName="s", TemplateBody=template(D=a_database()), **member
    )
    assert code == "ValidationError"
    assert message.startswith(f"{next(iter(member))} is not supported by this server:")


def test_a_stack_of_a_name_is_one(stacks):
    text = template(D=a_database())
    stacks.create_stack(StackName="s", TemplateBody=text)
    assert refusal(stacks.create_stack, StackName="s", TemplateBody=text) == (
        "AlreadyExistsException",
        "Stack [s] already exists",
    )


def test_a_summary_says_what_a_template_needs(stacks):
    found = stacks.get_template_summary(TemplateBody=TEMPLATE)
    assert [p["ParameterKey"] for p in found["Parameters"]] == ["Stage", "Password"]
    assert found["Parameters"][0]["ParameterConstraints"]["AllowedValues"] == ["dev", "prod"]
    assert "AWS::Glue::Crawler" in found["ResourceTypes"]
    with pytest.raises(ClientError, match="must be one of AllowedValues"):
        stacks.create_stack(
            StackName="s",
            TemplateBody=TEMPLATE,
            Capabilities=ABLE,
            Parameters=[{"ParameterKey": "Stage", "ParameterValue": "nope"}],
        )


def test_the_aws_cli_deploys_a_stack_and_deletes_it(aws, gluematch_server, tmp_path):
    path = tmp_path / "lake.yaml"
    path.write_text(TEMPLATE)
    aws(
        *("cloudformation", "deploy", "--stack-name", "cli", "--template-file", str(path)),
        *("--parameter-overrides", "Stage=prod", "--capabilities", "CAPABILITY_IAM"),
    )
    stack = aws("cloudformation", "describe-stacks", "--stack-name", "cli")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    crawler = aws("glue", "get-crawler", "--name", "crawler-prod")["Crawler"]
    assert crawler["DatabaseName"] == "people_prod"
    aws("cloudformation", "delete-stack", "--stack-name", "cli")
    aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", "cli")
    assert "crawler-prod" not in aws("glue", "list-crawlers")["CrawlerNames"]


def test_a_large_stack_gives_back_every_place_that_it_took(stacks, glue):
    many = {f"D{number}": a_database(f"d{number}") for number in range(130)}
    stacks.create_stack(StackName="s", TemplateBody=template(**many))
    assert described(stacks)["StackStatus"] == "CREATE_COMPLETE"
    stacks.delete_stack(StackName="s")
    assert databases(glue) == []
