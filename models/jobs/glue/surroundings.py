"""What a script's process is told from outside: how it reaches S3 and the server, and whose run
it is. Read once, when the script makes its GlueContext."""

import os
import sys
from dataclasses import dataclass, replace

from gluematch.models import ids
from gluematch.models.datasets.access import AwsAccess, AwsServices, usual_access
from gluematch.models.datasets.objects import ObjectStore


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`server` answers Glue and our own routes, as the account that the job belongs to."""

    objects: ObjectStore
    server: AwsAccess
    job_name: str
    job_run_id: str

    @property
    def services(self) -> AwsServices:
        """The AWS services that the server answers."""
        return AwsServices(self.server)


def found() -> Surroundings:
    """What the environment and the program's words say; a name of its own where they do not."""
    server = usual_access("glue")
    account = os.environ.get("GLUEMATCH_ACCOUNT")
    if account and account != server.access_key:
        secret = os.environ.get("GLUEMATCH_SECRET_KEY", "none")
        server = replace(server, access_key=account, secret_key=secret, session_token=None)
    return Surroundings(
        ObjectStore(usual_access("s3")),
        server,
        os.environ.get("GLUEMATCH_JOB_NAME") or word("--JOB_NAME") or "script",
        os.environ.get("GLUEMATCH_JOB_RUN_ID") or word("--JOB_RUN_ID") or ids.job_run_id(),
    )


def word(name: str) -> str | None:
    """What follows `name` among the program's words."""
    words = dict(zip(sys.argv, [*sys.argv[1:], None], strict=True))
    return words.get(name)
