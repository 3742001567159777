"""Whatever an operation of a kept service puts into memory can be written, and read again.

Every operation that moto has of these services, and that adds or changes something, is called
through boto3 with values of every kind that it takes. An operation that moto learns fails this test
until it is called here.
"""

import base64
import json
import time
from importlib import import_module

import pytest
from botocore import xform_name
from moto.core.responses import BaseResponse

from gluematch.server.neighbours.actions import only_reads
from gluematch.server.neighbours.kept.graphs import Making
from gluematch.server.neighbours.kept.keeping import SERVICES

ME, REGION = "510000000021", "us-east-1"
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
TAGS = [{"Key": "a", "Value": "b"}]
NOTHING_ADDED = (
    "Cancel",
    "Check",
    "Deactivate",
    "Delete",
    "Detach",
    "Purge",
    "Remove",
    "Unsubscribe",
    "Untag",
)
NOT_CALLED = {
    "sts": {
        "AssumeRoleWithSAML",  # it stores what AssumeRole stores
    },
    "dynamodb": {
        "ExportTableToPointInTime",  # work that goes on, which is not kept
        "ImportTable",  # the same; its table is one of CreateTable
    },
    "logs": {
        "CreateExportTask",  # work that goes on, which is not kept
        "StartLiveTail",  # it answers with a stream of events
    },
    "secretsmanager": {"RotateSecret"},  # it wants a Lambda, which is not served
}


def arn(service, name, region=REGION):
    return f"arn:aws:{service}:{region}:{ME}:{name}"


QUEUE = {"QueueUrl": f"https://queue.amazonaws.com/{ME}/queue"}
BINARY = {"b": {"DataType": "Binary", "BinaryValue": b"\xff\x00"}}
REDRIVE = json.dumps({"deadLetterTargetArn": arn("sqs", "dead"), "maxReceiveCount": 1})
SQS = [
    ("CreateQueue", {"QueueName": "dead"}),
    ("CreateQueue", {"QueueName": "queue", "Attributes": {"RedrivePolicy": REDRIVE}}),
    ("CreateQueue", {"QueueName": "f.fifo", "Attributes": {"FifoQueue": "true"}}),
    ("AddPermission", {**QUEUE, "Label": "m", "AWSAccountIds": [ME], "Actions": ["SendMessage"]}),
    ("SetQueueAttributes", {**QUEUE, "Attributes": {"Policy": POLICY}}),
    ("TagQueue", {**QUEUE, "Tags": {"a": "b"}}),
    ("SendMessage", {**QUEUE, "MessageBody": "x", "MessageAttributes": BINARY}),
    (
        "SendMessage",
        {
            "QueueUrl": QUEUE["QueueUrl"].replace("/queue", "/f.fifo"),
            "MessageBody": "x",
            "MessageGroupId": "g",
            "MessageDeduplicationId": "d",
        },
    ),
    ("SendMessageBatch", {**QUEUE, "Entries": [{"Id": "1", "MessageBody": "y"}]}),
    ("ReceiveMessage", {**QUEUE, "AttributeNames": ["All"]}),
    (
        "ChangeMessageVisibility",
        lambda found: {
            **QUEUE,
            "ReceiptHandle": found["ReceiveMessage"]["Messages"][0]["ReceiptHandle"],
            "VisibilityTimeout": 60,
        },
    ),
    (
        "ChangeMessageVisibilityBatch",
        lambda found: {
            **QUEUE,
            "Entries": [
                {
                    "Id": "1",
                    "ReceiptHandle": found["ReceiveMessage"]["Messages"][0]["ReceiptHandle"],
                    "VisibilityTimeout": 60,
                }
            ],
        },
    ),
]

