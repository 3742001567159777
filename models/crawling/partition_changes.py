"""The partitions' share of a crawl's changes: new ones, changed ones, and those that are gone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gluematch.models.catalog import partitions
from gluematch.models.catalog.partitions import Partition, Values
from gluematch.models.catalog.tables import Table

from .documents import DEPRECATED, deprecated, partition_input, same
from .findings import FoundTable
from .known import folder_of
from .plan import Policy
from .writing import Writing

COUNTED = ("objectCount", "recordCount", "sizeKey")

Documents = dict[Values, Mapping[str, Any]]


def apply_partitions(
    writing: Writing,
    name: str,
    old: Table | None,
    new: Mapping[str, Any],
    found: FoundTable,
) -> None:
    """Bring the partitions of the table `new`, which replaced `old`, in line with `found`."""
    tx, database, policy, summary = (
        writing.tx,
        writing.to.database,
        writing.to.policy,
        writing.summary,
    )
    keys = tuple(key["Name"] for key in new.get("PartitionKeys") or ())
    if keys != found.partition_keys:
        # The table was left as it is, with other keys: the values found would not fit them.
        return
    before = {part.values: part for part in partitions.all_of(tx, database, name)} if old else {}
    if old is not None and tuple(key for key, _ in old.partition_keys) != keys:
        partitions.delete_many(tx, database, name, before)
        summary.add("PARTITION", "DELETE", _labels(name, before))
        before = {}
    inherited = new["StorageDescriptor"]["Columns"] if policy.inherit else None
    now = {part.values: partition_input(found, part, inherited) for part in found.partitions}
    added: Documents = {values: now[values] for values in now if values not in before}
    changed: Documents = {
        values: now[values]
        for values, part in before.items()
        if values in now and policy.update != "LOG" and not same(part.document, now[values])
    }
    gone = {
        values: part
        for values, part in before.items()
        if values not in now and (found.looked is None or folder_of(part.location) in found.looked)
    }
    changed |= _retired(gone, policy, writing.to.author.at)
    partitions.put_many(tx, database, name, added | changed)
    summary.add("PARTITION", "ADD", _labels(name, added))
    summary.add("PARTITION", "UPDATE", _labels(name, changed))
    if policy.delete == "DELETE_FROM_DATABASE":
        partitions.delete_many(tx, database, name, gone)
        summary.add("PARTITION", "DELETE", _labels(name, gone))


def figures_of_partitions(writing: Writing, name: str) -> dict[str, str]:
    """The parameters of a table that count, as the sums of those of its partitions."""
    sums = dict.fromkeys(COUNTED, 0)
    for part in partitions.all_of(writing.tx, writing.to.database, name):
        parameters = part.document.get("Parameters") or {}
        if DEPRECATED not in parameters:
            for key in COUNTED:
                sums[key] += int(parameters.get(key) or 0)
    size, records = sums["sizeKey"], sums["recordCount"]
    return {
        **{key: str(value) for key, value in sums.items()},
        "averageRecordSize": str(size // max(records, 1)),
    }


def _retired(gone: Mapping[Values, Partition], policy: Policy, at: datetime) -> Documents:
    """Partitions whose objects are gone, marked so where the policy is to deprecate."""
    if policy.delete != "DEPRECATE_IN_DATABASE":
        return {}
    return {
        values: deprecated(part.document, at)
        for values, part in gone.items()
        if DEPRECATED not in (part.document.get("Parameters") or {})
    }


def _labels(name: str, values: Mapping[Values, Any]) -> list[str]:
    return [f"{name}/{'/'.join(one)}" for one in values]
