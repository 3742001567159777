"""Whom a request speaks for."""

import pytest

from gluematch.models.scope import Scope
from gluematch.server.protocol.scope import Signer, scope_of, signer

DEFAULT = Scope("123456789012", "us-east-1")
V4 = "AWS4-HMAC-SHA256 Credential={}, SignedHeaders=host;x-amz-date, Signature=abc"


def scope(authorization=None, query=(), owners=()):
    return scope_of(signer(authorization, dict(query)), dict(owners).get, DEFAULT)


def test_nothing_signed_is_the_default():
    assert scope() == DEFAULT


def test_twelve_digits_are_the_account_and_the_credential_names_the_region():
    header = V4.format("111122223333/20260101/eu-central-1/glue/aws4_request")
    assert scope(header) == Scope("111122223333", "eu-central-1")


def test_digits_of_other_scripts_are_no_account():
    key = "\N{ARABIC-INDIC DIGIT ONE}" * 12
    credential = f"{key}/20260101/us-east-1/s3/aws4_request"
    assert scope(query={"X-Amz-Credential": credential}) == DEFAULT


def test_an_issued_key_is_its_owners_and_an_unknown_one_the_defaults():
    header = V4.format("AKIAX/20260101/eu-west-1/glue/aws4_request")
    assert scope(header, owners={"AKIAX": "444455556666"}) == Scope("444455556666", "eu-west-1")
    assert scope(header) == Scope(DEFAULT.account, "eu-west-1")


def test_a_presigned_url_speaks_as_its_signer():
    credential = "111122223333/20260101/ap-south-1/s3/aws4_request"
    assert scope(query={"X-Amz-Credential": credential}) == Scope("111122223333", "ap-south-1")
    assert scope(query={"AWSAccessKeyId": "111122223333"}) == Scope("111122223333", "us-east-1")


def test_the_older_signature_names_a_key_only():
    assert signer("AWS 111122223333:c2ln", {}) == Signer("111122223333")


@pytest.mark.parametrize(
    "credential",
    ["111122223333", "111122223333/x", "111122223333/20260101/../glue/aws4_request",
     "111122223333/20260101/" + "a-" * 40 + "b/glue/aws4_request"],
)  # fmt: skip
def test_a_region_that_cannot_be_one_is_the_default(credential):
    assert scope(V4.format(credential)).region == "us-east-1"


@pytest.mark.parametrize("header", ["", "Bearer x", "AWS4-HMAC-SHA256", "Credential="])
def test_other_authorizations_are_the_default(header):
    assert scope(header) == DEFAULT