TOPIC = {"TopicArn": arn("sns", "topic")}
APPLICATION = {"PlatformApplicationArn": arn("sns", "app/GCM/app")}
FILTER = json.dumps({"a": ["b", {"numeric": ["=", 1]}, {"anything-but": ["c"]}]})
SNS = [
    ("CreateTopic", {"Name": "topic", "Tags": TAGS, "Attributes": {"DisplayName": "News"}}),
    ("CreateTopic", {"Name": "t.fifo", "Attributes": {"FifoTopic": "true"}}),
    ("AddPermission", {**TOPIC, "Label": "l", "AWSAccountId": [ME], "ActionName": ["Publish"]}),
    ("SetTopicAttributes", {**TOPIC, "AttributeName": "Policy", "AttributeValue": POLICY}),
    ("TagResource", {"ResourceArn": TOPIC["TopicArn"], "Tags": TAGS}),
    ("Subscribe", {**TOPIC, "Protocol": "sqs", "Endpoint": arn("sqs", "queue")}),
    (
        "SetSubscriptionAttributes",
        lambda found: {
            "SubscriptionArn": found["Subscribe"]["SubscriptionArn"],
            "AttributeName": "FilterPolicy",
            "AttributeValue": FILTER,
        },
    ),
    ("ConfirmSubscription", {**TOPIC, "Token": "a"}),
    ("Publish", {**TOPIC, "Message": "x", "MessageAttributes": BINARY}),
    ("PublishBatch", {**TOPIC, "PublishBatchRequestEntries": [{"Id": "1", "Message": "x"}]}),
    ("CreatePlatformApplication", {"Name": "app", "Platform": "GCM", "Attributes": {"a": "b"}}),
    ("SetPlatformApplicationAttributes", {**APPLICATION, "Attributes": {"Enabled": "true"}}),
    ("CreatePlatformEndpoint", {**APPLICATION, "Token": "t", "CustomUserData": "d"}),
    (
        "SetEndpointAttributes",
        lambda found: {**endpoint(found), "Attributes": {"Enabled": "true"}},
    ),
    (
        "Publish",
        lambda found: {"TargetArn": endpoint(found)["EndpointArn"], "Message": "x"},
    ),
    ("SetSMSAttributes", {"attributes": {"DefaultSMSType": "Promotional"}}),
    ("OptInPhoneNumber", {"phoneNumber": "+447420500600"}),
]


def endpoint(found):
    return {"EndpointArn": found["CreatePlatformEndpoint"]["EndpointArn"]}


SECRET = {"SecretId": "secret"}
SECRETS = [
    ("CreateSecret", {"Name": "secret", "SecretBinary": b"\xff", "Tags": TAGS}),
    ("PutSecretValue", {**SECRET, "SecretString": "x", "VersionStages": ["AWSCURRENT", "own"]}),
    ("UpdateSecret", {**SECRET, "SecretString": "y", "Description": "d"}),
    ("PutResourcePolicy", {**SECRET, "ResourcePolicy": POLICY}),
    ("TagResource", {**SECRET, "Tags": TAGS}),
    (
        "UpdateSecretVersionStage",
        lambda found: {
            **SECRET,
            "VersionStage": "AWSCURRENT",
            "RemoveFromVersionId": found["UpdateSecret"]["VersionId"],
            "MoveToVersionId": found["PutSecretValue"]["VersionId"],
        },
    ),
    ("ReplicateSecretToRegions", {**SECRET, "AddReplicaRegions": [{"Region": "eu-west-1"}]}),
    ("CreateSecret", {"Name": "gone", "SecretString": "x"}),
    ("DeleteSecret", {"SecretId": "gone"}),
    ("RestoreSecret", {"SecretId": "gone"}),
]

