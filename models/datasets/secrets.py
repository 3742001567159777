"""Logins that lie in Secrets Manager: a connection's SECRET_ID, followed."""

import json
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from .access import AwsServices
from .jdbc import DatabaseError

NAMES = {"username": "USERNAME", "user": "USERNAME", "password": "PASSWORD"}


def with_secret(properties: Mapping[str, str], services: AwsServices) -> dict[str, str]:
    """The properties, and in them what the secret says that SECRET_ID names.

    Raises DatabaseError where the secret cannot be had, or is not a JSON object with a username
    and a password.
    """
    name = properties.get("SECRET_ID")
    if name is None:
        return dict(properties)
    try:
        answer = services.client("secretsmanager").get_secret_value(SecretId=name)
    except ClientError as error:
        code = error.response["Error"].get("Code", "Unknown")
        raise DatabaseError(f"The secret {name} cannot be read ({code}).") from error
    except BotoCoreError as error:
        raise DatabaseError(f"The secret {name} cannot be read: {error}") from error
    found = _login(answer.get("SecretString") or "")
    if not {"USERNAME", "PASSWORD"} <= found.keys():
        raise DatabaseError(
            f"The secret {name} is not a JSON object with the members username and password."
        )
    return {**properties, **found}


def _login(text: str) -> dict[str, str]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    return {NAMES[k.lower()]: str(v) for k, v in document.items() if k.lower() in NAMES}
