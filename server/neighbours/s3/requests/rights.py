"""The policy of a bucket: what it denies is refused, whoever asks.

In its own account nobody needs an Allow, for a key may use S3 there. An Allow matters where nobody
has signed: moto asks whether the object is there for all.
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, S3Backend

from gluematch.models.authorization import bucket_policies
from gluematch.models.authorization.bucket_policies import Asker, BucketPolicy, NotEnforced
from gluematch.models.authorization.policies import MalformedPolicy
from gluematch.models.scope import Scope
from gluematch.server.identities import Identity
from gluematch.server.protocol import identity
from gluematch.server.signatures import HEADERS

from . import context
from .actions import lock_actions, touched
from .operations import Called
from .refusals import Refused, not_implemented

log = logging.getLogger(__name__)
_here = threading.local()

_WITHOUT_A_POLICY = {"ListBuckets", "CreateBucket", "OPTIONS"}
_OF_ROOT = {"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"}
"""What nobody can take from the account itself, so that it cannot lock itself out."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a bucket or for an object in it: who asks, with which words."""

    called: Called
    bucket: str
    key: str | None
    headers: Mapping[str, str]
    who: Identity | None
    context: Mapping[str, tuple[str, ...]]
    versions: Mapping[str, frozenset[str]]
    """The keys that DeleteObjects names, each with the actions that this needs."""

    @property
    def asker(self) -> Asker:
        """As policies see the signer."""
        if self.who is None:
            return Asker(None)
        return Asker(self.who.account, self.who.arn, self.who.principal, self.who.user_id)


def request(
    environ: Mapping[str, Any],
    called: Called,
    bucket: str,
    key: str | None,
    deletes: Mapping[str, frozenset[str]],
) -> Request:
    """What policies are asked about a request."""
    headers: Mapping[str, str] = environ[HEADERS]
    who = context.signer(environ)
    where = identity.scope(environ) or Scope("", "")
    said = context.said(environ, called, headers, who, where)
    return Request(called, bucket, key, headers, who, said, deletes)


@contextmanager
def enforced(backend: S3Backend, asked: Request) -> Iterator[None]:
    """Let moto answer in the block what the bucket's policy does not deny. Raises Refused."""
    if asked.called.name not in _WITHOUT_A_POLICY:
        for action, bucket, key in touched(asked.called, asked.bucket, asked.key, asked.headers):
            _check(backend, asked, action, bucket, key)
    _here.asked = asked
    try:
        yield
    finally:
        _here.asked = None


_LARGEST_POLICY = 20 * 2**10
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html"""


def stand_in() -> None:
    """Let moto's buckets judge by our reading of policies from now on."""
    buckets: Any = FakeBucket
    buckets.get_permission = _permission


def check_document(bucket: FakeBucket, body: bytes) -> None:
    """Raise Refused for a policy that is none, or that is not enforced here."""
    if len(body) > _LARGEST_POLICY:
        why = "Policy exceeds the maximum allowed document size."
        raise Refused("MalformedPolicy", why)
    try:
        bucket_policies.read(body.decode("utf-8", "replace"), bucket.arn)
    except MalformedPolicy as error:
        raise Refused("MalformedPolicy", str(error)) from None
    except NotEnforced as error:
        raise not_implemented(str(error)) from None


def _check(backend: S3Backend, asked: Request, action: str, bucket: str, key: str | None) -> None:
    found = _bucket(backend, bucket)
    policy = None if found is None else _policy(found)
    if found is None or policy is None:
        return
    who = asked.who
    root = who is not None and (who.kind, who.account) == ("Account", found.account_id)
    if asked.called.name in _OF_ROOT and root:
        return
    arn = found.arn if key is None else f"{found.arn}/{key}"
    if policy.says("Deny", asked.asker, f"s3:{action}", arn, asked.context):
        name = "anonymous" if who is None else who.arn
        because = "with an explicit deny in a resource-based policy"
        why = (
            f'User: {name} is not authorized to perform: s3:{action} on resource: "{arn}" {because}'
        )
        raise Refused("AccessDenied", why, 403)


def _permission(bucket: FakeBucket, _action: str, resource: str) -> Any:
    """In the place of moto's own: it is asked for objects that are deleted together, and of others
    whether they are there for all. It names actions that there are not; we know the operation."""
    asked: Request | None = getattr(_here, "asked", None)
    policy = _policy(bucket)
    if asked is None or policy is None:
        return PermissionResult.NEUTRAL
    key = resource.partition(":::")[2].partition("/")[2]
    arn = f"{bucket.arn}/{key}"

    def said(effect: Any, actions: Any) -> bool:
        each = (policy.says(effect, asked.asker, f"s3:{a}", arn, asked.context) for a in actions)
        return any(each) if effect == "Deny" else all(each)

    if asked.called.name == "DeleteObjects":
        needed = asked.versions.get(key, frozenset({"DeleteObject"}))
        denied = said("Deny", needed | lock_actions(asked.headers))
        return PermissionResult.DENIED if denied else PermissionResult.NEUTRAL
    allowed = said(
        "Allow",
        [action for action, _, _ in touched(asked.called, asked.bucket, asked.key, asked.headers)],
    )
    return PermissionResult.PERMITTED if allowed else PermissionResult.NEUTRAL


def _bucket(backend: S3Backend, name: str) -> FakeBucket | None:
    try:
        return backend.get_bucket(name)
    except S3ClientError:
        return None


def _policy(bucket: FakeBucket) -> BucketPolicy | None:
    """A bucket's policy; none where an earlier version has taken one that cannot be enforced."""
    if bucket.policy is None:
        return None
    try:
        return bucket_policies.read(bucket.policy.decode("utf-8", "replace"), bucket.arn)
    except (MalformedPolicy, NotEnforced) as error:
        log.warning("the policy of the bucket %s is not enforced: %s", bucket.name, error)
        return None