NAME, KEY = {"TableName": "table"}, {"k": {"S": "a"}}
ITEM = {
    **KEY,
    "g": {"N": "1"},
    "tree": {"M": {"$": {"S": "x"}, "of": {"L": [{"BOOL": True}, {"NULL": True}]}}},
    "sets": {"BS": [b"a"]},
    "numbers": {"NS": ["1", "1.5"]},
    "bytes": {"B": b"\xff"},
}
TABLE = {
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "k", "AttributeType": "S"},
        {"AttributeName": "g", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_g",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
RECOVERY = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
TABLE_ARN = {"ResourceArn": arn("dynamodb", "table/table")}
INSERT = "INSERT INTO \"table\" VALUE {'k': '%s', 'g': 1}"
DYNAMODB = [
    ("CreateTable", {**NAME, **TABLE}),
    ("PutItem", {**NAME, "Item": ITEM}),
    (
        "UpdateItem",
        {
            **NAME,
            "Key": KEY,
            "UpdateExpression": "SET g = g + :one, tree.more = :l ADD numbers :n REMOVE bytes",
            "ExpressionAttributeValues": {
                ":one": {"N": "1"},
                ":l": {"L": [{"S": "x"}]},
                ":n": {"NS": ["3"]},
            },
        },
    ),
    (
        "UpdateItem",
        {
            **NAME,
            "Key": KEY,
            "AttributeUpdates": {"old": {"Value": {"L": [{"S": "x"}]}, "Action": "PUT"}},
        },
    ),
    ("BatchWriteItem", {"RequestItems": {"table": [{"PutRequest": {"Item": ITEM}}]}}),
    (
        "TransactWriteItems",
        {"TransactItems": [{"Put": {**NAME, "Item": ITEM}}], "ClientRequestToken": "c"},
    ),
    ("TransactGetItems", {"TransactItems": [{"Get": {**NAME, "Key": KEY}}]}),
    ("ExecuteStatement", {"Statement": INSERT % "p"}),
    ("BatchExecuteStatement", {"Statements": [{"Statement": INSERT % "q"}]}),
    ("ExecuteTransaction", {"TransactStatements": [{"Statement": INSERT % "r"}]}),
    ("TagResource", {**TABLE_ARN, "Tags": TAGS}),
    ("PutResourcePolicy", {**TABLE_ARN, "Policy": POLICY}),
    (
        "UpdateTimeToLive",
        {**NAME, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "e"}},
    ),
    ("UpdateContinuousBackups", {**NAME, **RECOVERY}),
    ("UpdateTable", {**NAME, "SSESpecification": {"Enabled": True}}),
    ("CreateBackup", {**NAME, "BackupName": "backup"}),
    (
        "RestoreTableFromBackup",
        lambda found: {
            "TargetTableName": "restored",
            "BackupArn": found["CreateBackup"]["BackupDetails"]["BackupArn"],
        },
    ),
    (
        "RestoreTableToPointInTime",
        {"SourceTableName": "table", "TargetTableName": "earlier", "UseLatestRestorableTime": True},
    ),
]

