"""What drivers are told, so that they look for nothing in the environment."""

import ssl

import pytest
from psycopg import pq

from gluematch.models.datasets.drivers import driver_options
from gluematch.models.datasets.jdbc import DatabaseError, Login

POSTGRESQL = Login("postgresql", "db", 5432, "shop", "ann")
UNSET = {"service", "min_protocol_version", "max_protocol_version"}


def test_each_option_of_libpq_that_has_a_variable_is_set() -> None:
    with driver_options(POSTGRESQL, writing=False) as options:
        found = {one.keyword.decode() for one in pq.Conninfo.get_defaults() if one.envvar}
        assert found - options.keys() == UNSET & found
        assert options["password"] == ""
        assert options["sslmode"] == "prefer"


def test_enforced_tls_checks_the_name() -> None:
    enforced = Login("postgresql", "db", 5432, "shop", "ann", encrypted=True)
    with driver_options(enforced, writing=True) as options:
        assert options["sslmode"] == "verify-full"
    enforced = Login("mysql", "db", 3306, "shop", "ann", encrypted=True)
    with driver_options(enforced, writing=True) as options:
        assert options["ssl"].check_hostname
        assert options["ssl"].verify_mode is ssl.CERT_REQUIRED
        assert options["local_infile"] is False


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_what_is_no_certificate_is_refused(engine: str) -> None:
    login = Login(engine, "db", 1, "shop", "ann", encrypted=True, certificate="none")
    with (
        pytest.raises(DatabaseError, match="CUSTOM_JDBC_CERT is no certificate"),
        driver_options(login, writing=True),
    ):
        pass
