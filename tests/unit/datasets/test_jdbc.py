"""Where connections lead: JDBC URLs, their parts, and what cannot be reached."""

import sys
from dataclasses import astuple

import pytest

from gluematch.models.datasets.jdbc import DatabaseError, Login, login_of, properties_of
from gluematch.models.datasets.relational import connected

URLS = [
    ("jdbc:postgresql://db:6000/shop", ("postgresql", "db", 6000, "shop")),
    ("jdbc:postgresql://db/shop", ("postgresql", "db", 5432, "shop")),
    ("jdbc:mysql://db:3307/", ("mysql", "db", 3307, "")),
    ("jdbc:mariadb://db", ("mariadb", "db", 3306, "")),
    ("jdbc:mysql://[::1]:3307/a%20b?useSSL=true", ("mysql", "::1", 3307, "a b")),
]


@pytest.mark.parametrize(("url", "parts"), URLS)
def test_a_url_names_engine_host_port_and_database(url, parts):
    login = login_of({"JDBC_CONNECTION_URL": url, "USERNAME": "u", "PASSWORD": "p"})
    assert astuple(login) == (*parts, "u", "p", False, None)


def test_user_and_password_may_stand_in_the_url():
    url = "jdbc:postgresql://db/shop?user=u&password=p%26q"
    login = login_of({"JDBC_CONNECTION_URL": url, "JDBC_ENFORCE_SSL": "true"})
    assert (login.user, login.password, login.encrypted) == ("u", "p&q", True)


@pytest.mark.parametrize(
    "properties",
    [
        {"JDBC_CONNECTION_URL": "jdbc:postgresql://user:secret@db/shop"},
        {"JDBC_CONNECTION_URL": "jdbc:postgresql:secret"},
        {"JDBC_CONNECTION_URL": "jdbc:sqlserver://db;password=secret"},
        {"JDBC_CONNECTION_URL": "mongodb://user:secret@db"},
        {"HOST": "db", "JDBC_ENGINE": "oracle", "PASSWORD": "secret"},
        {"HOST": "db", "JDBC_ENGINE": "mysql", "PORT": "secret"},
        {"HOST": "db", "JDBC_ENGINE": "mysql", "ENCRYPTED_PASSWORD": "secret"},
        {"PASSWORD": "secret"},
    ],
)
def test_what_cannot_be_reached_is_told_without_a_secret(properties):
    with pytest.raises(DatabaseError) as refused:
        login_of(properties)
    assert "secret" not in str(refused.value)


def test_a_login_does_not_show_its_password():
    assert "secret" not in repr(Login("mysql", "db", 1, "", "u", "secret"))


def test_the_parts_of_newer_connections_are_put_together():
    found = properties_of(
        {
            "ConnectionType": "MYSQL",
            "ConnectionProperties": {"HOST": "db", "DATABASE": "shop"},
            "AuthenticationConfiguration": {"SecretArn": "arn:x"},
        }
    )
    assert found == {"HOST": "db", "DATABASE": "shop", "JDBC_ENGINE": "MYSQL", "SECRET_ID": "arn:x"}


@pytest.mark.parametrize(
    ("engine", "driver", "extra"),
    [("postgresql", "psycopg", "postgresql"), ("mariadb", "pymysql", "mysql")],
)
def test_without_its_driver_an_engine_tells_what_to_install(monkeypatch, engine, driver, extra):
    monkeypatch.setitem(sys.modules, driver, None)
    words = rf"{driver} is not installed.*: pip install 'gluematch\[{extra}\]'"
    with pytest.raises(DatabaseError, match=words), connected(Login(engine, "db", 1, "", "u")):
        pass
