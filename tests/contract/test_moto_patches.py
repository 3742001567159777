"""The attributes of moto that the server replaces or sets are known, and have the known shape."""

import json
import subprocess
import sys
from pathlib import Path

from moto.logs.models import LogEvent
from moto.s3.models import FakeKey, FakeMultipart

_RESPONSE = "moto.s3.responses.S3Response"

REPLACED = {
    "moto.core.responses.BaseResponse.get_region_from_url": "(self, request, full_url)",
    "moto.s3.models.FakeBucket.get_permission": "(self, action, resource)",
    "moto.s3.models.FakeKey.__deepcopy__": "absent",
    "moto.s3.models.FakeKey.__del__": "(self)",
    "moto.s3.models.FakeKey.value": "property fget fset",
    "moto.s3.models.FakeMultipart.complete": "(self, body)",
    "moto.s3.models.S3Backend.copy_object": "(self, src_key, dest_bucket_name, dest_key_name, "
    "storage=None, encryption=None, "
    "kms_key_id=None, bucket_key_enabled=None, mdirective=None, metadata=None, "
    "website_redirect_location=None, lock_mode=None, lock_legal_status=None, "
    "lock_until=None, provided_version_id=None)",
    "moto.s3.models.S3Backend.select_object_content": "(self, bucket_name, key_name, "
    "select_query, input_details, output_details)",
    "moto.s3.models.S3Backend.url_paths": "property fget",
    "moto.s3.models.compute_checksum": "(body, algorithm, encode_base64=True)",
    f"{_RESPONSE}._bucket_response": "(self, request, full_url)",
    f"{_RESPONSE}._bucket_tagging_from_body": "(self)",
    f"{_RESPONSE}._complete_multipart_body": "(self, body)",
    f"{_RESPONSE}._key_response": "(self, request, full_url)",
    f"{_RESPONSE}._key_response_post": "(self, request, body, bucket_name, query, key_name)",
    f"{_RESPONSE}._tagging_from_xml": "(self)",
    f"{_RESPONSE}.bucket_response": "(self, request, full_url, headers)",
    f"{_RESPONSE}.copy_object": "(self)",
    f"{_RESPONSE}.get_object": "(self)",
    f"{_RESPONSE}.head_object": "(self, bucket_name, query, key_name, headers)",
    f"{_RESPONSE}.key_response": "(self, request, full_url, headers)",
    f"{_RESPONSE}.put_object": "(self)",
    f"{_RESPONSE}.serialized": "(self, action_result)",
    f"{_RESPONSE}.upload_part": "(self)",
    f"{_RESPONSE}.upload_part_copy": "(self)",
    "moto.s3.responses.cors_matches_origin": "(origin_header, allowed_origins)",
    "moto.s3.responses.extract_region_from_aws_authorization": "(string)",
    "moto.s3.responses.compute_checksum": "(body, algorithm, encode_base64=True)",
}
"""What moto has in each place that the server replaces, before it does so."""

TRACKED = ".instances_tracked"
"""The list in which each class of moto's S3 model holds its instances for ever."""


def test_the_server_replaces_the_known_attributes_of_moto_and_no_others() -> None:
    script = Path(__file__).with_name("moto_patches.py")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=120
    )
    replaced: dict[str, str] = json.loads(done.stdout)
    tracked = {name: replaced.pop(name) for name in [*replaced] if name.endswith(TRACKED)}
    assert replaced == REPLACED
    assert {"moto.s3.models.FakeKey.instances_tracked"} <= tracked.keys()
    assert {*tracked.values()} == {"list"}


def test_the_attributes_that_the_server_sets_on_objects_of_moto_are_there() -> None:
    key = FakeKey(name="key", value=b"value", account_id="123456789012", region_name="us-east-1")
    attributes = {"_value_buffer", "_etag", "contentsize", "multipart", "checksum_algorithm"}
    assert attributes <= vars(key).keys()
    key._value_buffer.close()
    upload = FakeMultipart("key", {}, "123456789012", "us-east-1")
    assert {"parts", "partlist"} <= vars(upload).keys()
    assert isinstance(LogEvent._event_id, int)
