"""The credentials file of `--auth sigv4`: keys, their accounts, and the policies of some.

docs/security.md shows both forms, INI and JSON.
"""

import configparser
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gluematch.models.authorization import policies
from gluematch.models.authorization.decision import Rights
from gluematch.models.authorization.policies import MalformedPolicy, Policy

from . import identities
from .keys import ACCOUNT, Key
from .settings import SettingsError


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a file says of one key, not looked at yet."""

    access_key: Any
    secret: Any
    account: Any
    token: Any
    user_name: Any
    policy: Any


def read(path: Path, default_account: str) -> dict[str, Key]:
    """The keys of a credentials file, by their ids. Raises SettingsError; it quotes no secret.

    INI as of ~/.aws/credentials, `aws_account_id` beside each key, or JSON: an object, or a list of
    them, with AccessKeyId, SecretAccessKey and AccountId. Without an account it is the default one.
    A key with a policy belongs to a user who may do what that allows; others are the account's own.
    """
    found: dict[str, Key] = {}
    for entry in _entries(_text(path, "credentials"), path):
        key, account = entry.access_key, str(entry.account or default_account)
        if not all(isinstance(part, str) and part for part in (key, entry.secret)):
            raise SettingsError(f"an entry of {path} lacks its access key or its secret key")
        if ACCOUNT.fullmatch(key) or key in found:
            why = "is there twice" if key in found else "must not be an account's number"
            raise SettingsError(f"the access key {key} in {path} {why}")
        if not ACCOUNT.fullmatch(account):
            raise SettingsError(f"the account of {key} in {path} must have 12 digits")
        found[key] = _key(entry, account, path)
    if not found:
        raise SettingsError(f"there are no credentials in {path}")
    return found


def _key(entry: _Entry, account: str, path: Path) -> Key:
    if entry.policy is None:
        return Key(entry.secret, account, entry.token)
    try:
        rights = Rights((_policy(entry.policy, path),))
    except MalformedPolicy as error:
        raise SettingsError(f"the policy of {entry.access_key} in {path}: {error}") from None
    who = identities.user(account, str(entry.user_name or entry.access_key), rights)
    return Key(entry.secret, account, entry.token, identify=lambda: who)


def _policy(given: Any, path: Path) -> Policy:
    """The policy that stands in the file, or in another that it names from its own folder."""
    return policies.read(_text(path.parent / given, "policy") if isinstance(given, str) else given)


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"cannot read the {what} in {path}: {why}") from None


def _entries(text: str, path: Path) -> list[_Entry]:
    try:
        given = json.loads(text)
    except ValueError:  # [default] is no JSON
        return _of_ini(text)
    entries = given if isinstance(given, list) else [given]
    if not all(isinstance(entry, dict) for entry in entries):
        raise SettingsError(f"the credentials in {path} must be a JSON object or a list of them")
    names = ("AccessKeyId", "SecretAccessKey", "AccountId", "SessionToken", "UserName", "Policy")
    return [_Entry(*(entry.get(name) for name in names)) for entry in entries]


def _of_ini(text: str) -> list[_Entry]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        raise SettingsError("the credentials are neither INI nor JSON") from None
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_account_id", "aws_session_token")
    found = []
    for title, section in parser.items():
        key, secret, account, token = (section.get(name) for name in names)
        if key is not None:
            policy = section.get("policy_file")
            found.append(_Entry(key, secret, account, token, title, policy))
    return found
