"""Ordinary calls of Glue and S3, which a server has to answer before, during and after attacks."""

from botocore.exceptions import BotoCoreError, ClientError

from .attack import Skipped
from .server import Server

ANSWER_SECONDS = 5.0
"""Within which an ordinary call has to be answered after an attack."""


def furnish(server: Server) -> None:
    """Make what ordinary calls ask for, and load the services that attacks ask."""
    s3, glue = server.client("s3"), server.client("glue")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="people/people.csv", Body=b"id,name\n1,Ann\n2,Bob\n")
    glue.create_database(DatabaseInput={"Name": "kept"})
    server.client("iam").list_users()
    server.client("sts").get_caller_identity()
    if not answers_ordinary_calls(server):
        raise Skipped("the server does not answer before the attack")


def answers_ordinary_calls(server: Server) -> bool:
    """Whether Glue and S3 read and write, in time."""
    glue = server.client("glue", patience=ANSWER_SECONDS)
    s3 = server.client("s3", patience=ANSWER_SECONDS)
    try:
        glue.get_database(Name="kept")
        glue.update_database(Name="kept", DatabaseInput={"Name": "kept", "Description": "again"})
        s3.put_object(Bucket="kept", Key="ordinary", Body=b"body")
        return bool(s3.get_object(Bucket="kept", Key="ordinary")["Body"].read() == b"body")
    except (ClientError, BotoCoreError):
        return False