GROUP = {"logGroupName": "group"}
STREAM = {**GROUP, "logStreamName": "stream"}
GROUP_ARN = {"resourceArn": arn("logs", "log-group:group")}
BUCKET = {"destinationResourceArn": "arn:aws:s3:::bucket"}
LOGS = [
    ("CreateLogGroup", {**GROUP, "tags": {"a": "b"}}),
    ("CreateLogGroup", {"logGroupName": "other"}),
    ("CreateLogStream", STREAM),
    ("PutLogEvents", lambda _: {**STREAM, "logEvents": [event()]}),
    ("PutRetentionPolicy", {**GROUP, "retentionInDays": 30}),
    ("TagLogGroup", {**GROUP, "tags": {"c": "d"}}),
    ("TagResource", {**GROUP_ARN, "tags": {"e": "f"}}),
    (
        "PutMetricFilter",
        {
            **GROUP,
            "filterName": "f",
            "filterPattern": "x",
            "metricTransformations": [
                {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
            ],
        },
    ),
    (
        "PutSubscriptionFilter",
        {
            **GROUP,
            "filterName": "f",
            "filterPattern": "",
            "destinationArn": arn("logs", "log-group:other"),
        },
    ),
    ("PutResourcePolicy", {"policyName": "p", "policyDocument": POLICY}),
    (
        "PutDestination",
        {"destinationName": "d", "targetArn": arn("kinesis", "stream/x"), "roleArn": "a" * 20},
    ),
    ("PutDestinationPolicy", {"destinationName": "d", "accessPolicy": POLICY}),
    (
        "PutDeliveryDestination",
        {"name": "d", "outputFormat": "json", "deliveryDestinationConfiguration": BUCKET},
    ),
    (
        "PutDeliveryDestinationPolicy",
        {"deliveryDestinationName": "d", "deliveryDestinationPolicy": POLICY},
    ),
    (
        "PutDeliverySource",
        {
            "name": "s",
            "resourceArn": f"arn:aws:cloudfront::{ME}:distribution/E1Q5F5862X9VJ5",
            "logType": "ACCESS_LOGS",
        },
    ),
    (
        "CreateDelivery",
        lambda found: {
            "deliverySourceName": "s",
            "deliveryDestinationArn": found["PutDeliveryDestination"]["deliveryDestination"]["arn"],
        },
    ),
    ("StartQuery", {**GROUP, "startTime": 0, "endTime": 1, "queryString": "fields @message"}),
]


def event():
    return {"timestamp": int(time.time() * 1000), "message": "line"}


USER, GROUP_NAME, ROLE = {"UserName": "user"}, {"GroupName": "group"}, {"RoleName": "role"}
PROFILE, OWN = {"InstanceProfileName": "profile"}, {"PolicyName": "own", "PolicyDocument": POLICY}
IAM_ARN = f"arn:aws:iam::{ME}:"
MADE = {"PolicyArn": f"{IAM_ARN}policy/policy"}
BOUNDARY = {"PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
PROVIDER = {"OpenIDConnectProviderArn": f"{IAM_ARN}oidc-provider/example.com"}
SAML = {"SAMLMetadataDocument": "a" * 1024}
ASSUMED = {"Effect": "Allow", "Principal": {"AWS": ME}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [ASSUMED]})
SSH = base64.b64encode(b"\0\0\0\7ssh-rsa\0\0\0\3\1\0\1\0\0\0\x81\0" + b"\x99" * 128).decode()
IAM = [
    ("CreateUser", {**USER, "Path": "/staff/", "Tags": TAGS, **BOUNDARY}),
    ("UpdateUser", {**USER, "NewPath": "/people/"}),
    ("TagUser", {**USER, "Tags": TAGS}),
    ("CreateAccessKey", USER),
    (
        "UpdateAccessKey",
        lambda found: {
            **USER,
            "AccessKeyId": found["CreateAccessKey"]["AccessKey"]["AccessKeyId"],
            "Status": "Inactive",
        },
    ),
    ("CreateLoginProfile", {**USER, "Password": "Xx1!xxxxxxxx"}),
    ("UpdateLoginProfile", {**USER, "Password": "Yy1!xxxxxxxx"}),
    ("PutUserPolicy", {**USER, **OWN}),
    ("CreateGroup", GROUP_NAME),
    ("UpdateGroup", {**GROUP_NAME, "NewPath": "/x/"}),
    ("AddUserToGroup", {**USER, **GROUP_NAME}),
    ("PutGroupPolicy", {**GROUP_NAME, **OWN}),
    ("CreateRole", {**ROLE, "AssumeRolePolicyDocument": TRUST, "Tags": TAGS}),
    ("UpdateRole", {**ROLE, "Description": "d"}),
    ("UpdateRoleDescription", {**ROLE, "Description": "e"}),
    ("UpdateAssumeRolePolicy", {**ROLE, "PolicyDocument": TRUST}),
    ("PutRolePermissionsBoundary", {**ROLE, **BOUNDARY}),
    ("PutRolePolicy", {**ROLE, **OWN}),
    ("TagRole", {**ROLE, "Tags": TAGS}),
    ("CreateServiceLinkedRole", {"AWSServiceName": "glue.amazonaws.com"}),
    ("CreatePolicy", {"PolicyName": "policy", "PolicyDocument": POLICY, "Tags": TAGS}),
    ("CreatePolicyVersion", {**MADE, "PolicyDocument": POLICY}),
    ("SetDefaultPolicyVersion", {**MADE, "VersionId": "v2"}),
    ("TagPolicy", {**MADE, "Tags": TAGS}),
    ("AttachUserPolicy", {**USER, **MADE}),
    ("AttachGroupPolicy", {**GROUP_NAME, **MADE}),
    ("AttachRolePolicy", {**ROLE, **MADE}),
    ("CreateInstanceProfile", PROFILE),
    ("AddRoleToInstanceProfile", {**PROFILE, **ROLE}),
    ("TagInstanceProfile", {**PROFILE, "Tags": TAGS}),
    ("CreateAccountAlias", {"AccountAlias": "alias"}),
    ("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 8}),
    ("CreateVirtualMFADevice", {"VirtualMFADeviceName": "device"}),
    (
        "EnableMFADevice",
        {
            **USER,
            "SerialNumber": f"{IAM_ARN}mfa/device",
            "AuthenticationCode1": "123456",
            "AuthenticationCode2": "654321",
        },
    ),
    ("CreateOpenIDConnectProvider", {"Url": "https://example.com", "ThumbprintList": ["a" * 40]}),
    ("UpdateOpenIDConnectProviderThumbprint", {**PROVIDER, "ThumbprintList": ["b" * 40]}),
    ("TagOpenIDConnectProvider", {**PROVIDER, "Tags": TAGS}),
    ("CreateSAMLProvider", {"Name": "saml", **SAML}),
    ("UpdateSAMLProvider", {"SAMLProviderArn": f"{IAM_ARN}saml-provider/saml", **SAML}),
    ("UploadSSHPublicKey", {**USER, "SSHPublicKeyBody": f"ssh-rsa {SSH} me"}),
    (
        "UpdateSSHPublicKey",
        lambda found: {
            **USER,
            "SSHPublicKeyId": found["UploadSSHPublicKey"]["SSHPublicKey"]["SSHPublicKeyId"],
            "Status": "Inactive",
        },
    ),
    (
        "UploadServerCertificate",
        {"ServerCertificateName": "c", "CertificateBody": "x", "PrivateKey": "y"},
    ),
    ("UploadSigningCertificate", lambda _: {**USER, "CertificateBody": certificate()}),
    (
        "UpdateSigningCertificate",
        lambda found: {
            **USER,
            "CertificateId": found["UploadSigningCertificate"]["Certificate"]["CertificateId"],
            "Status": "Inactive",
        },
    ),
    ("GenerateCredentialReport", {}),
]
STS = [
    ("AssumeRole", {"RoleArn": f"{IAM_ARN}role/role", "RoleSessionName": "session"}),
    (
        "AssumeRoleWithWebIdentity",
        {
            "RoleArn": f"{IAM_ARN}role/role",
            "RoleSessionName": "session",
            "WebIdentityToken": "token",
        },
    ),
]
CALLS = {
    "iam": IAM,
    "sts": STS,
    "sqs": SQS,
    "sns": SNS,
    "secretsmanager": SECRETS,
    "dynamodb": DYNAMODB,
    "logs": LOGS,
}


def certificate():
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def drawn(service):
    pieces = []
    service.draw(ME, pieces.append)
    return f"[{''.join(pieces)}]"


@pytest.mark.parametrize("name", CALLS)
def test_what_an_operation_puts_into_memory_can_be_written_and_read(gluematch_server, name):
    client = gluematch_server.client(name, account=ME)
    service = next(each for each in SERVICES if each.name == {"sts": "iam"}.get(name, name))
    found, unkept = {}, {}
    for operation, given in CALLS[name]:
        values = given(found) if callable(given) else given
        found[operation] = getattr(client, xform_name(operation))(**values)
        try:
            text = drawn(service)
            making = Making(service.classes())
            assert all(making.of([one["held"], one["rest"]]) for one in json.loads(text))
        except Exception as error:
            unkept[operation] = repr(error)
    assert unkept == {}


@pytest.mark.parametrize("name", CALLS)
def test_every_operation_of_motos_that_adds_something_is_called(gluematch_server, name):
    model = gluematch_server.client(name).meta.service_model
    handlers = [
        kind
        for kind in vars(import_module(f"moto.{name}.responses")).values()
        if isinstance(kind, type) and issubclass(kind, BaseResponse) and kind is not BaseResponse
    ]
    served = {
        operation
        for operation in model.operation_names
        if any(hasattr(kind, xform_name(operation)) for kind in handlers)
        if not only_reads(operation) and not operation.startswith(NOTHING_ADDED)
    }
    called = {operation for operation, _ in CALLS[name]}
    assert served - called - NOT_CALLED.get(name, set()) == set()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_an_account_that_has_one_thing_only_is_written(service):
    """Where all of `filled` is empty, an account is not: what begins empty belongs there."""
    beside = {
        (backends.name, name)
        for backends in service.backends
        for name in backends.beside
        if isinstance(getattr(fresh(backends), name), dict | list | set)
        if not getattr(fresh(backends), name)
    }
    assert beside == set()


def fresh(backends):
    by_account = getattr(import_module(backends.module), backends.name)
    return by_account.backend("us-east-1", ME)
