"""Which resources a request to IAM, STS or CloudFormation asks for, by its operation's own members.

What an operation does not know says nothing: a name beside it would else stand for what it does.
"""

from functools import cache

from botocore.loaders import Loader
from botocore.model import ServiceModel
from werkzeug.datastructures import MultiDict

from gluematch.models.authorization.decision import EVERYTHING, Resource

_NAMED = {
    "UserName": "user",
    "NewUserName": "user",
    "RoleName": "role",
    "GroupName": "group",
    "NewGroupName": "group",
    "InstanceProfileName": "instance-profile",
}
_BY_ARN = ("RoleArn", "PolicyArn")


def touched(
    service: str, operation: str, form: MultiDict[str, str], account: str
) -> list[Resource]:
    """The users, roles and groups that a request names, else the roles and policies, else all."""
    known = _members(service, operation)
    named = [
        Resource(f"arn:aws:iam::{account}:{kind}/{name}")
        for member, kind in _NAMED.items()
        if member in known
        for name in form.getlist(member)
    ]
    by_arn = [Resource(arn) for m in _BY_ARN if m in known for arn in form.getlist(m)]
    return named or by_arn or [EVERYTHING]


def _members(service: str, operation: str) -> frozenset[str]:
    """What an operation may be given; nothing for one that there is not."""
    model = _model(service)
    if operation not in model.operation_names:
        return frozenset()
    shape = model.operation_model(operation).input_shape
    return frozenset() if shape is None else frozenset(shape.members)


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)
