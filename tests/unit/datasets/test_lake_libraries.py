"""Delta without its library, and the newest of Iceberg's metadata files."""

import sys
from datetime import UTC, datetime

import pytest

from gluematch.models.datasets.access import AwsAccess, SourceError
from gluematch.models.datasets.delta import delta_table
from gluematch.models.datasets.iceberg_reading import newest_metadata
from gluematch.models.datasets.objects import ObjectInfo

NOWHERE = AwsAccess("http://127.0.0.1:1", "us-east-1", "x", "y")


def test_delta_tells_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(SourceError, match=r"pip install 'gluematch\[delta\]'"):
        delta_table(NOWHERE, "s3://b/t")


def info(key, minute=0):
    return ObjectInfo(f"s3://b/{key}", key, 1, "", datetime(2024, 1, 1, 0, minute, tzinfo=UTC))


def test_the_newest_metadata_has_the_highest_version():
    found = newest_metadata(
        [
            info("a/metadata/00009-x.metadata.json", 5),
            info("a/metadata/00010-y.metadata.json"),
            info("a/metadata/00010-z.gz.metadata.json", 1),
            info("a/data/00011-y.metadata.json"),
            info("deep/b/metadata/v2.metadata.json"),
            info("deep/b/metadata/v1.gz.metadata.json"),
            info("deep/b/metadata/version-hint.text"),
        ]
    )
    assert {table: one.key for table, one in found.items()} == {
        "s3://b/a/": "a/metadata/00010-z.gz.metadata.json",
        "s3://b/deep/b/": "deep/b/metadata/v2.metadata.json",
    }
