"""Policies of buckets: statements that name their principals. What cannot be enforced is refused.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from . import decision, policies, wildcards
from .conditions import Context
from .decision import Resource
from .policies import Effect, MalformedPolicy, Policy

_ELEMENTS = frozenset({"Version", "Id", "Statement"})
_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_PRINCIPAL = re.compile(
    r"\*|\d{12}|arn:aws[a-z-]*:(iam::\d{12}:(root|user/.+|role/.+)|sts::\d{12}:.+)|A[A-Z0-9]{15,127}"
)
_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?")
ANYBODY = "*"

SAID = frozenset(
    [
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceip",
        "aws:useragent",
        "aws:userid",
        "aws:username",
        "aws:referer",
        "aws:principalisawsservice",
        "aws:viaawsservice",
        "s3:authtype",
        "s3:delimiter",
        "s3:max-keys",
        "s3:prefix",
        "s3:resourceaccount",
        "aws:resourceaccount",
        "s3:signatureversion",
        "s3:versionid",
        "s3:x-amz-acl",
        "s3:x-amz-content-sha256",
        "s3:x-amz-copy-source",
        "s3:x-amz-grant-full-control",
        "s3:x-amz-grant-read",
        "s3:x-amz-grant-read-acp",
        "s3:x-amz-grant-write",
        "s3:x-amz-grant-write-acp",
        "s3:x-amz-metadata-directive",
        "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:x-amz-server-side-encryption-customer-algorithm",
        "s3:x-amz-storage-class",
        "s3:x-amz-website-redirect-location",
        "s3:object-lock-mode",
        "s3:object-lock-legal-hold",
        "s3:object-lock-retain-until-date",
        "s3:if-match",
        "s3:if-none-match",
    ]
)
"""The condition keys that a request here has a value of, where it has one at AWS."""

ABSENT = frozenset(
    [
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourcevpcarn",
        "aws:vpcsourceip",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "s3:dataaccesspointarn",
        "s3:dataaccesspointaccount",
        "s3:accesspointnetworkorigin",
    ]
)
"""Those that no request here has: it comes through no VPC, no organization, no other service."""


class NotEnforced(ValueError):
    """A policy asks for something that is not enforced here; the message names it."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, by the names that policies know: account, ARN, principal, unique id. Nobody has
    signed for an `account` of None."""

    account: str | None
    arn: str = ""
    principal: str = ""
    user_id: str = ""

    def is_one_of(self, named: Iterable[str]) -> bool:
        """Whether principals of a statement, of the kind AWS, name it, its role or its account."""
        return any(self._is(each) for each in named)

    def _is(self, name: str) -> bool:
        if name == ANYBODY:
            return True
        if self.account is None:
            return False
        account = _ACCOUNT.fullmatch(name)
        if account is not None:
            return account[1] == self.account
        return name in {self.arn, self.principal, self.user_id.partition(":")[0]}


@dataclass(frozen=True, slots=True)
class BucketPolicy:
    """The statements of a policy, each with its principals of the kind AWS."""

    statements: tuple[tuple[tuple[str, ...], Policy], ...]

    def says(self, effect: Effect, asker: Asker, action: str, arn: str, context: Context) -> bool:
        """Whether a statement has that effect on what the asker wants to do."""
        of = [policy for named, policy in self.statements if asker.is_one_of(named)]
        return decision.says(effect, of, action, Resource(arn), context)


@lru_cache(maxsize=256)
def read(document: str, bucket: str) -> BucketPolicy:
    """The policy of the bucket with that ARN. Raises MalformedPolicy and NotEnforced."""
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise MalformedPolicy("Policies must be valid JSON and the first byte must be '{'")
    if strange := found.keys() - _ELEMENTS:
        raise MalformedPolicy(f"Unknown field {min(strange)}")
    if "Statement" not in found:
        raise MalformedPolicy("Missing required field Statement")
    given = found["Statement"]
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise MalformedPolicy("Statement is empty!")
    version = {"Version": found["Version"]} if "Version" in found else {}
    return BucketPolicy(tuple(_statement(each, version, bucket) for each in listed))


def _statement(
    given: Any, version: Mapping[str, Any], bucket: str
) -> tuple[tuple[str, ...], Policy]:
    if not isinstance(given, dict):
        raise MalformedPolicy("Invalid policy syntax.")
    for name in ("Effect", "Principal", "Action", "Resource"):
        if name not in given and f"Not{name}" not in given:
            raise MalformedPolicy(f"Missing required field {name}")
    if "NotPrincipal" in given:
        raise NotEnforced("NotPrincipal in the policy of a bucket")
    rest = {name: value for name, value in given.items() if name != "Principal"}
    try:
        policy = policies.read({**version, "Statement": [rest]})
    except MalformedPolicy as error:
        raise MalformedPolicy(f"Invalid policy syntax: {error}.") from None
    (statement,) = policy.statements
    if not all(action == "*" or action.startswith("s3:") for action in statement.actions):
        raise MalformedPolicy("Policy has invalid action")
    if not all(_is_of(bucket, resource) for resource in statement.resources):
        raise MalformedPolicy("Policy has invalid resource")
    for condition in statement.conditions:
        if condition.key not in SAID | ABSENT:
            raise NotEnforced(f"the condition key {condition.key} in the policy of a bucket")
    return _principals(given["Principal"], statement.effect), policy


def _principals(given: Any, effect: Effect) -> tuple[str, ...]:
    """The principals of the kind AWS: no services, federations and canonical users call here."""
    kinds = {"AWS": given} if given == ANYBODY else given
    if not isinstance(kinds, dict) or not kinds or kinds.keys() - _KINDS:
        raise MalformedPolicy("Invalid principal in policy")
    if "CanonicalUser" in kinds and effect == "Deny":
        raise NotEnforced("a Deny for a CanonicalUser in the policy of a bucket")
    found: dict[str, tuple[str, ...]] = {}
    for kind, names in kinds.items():
        listed = names if isinstance(names, list) else [names]
        if not listed or not all(isinstance(name, str) for name in listed):
            raise MalformedPolicy("Invalid principal in policy")
        found[kind] = tuple(listed)
    if not all(map(_PRINCIPAL.fullmatch, found.get("AWS", ()))):
        raise MalformedPolicy("Invalid principal in policy")
    return found.get("AWS", ())


def _is_of(bucket: str, resource: str) -> bool:
    """Whether a resource may be the bucket or an object in it."""
    pattern = wildcards.pattern(resource)
    whole = wildcards.fit(pattern, bucket).covers
    return whole or wildcards.fit(pattern, f"{bucket}/", below=True).meets
