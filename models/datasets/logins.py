"""The login of a connection, with what it leaves elsewhere: a secret, a certificate in S3."""

from collections.abc import Mapping
from dataclasses import replace

from .access import AwsServices
from .jdbc import DatabaseError, Login, login_of
from .objects import ObjectStore
from .secrets import with_secret

CERTIFICATE = "CUSTOM_JDBC_CERT"
LONGEST = 2**20


def full_login(properties: Mapping[str, str], services: AwsServices, objects: ObjectStore) -> Login:
    """The login that a connection's properties describe. Raises SourceError."""
    login = login_of(with_secret(properties, services))
    uri = properties.get(CERTIFICATE)
    if not uri or not login.encrypted:
        return login
    try:
        data = objects.read_range(uri, 0, LONGEST)
        return replace(login, certificate=data.decode("ascii"))
    except ValueError:  # no S3 location, or no text
        raise DatabaseError(f"{CERTIFICATE} has to be the S3 location of a PEM file.") from None
