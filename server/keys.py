"""The access keys that a server believes: from a file, from the neighbours, and its own."""

import configparser
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .settings import SettingsError

_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class Key:
    """An access key, its account, and if it is temporary its session's token and end."""

    secret: str = field(repr=False)
    account: str
    token: str | None = field(default=None, repr=False)
    expires: datetime | None = None


Issued = Callable[[str], Key | None]


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every key that may sign: the file's, those that `issued` knows, and the server's own.

    A key of 12 digits is the server's own for that account. Its secret comes of `root`, which is
    made at each start and known to nobody: who runs a script in one account learns no other's.
    """

    filed: dict[str, Key]
    issued: Issued
    root: bytes = field(repr=False)

    def find(self, access_key: str) -> Key | None:
        """The key of that id, if there is one."""
        own = self.own(access_key)
        return own or self.filed.get(access_key) or self.issued(access_key)

    def own(self, access_key: str) -> Key | None:
        """The key of that id, if it is the server's own."""
        account = _ACCOUNT.fullmatch(access_key)
        return Key(self.own_secret(access_key), access_key) if account else None

    def owner_of(self, access_key: str) -> str | None:
        """The account of a key."""
        found = self.find(access_key)
        return found.account if found else None

    def own_secret(self, account: str) -> str:
        """The secret by which the server itself speaks for an account."""
        return hmac.digest(self.root, account.encode(), "sha256").hex()


def read(path: Path, default_account: str) -> dict[str, Key]:
    """The keys of a credentials file, by their ids. Raises SettingsError; it quotes no secret.

    INI as of ~/.aws/credentials, `aws_account_id` beside each key, or JSON: an object, or a list of
    them, with AccessKeyId, SecretAccessKey and AccountId. Without an account it is the default one.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"cannot read the credentials in {path}: {why}") from None
    given = _entries(text)
    if not given:
        raise SettingsError(f"there are no credentials in {path}")
    found: dict[str, Key] = {}
    for access_key, secret, account, token in given:
        account = account or default_account  # noqa: PLW2901  # what the file leaves out
        if not all(isinstance(part, str) and part for part in (access_key, secret)):
            raise SettingsError(f"an entry of {path} lacks its access key or its secret key")
        if _ACCOUNT.fullmatch(access_key) or access_key in found:
            why = "is there twice" if access_key in found else "must not be an account's number"
            raise SettingsError(f"the access key {access_key} in {path} {why}")
        if not _ACCOUNT.fullmatch(str(account)):
            raise SettingsError(f"the account of {access_key} in {path} must have 12 digits")
        found[access_key] = Key(secret, str(account), token)
    return found


_Entry = tuple[Any, Any, Any, Any]


def _entries(text: str) -> list[_Entry]:
    try:
        given = json.loads(text)
    except ValueError:  # [default] is no JSON
        return _of_ini(text)
    return _of_json(given)


def _of_ini(text: str) -> list[_Entry]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        raise SettingsError("the credentials are neither INI nor JSON") from None
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_account_id", "aws_session_token")
    sections = [parser[name] for name in parser.sections()]
    return [
        (section.get(names[0]), section.get(names[1]), section.get(names[2]), section.get(names[3]))
        for section in sections
        if names[0] in section
    ]


def _of_json(given: Any) -> list[_Entry]:
    entries = given if isinstance(given, list) else [given]
    if not all(isinstance(entry, dict) for entry in entries):
        raise SettingsError("the credentials must be a JSON object or a list of them")
    names = ("AccessKeyId", "SecretAccessKey", "AccountId", "SessionToken")
    return [
        (entry.get(names[0]), entry.get(names[1]), entry.get(names[2]), entry.get(names[3]))
        for entry in entries
    ]
