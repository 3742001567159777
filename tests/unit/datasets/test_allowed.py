"""Allow lists: what their patterns let pass."""

import pytest

from gluematch.models.datasets.access import AwsAccess
from gluematch.models.datasets.allowed import ANYTHING, Allowed
from gluematch.models.datasets.objects import ObjectStore, ObjectStoreError


@pytest.mark.parametrize(
    ("pattern", "target", "fits"),
    [
        ("s3://lake", "", True),
        ("s3://lake", "people/p.csv", True),
        ("s3://lake/", "people", True),
        ("s3://lake/people", "people", True),
        ("s3://lake/people", "people/", True),
        ("s3://lake/people", "people/2026/p.csv", True),
        ("s3://lake/people", "people2/p.csv", False),
        ("s3://lake/people/", "people", True),
        ("s3://lake/people/", "", False),
        ("s3://la*/open*", "opened/p", True),
        ("s3://la*/open*", "closed/p", False),
        ("s3://other", "people", False),
        ("s3://lak", "people", False),
    ],
)
def test_s3_patterns_stand_for_themselves_and_what_is_below(pattern, target, fits):
    assert Allowed(s3=(pattern,)).has_target("lake", target) is fits
    assert ANYTHING.has_target("lake", target)


def test_a_listing_has_to_be_allowed_as_a_whole():
    allowed = Allowed(s3=("s3://lake/people",))
    assert allowed.has_objects_below("lake", "people/")
    assert not allowed.has_objects_below("lake", "people")
    assert not allowed.has_objects_below("lake", "")
    assert allowed.has_object("lake", "people/p.csv")
    assert not allowed.has_object("lake", "p.csv")


@pytest.mark.parametrize(
    ("pattern", "host", "port", "fits"),
    [
        ("db.example.com", "db.example.com", 5432, True),
        ("db.example.com", "DB.example.com", 3306, True),
        ("db.example.com:5432", "db.example.com", 5432, True),
        ("db.example.com:5432", "db.example.com", 5433, False),
        ("*.example.com", "db.example.com", 1, True),
        ("*.example.com", "example.com", 1, False),
        ("*.example.com", "db.example.com.evil.org", 1, False),
        ("db.*", "db.a,10.0.0.1", 1, False),
        ("*", "/var/run/postgresql", 1, False),
        ("*", "10.0.0.1", 1, True),
        ("10.1.0.0/16", "10.1.2.3", 1, True),
        ("10.1.0.0/16", "10.2.2.3", 1, False),
        ("10.1.0.0/16", "ten.example.com", 1, False),
        ("10.1.0.0/16:5432", "10.1.2.3", 5432, True),
        ("10.1.0.0/16:5432", "10.1.2.3", 5433, False),
        ("10.1.2.3", "10.1.2.3", 1, True),
        ("1*", "127.0.0.1", 1, False),
        ("2001:db8::/32", "2001:db8::1", 1, True),
        ("[2001:db8::1]:5432", "2001:db8::1", 5432, True),
        ("[2001:db8::1]:5432", "2001:db8::1", 1, False),
        ("[2001:db8::1]", "2001:db8::2", 1, False),
    ],
)
def test_jdbc_patterns_are_hosts_and_networks(pattern, host, port, fits):
    assert Allowed(jdbc=(pattern,)).has_database(host, port) is fits
    assert ANYTHING.has_database(host, port)


def test_every_way_to_an_object_is_closed_before_anything_is_sent():
    access = AwsAccess("http://127.0.0.1:1", "us-east-1", "a", "b", allowed=Allowed(("s3://x",)))
    store = ObjectStore(access)
    for reach in (
        lambda: list(store.list("s3://y/")),
        lambda: store.head("s3://y/k"),
        lambda: store.read("s3://y/k"),
        lambda: store.read_range("s3://y/k", 0, 1),
        lambda: store.open("s3://y/k", 1).read(),
        lambda: store.write("s3a://y/k", b""),
        lambda: store.require_target("s3://y/k"),
    ):
        with pytest.raises(ObjectStoreError, match="not among the S3 targets"):
            reach()
