"""The queue of the worker is bounded and shared fairly: who has filled his part of it must wait."""

from collections import Counter

from gluematch.models import shares
from gluematch.models.catalog import queue
from gluematch.models.catalog.store import Transaction
from gluematch.models.errors import ThrottlingException

PLACES = 2000
"""Runs of all accounts that may wait. What schedules begin always comes in."""


def require_a_place(tx: Transaction) -> None:
    """Raise ThrottlingException if the account has enough in the queue."""
    waiting = Counter[str]()
    for runs in queue.waiting(tx.connection):
        waiting[runs.account] += runs.number
    held = waiting[tx.scope.account]
    if not shares.may_have_one_more(held, waiting.total(), PLACES):
        raise ThrottlingException(f"Rate exceeded: {held} runs of this account wait already.")
