"""Types of IAM. To make them takes a capability that the client acknowledges, and its rights."""

from collections.abc import Mapping
from typing import Any

from gluematch.server.neighbours.cloudformation.errors import ResourceFailed

from .kind import Kind, Resource, Setting, Step, names, only, register
from .storage import keys_and_values, text_of

IAM = "CAPABILITY_IAM"


def _role(resource: Resource) -> dict[str, str]:
    return {"RoleName": resource.physical_id}


def _listed(given: Any) -> dict[str, Any]:
    """A list of names, by themselves."""
    if not isinstance(given, list):
        raise ResourceFailed("Value of property must be of type List of String")
    return {str(each): each for each in given}


def _policies(given: Any) -> dict[str, Any]:
    """Inline policies by their names."""
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        raise ResourceFailed("Value of property Policies must be of type List")
    return {str(each.get("PolicyName")): each.get("PolicyDocument") for each in given}


ROLE = Kind(
    "AWS::IAM::Role",
    "iam",
    names(
        "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path"
        " PermissionsBoundary Policies RoleName Tags"
    ),
    create=Step(
        "CreateRole",
        lambda r: {
            **only(
                r.properties,
                "Description",
                "MaxSessionDuration",
                "Path",
                "PermissionsBoundary",
                "Tags",
            ),
            "RoleName": r.name,
            "AssumeRolePolicyDocument": text_of(r.properties["AssumeRolePolicyDocument"]),
        },
    ),
    update=(
        Step(
            "UpdateRole",
            lambda r: {**_role(r), **only(r.properties, "Description", "MaxSessionDuration")},
        ),
    ),
    delete=Step("DeleteRole", _role),
    settings=(
        Setting(
            "AssumeRolePolicyDocument",
            put=lambda r, _, given: (
                "UpdateAssumeRolePolicy",
                {**_role(r), "PolicyDocument": text_of(given)},
            ),
            on_create=False,
        ),
        Setting(
            "PermissionsBoundary",
            put=lambda r, _, given: (
                "PutRolePermissionsBoundary",
                {**_role(r), "PermissionsBoundary": given},
            ),
            remove=lambda r, *_: ("DeleteRolePermissionsBoundary", _role(r)),
            on_create=False,
        ),
        Setting(
            "ManagedPolicyArns",
            put=lambda r, arn, _: ("AttachRolePolicy", {**_role(r), "PolicyArn": arn}),
            remove=lambda r, arn, _: ("DetachRolePolicy", {**_role(r), "PolicyArn": arn}),
            items=lambda given: _listed(given or []),
            before_delete=True,
        ),
        Setting(
            "Policies",
            put=lambda r, name, document: (
                "PutRolePolicy",
                {**_role(r), "PolicyName": name, "PolicyDocument": text_of(document)},
            ),
            remove=lambda r, name, _: ("DeleteRolePolicy", {**_role(r), "PolicyName": name}),
            items=lambda given: _policies(given or []),
            before_delete=True,
        ),
        Setting(
            "Tags",
            put=lambda r, key, value: (
                "TagRole",
                {**_role(r), "Tags": [{"Key": key, "Value": value}]},
            ),
            remove=lambda r, key, _: ("UntagRole", {**_role(r), "TagKeys": [key]}),
            items=keys_and_values,
            on_create=False,
        ),
    ),
    named=("RoleName",),
    needed=(("AssumeRolePolicyDocument",),),
    replaced=(("RoleName",), ("Path",)),
    described=(Step("GetRole", _role),),
    attributes=lambda _, answers: {
        "Arn": answers["GetRole"]["Role"]["Arn"],
        "RoleId": answers["GetRole"]["Role"]["RoleId"],
    },
    tags=list,
    capability=IAM,
    longest_name=64,
)


def _policy_arn(resource: Resource) -> dict[str, str]:
    return {"PolicyArn": resource.physical_id}


MANAGED_POLICY = Kind(
    "AWS::IAM::ManagedPolicy",
    "iam",
    frozenset({"Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users"}),
    create=Step(
        "CreatePolicy",
        lambda r: {
            **only(r.properties, "Description", "Path"),
            "PolicyName": r.name,
            "PolicyDocument": text_of(r.properties["PolicyDocument"]),
        },
    ),
    delete=Step("DeletePolicy", _policy_arn),
    settings=tuple(
        Setting(
            f"{kind}s",
            put=lambda r, name, _, kind=kind: (  # type: ignore[misc]  # mypy cannot type the default
                f"Attach{kind}Policy",
                {**_policy_arn(r), f"{kind}Name": name},
            ),
            remove=lambda r, name, _, kind=kind: (  # type: ignore[misc]  # the same
                f"Detach{kind}Policy",
                {**_policy_arn(r), f"{kind}Name": name},
            ),
            items=lambda given: _listed(given or []),
            before_delete=True,
        )
        for kind in ("Role", "User")
    ),
    named=("ManagedPolicyName",),
    needed=(("PolicyDocument",),),
    replaced=(("ManagedPolicyName",), ("Description",), ("Path",), ("PolicyDocument",)),
    ref=lambda _, answers: str(answers["CreatePolicy"]["Policy"]["Arn"]),
    attributes=lambda r, _: {"PolicyArn": r.physical_id},
    capability=IAM,
    longest_name=128,
)

register(ROLE, MANAGED_POLICY)
