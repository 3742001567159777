"""What is set for the whole catalog: resource policies, encryption, the import from Athena.

They are kept and answered as they were put. Nothing is refused or encrypted because of them:
docs/decisions/catalog-settings.md.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import encryption, policies
from gluematch.models.errors import ConditionCheckFailureException, InvalidInputException

from . import paging
from .ownership import require_own_catalog
from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        DeleteResourcePolicyRequestTypeDef,
        GetCatalogImportStatusRequestTypeDef,
        GetDataCatalogEncryptionSettingsRequestTypeDef,
        GetResourcePoliciesRequestTypeDef,
        GetResourcePolicyRequestTypeDef,
        PutDataCatalogEncryptionSettingsRequestTypeDef,
        PutResourcePolicyRequestTypeDef,
    )

UNENCRYPTED: Mapping[str, Any] = {
    "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
    "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
}


@operation
def put_resource_policy(
    call: Call, request: "PutResourcePolicyRequestTypeDef"
) -> Mapping[str, Any]:
    """A policy for the catalog, or for one resource, if the conditions hold."""
    arn, text = _arn(call, request), request["PolicyInJson"]
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InvalidInputException("PolicyInJson is not a JSON object.")
    with call.catalog.begin() as tx:
        present = policies.find(tx, arn)
        _refuse_unless(request, present)
        return {"PolicyHash": policies.put(tx, arn, text).digest}


@operation
def get_resource_policy(
    call: Call, request: "GetResourcePolicyRequestTypeDef"
) -> Mapping[str, Any]:
    """The policy of the catalog, or of one resource."""
    with call.catalog.read() as tx:
        return _answer(policies.get(tx, _arn(call, request)))


@operation
def get_resource_policies(
    call: Call, request: "GetResourcePoliciesRequestTypeDef"
) -> Mapping[str, Any]:
    """The policies of the catalog and of all resources."""
    page = paging.start("get_resource_policies", request)
    with call.catalog.read() as tx:
        rows = policies.page(tx, page.after, page.probe)
    found = paging.cut(page, rows, lambda policy: policy.arn)
    listed = [_answer(policy) for policy in found.items]
    return {"GetResourcePoliciesResponseList": listed, "NextToken": found.next_token}


@operation
def delete_resource_policy(
    call: Call, request: "DeleteResourcePolicyRequestTypeDef"
) -> Mapping[str, Any]:
    """The policy of the catalog, or of one resource, goes if the condition holds."""
    arn = _arn(call, request)
    with call.catalog.begin() as tx:
        _refuse_unless(request, policies.get(tx, arn))
        policies.delete(tx, arn)
    return {}


@operation
def put_data_catalog_encryption_settings(
    call: Call, request: "PutDataCatalogEncryptionSettingsRequestTypeDef"
) -> Mapping[str, Any]:
    """Other encryption settings."""
    require_own_catalog(call, request, refusal=InvalidInputException)
    with call.catalog.begin() as tx:
        encryption.put(tx, request["DataCatalogEncryptionSettings"])
    return {}


@operation
def get_data_catalog_encryption_settings(
    call: Call, request: "GetDataCatalogEncryptionSettingsRequestTypeDef"
) -> Mapping[str, Any]:
    """The encryption settings; nothing is encrypted by default."""
    require_own_catalog(call, request, refusal=InvalidInputException)
    with call.catalog.read() as tx:
        return {"DataCatalogEncryptionSettings": {**UNENCRYPTED, **encryption.get(tx)}}


@operation
def get_catalog_import_status(
    call: Call, request: "GetCatalogImportStatusRequestTypeDef"
) -> Mapping[str, Any]:
    """No catalog here was ever Athena's own, from before Glue: there is nothing to import."""
    del call, request
    return {"ImportStatus": {"ImportCompleted": True}}


def _arn(call: Call, request: Mapping[str, Any]) -> str:
    return str(request.get("ResourceArn", call.scope.arn("catalog")))


def _refuse_unless(request: Mapping[str, Any], present: policies.Policy | None) -> None:
    """Raise ConditionCheckFailureException if a condition of the request does not hold."""
    exists = request.get("PolicyExistsCondition", "NONE")
    if exists == "MUST_EXIST" and present is None:
        raise ConditionCheckFailureException("There is no policy yet.")
    if exists == "NOT_EXIST" and present is not None:
        raise ConditionCheckFailureException("There is a policy already.")
    digest = request.get("PolicyHashCondition")
    if digest is not None and (present is None or present.digest != digest):
        raise ConditionCheckFailureException("The policy is another one than PolicyHashCondition.")


def _answer(policy: policies.Policy) -> dict[str, Any]:
    return {
        "PolicyInJson": policy.text,
        "PolicyHash": policy.digest,
        "CreateTime": policy.created,
        "UpdateTime": policy.updated,
    }
