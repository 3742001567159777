"""The access keys that a server believes: from a file, from the neighbours, and its own."""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from . import identities
from .identities import Identity

ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Key:
    """An access key, its account, and if it is temporary its session's token and end.

    `identify` says whose it is, when somebody asks; without it the account itself has signed.
    """

    secret: str = field(repr=False)
    account: str
    token: str | None = field(default=None, repr=False)
    expires: datetime | None = None
    identify: Callable[[], Identity] | None = field(default=None, repr=False)

    @property
    def identity(self) -> Identity:
        """Who signs with it, with the rights that they have now."""
        return identities.root(self.account) if self.identify is None else self.identify()


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
        account = ACCOUNT.fullmatch(access_key)
        return Key(self.own_secret(access_key), access_key) if account else None

    def owner_of(self, access_key: str) -> str | None:
        """The account of a key."""
        found = self.find(access_key)
        return found.account if found else None

    def identity_of(self, access_key: str) -> Identity:
        """Who signs with a key; for one that is gone by now, somebody without rights."""
        found = self.find(access_key)
        return identities.nobody() if found is None else found.identity

    def own_secret(self, account: str) -> str:
        """The secret by which the server itself speaks for an account."""
        return hmac.digest(self.root, account.encode(), "sha256").hex()
