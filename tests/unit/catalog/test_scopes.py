"""Scopes: no entity module ever shows, changes or removes a row of another account or region."""

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gluematch.models.catalog import (
    classifiers,
    column_statistics,
    connections,
    crawlers,
    crawls,
    databases,
    encryption,
    evaluations,
    explanations,
    functions,
    job_bookmarks,
    job_runs,
    jobs,
    labels,
    partition_indexes,
    partitions,
    policies,
    questions,
    schedules,
    schema,
    stacks,
    statements,
    table_versions,
    tables,
    tags,
    task_runs,
    trained,
    transforms,
)
from gluematch.models.errors import GlueError
from gluematch.models.scope import Scope

NOW = datetime(2024, 1, 1, tzinfo=UTC)
LATER = datetime(2024, 1, 2, tzinfo=UTC)
SCOPES = [
    Scope("111111111111", "us-east-1"),
    Scope("111111111111", "eu-west-1"),
    Scope("222222222222", "us-east-1"),
]


def transform(name, status="NOT_READY"):
    return transforms.Transform(f"t-{name}", name, {}, status, (), 0, None, NOW, NOW)


def crawl(name):
    return crawls.Crawl(f"c-{name}", name, "RUNNING", NOW, None, {}, None)


def stack(name, status="CREATE_COMPLETE"):
    return stacks.Kept(f"s-{name}", name, {"Status": status}, "{}", None)


def schedule(name):
    return schedules.Schedule("crawler", name, "cron(0 0 * * ? *)", "SCHEDULED", NOW)


def evaluation(name, run):
    return evaluations.Evaluated(f"t-{name}", run, {}, NOW)


def task_run(name):
    return task_runs.TaskRun(
        f"t-{name}",
        f"r-{name}",
        "EVALUATION",
        "STARTING",
        {},
        None,
        0,
        1,
        0.0,
        NOW,
        None,
        NOW,
        None,
    )


def job(name):
    return jobs.Job(name, {}, NOW, NOW)


def job_run(name):
    settled = ({}, {}, 0, 0, None, None, 60, NOW, None, NOW, None)
    return job_runs.JobRun(f"r-{name}", name, "STARTING", *settled)


def question(name):
    return explanations.Explanation(f"e-{name}", f"t-{name}", "WAITING", ("k",), 0.0, NOW)


def write_table(tx, name, document=None):
    if databases.find(tx, "db") is None:
        databases.create(tx, "db", {})
    return tables.create(tx, "db", name, document or {}, "me")


def write_index(tx, name):
    keys = [{"Name": key, "Type": "string"} for key in "abc"]
    table = tables.find(tx, "db", "t") or write_table(tx, "t", {"PartitionKeys": keys})
    partition_indexes.create_empty(tx, table, name, [name])


def write_function(tx, name):
    if databases.find(tx, "db") is None:
        databases.create(tx, "db", {})
    functions.create(tx, "db", name, {})


def replace_table(tx, name):
    if databases.find(tx, "db") is None or tables.find(tx, "db", name) is None:
        write_table(tx, name)
    tables.update(tx, "db", name, {})


def versions(tx, name):
    try:
        return [table_versions.page(tx, "db", name, None, 9), table_versions.get(tx, "db", name, 0)]
    except GlueError:
        return []


# Per module: how a row of that name is written, changed and removed, and what can be seen.
MODULES = {
    "connections": (
        lambda tx, name: connections.create(tx, name, {}),
        lambda tx, name: connections.update(tx, name, {"changed": True}),
        connections.delete,
        connections.every,
    ),
    "databases": (
        lambda tx, name: databases.create(tx, name, {}),
        lambda tx, name: databases.update(tx, name, {"changed": True}),
        databases.delete,
        lambda tx: databases.page(tx, None, 100),
    ),
    "tables": (
        write_table,
        lambda tx, name: tables.update(tx, "db", name, {"changed": True}),
        lambda tx, name: tables.delete(tx, "db", name),
        lambda tx: (tables.many(tx, "db", ["a", "b", "c"]), tables.everywhere(tx)),
    ),
    "table_versions": (
        replace_table,
        lambda tx, name: tables.update(tx, "db", name, {"changed": True}),
        lambda tx, name: table_versions.delete(tx, "db", name, 0),
        lambda tx: [versions(tx, name) for name in "abc"],
    ),
    "functions": (
        write_function,
        lambda tx, name: functions.update(tx, "db", name, {"changed": True}),
        lambda tx, name: functions.delete(tx, "db", name),
        lambda tx: functions.page(tx, None, None, 9, lambda function: True),
    ),
    "stacks": (
        lambda tx, name: stacks.add(tx, stack(name)),
        lambda tx, name: stacks.update(tx, stack(name, "UPDATE_COMPLETE")),
        lambda tx, name: stacks.remove(tx, f"s-{name}"),
        stacks.every,
    ),
    "policies": (
        lambda tx, name: policies.put(tx, name, "{}"),
        lambda tx, name: policies.put(tx, name, "{ }") if policies.find(tx, name) else None,
        policies.delete,
        lambda tx: policies.page(tx, None, 9),
    ),
    "encryption": (
        lambda tx, name: encryption.put(tx, {"put": name}),
        lambda tx, name: encryption.put(tx, {"changed": name}),
        None,
        encryption.get,
    ),
    "partitions": (
        lambda tx, name: partitions.create(tx, "db", "t", [name], {}),
        lambda tx, name: (
            partitions.put_many(tx, "db", "t", {(name,): {"changed": True}})
            if partitions.find(tx, "db", "t", [name])
            else None
        ),
        lambda tx, name: partitions.delete(tx, "db", "t", [name]),
        lambda tx: (
            partitions.page(tx, "db", "t", None, 100),
            partitions.many(tx, "db", "t", [["a"], ["b"], ["c"]]),
        ),
    ),
    "classifiers": (
        lambda tx, name: classifiers.create(tx, name, "GrokClassifier", {}),
        lambda tx, name: classifiers.update(tx, classifiers.get(tx, name), {"changed": True}),
        classifiers.delete,
        lambda tx: (classifiers.page(tx, None, 100), classifiers.many(tx, ["a", "b", "c"])),
    ),
    "partition_indexes": (
        write_index,
        lambda tx, name: partition_indexes.delete(tx, "db", "t", name),
        lambda tx, name: tables.delete(tx, "db", "t"),
        lambda tx: partition_indexes.of_table(tx, "db", "t"),
    ),
    "column_statistics": (
        lambda tx, name: column_statistics.save(tx, "db", "t", [name], {"id": {}}),
        lambda tx, name: column_statistics.move(tx, "db", "t", [name], ["b"]),
        lambda tx, name: column_statistics.drop(tx, "db", "t", [[name]]),
        lambda tx: [column_statistics.many(tx, "db", "t", [name], ["id"]) for name in "abc"],
    ),
    "tags": (
        lambda tx, name: tags.add(tx, name, {"k": "v"}),
        lambda tx, name: tags.add(tx, name, {"k": "w"}) if tags.get(tx, name) else None,
        tags.drop,
        lambda tx: (
            [tags.get(tx, name) for name in "abc"],
            tags.arns_with(tx, {"k": "v"}),
            tags.arns_with(tx, {"k": "w"}),
        ),
    ),
    "crawlers": (
        lambda tx, name: crawlers.create(tx, name, {}),
        lambda tx, name: crawlers.set_state(tx, name, ["READY"], "RUNNING"),
        crawlers.delete,
        lambda tx: (crawlers.page(tx, None, 100), crawlers.many(tx, "abc"), crawlers.count(tx)),
    ),
    "crawls": (
        lambda tx, name: crawls.add(tx, crawl(name)),
        lambda tx, name: crawls.claim(tx, f"c-{name}"),
        lambda tx, name: crawls.close(tx, f"c-{name}", "FAILED", summary={}, error="x", ended=NOW),
        lambda tx: [crawls.of_crawler(tx, name) for name in "abc"],
    ),
    "schedules": (
        lambda tx, name: schedules.put(tx, schedule(name)),
        lambda tx, name: schedules.advance(tx, schedule(name), LATER),
        lambda tx, name: schedules.drop(tx, "crawler", name),
        lambda tx: (schedules.many(tx, "crawler", "abc"), schedules.find(tx, "crawler", "a")),
    ),
    "transforms": (
        lambda tx, name: transforms.create(tx, transform(name)),
        lambda tx, name: transforms.save(tx, transform(name, "READY")),
        lambda tx, name: transforms.delete(tx, f"t-{name}"),
        lambda tx: (transforms.all(tx), transforms.count(tx), transforms.by_name(tx, "a")),
    ),
    "trained": (
        lambda tx, name: trained.save(tx, trained.Trained(name, {}, b"1", NOW)),
        lambda tx, name: (
            trained.save(tx, trained.Trained(name, {}, b"2", NOW))
            if trained.get(tx, name)
            else None
        ),
        trained.drop,
        lambda tx: [trained.get(tx, name) for name in "abc"],
    ),
    "labels": (
        lambda tx, name: labels.append(tx, name, [labels.LabelRow("s", "l", "k", {})]),
        lambda tx, name: (
            labels.append(tx, name, [labels.LabelRow("s", "l", "k2", {})])
            if labels.count(tx, name)
            else None
        ),
        lambda tx, name: labels.replace(tx, name, []),
        lambda tx: [labels.of_transform(tx, name) for name in "abc"],
    ),
    "questions": (
        lambda tx, name: questions.add(tx, name, {"s1": ["k"]}),
        lambda tx, name: (
            questions.add(tx, name, {"s2": ["k"]})
            if questions.sets(tx, name).keys() == {"s1"}
            else None
        ),
        None,
        lambda tx: [questions.sets(tx, name) for name in "abc"],
    ),
    "task_runs": (
        lambda tx, name: task_runs.create(tx, task_run(name)),
        lambda tx, name: task_runs.advance(tx, f"r-{name}", ["STARTING"], status="RUNNING"),
        lambda tx, name: task_runs.advance(tx, f"r-{name}", ["RUNNING"], status="FAILED"),
        lambda tx: (
            [task_runs.of_transform(tx, f"t-{name}") for name in "abc"],
            task_runs.active(tx),
        ),
    ),
    "jobs": (
        lambda tx, name: jobs.create(tx, job(name)),
        lambda tx, name: jobs.update(tx, name, {"changed": True}),
        jobs.delete,
        lambda tx: (jobs.page(tx, None, 9), jobs.many(tx, "abc")),
    ),
    "job_runs": (
        lambda tx, name: job_runs.create(tx, job_run(name)),
        lambda tx, name: job_runs.advance(tx, f"r-{name}", ["STARTING"], status="RUNNING"),
        jobs.delete,
        lambda tx: (
            [job_runs.page(tx, name, None, 9) for name in "abc"],
            [job_runs.find(tx, f"r-{name}") for name in "abc"],
            [job_runs.going_on(tx, name) for name in "abc"],
        ),
    ),
    "job_bookmarks": (
        lambda tx, name: job_bookmarks.commit(tx, job_run(name), "{}", 0),
        lambda tx, name: (
            job_bookmarks.commit(tx, job_run(name), "{1}", 1)
            if job_bookmarks.latest(tx, name)
            else None
        ),
        lambda tx, name: job_bookmarks.reset(tx, name, None),
        lambda tx: [job_bookmarks.latest(tx, name) for name in "abc"],
    ),
    "evaluations": (
        lambda tx, name: evaluations.add(tx, evaluation(name, "r1")),
        lambda tx, name: (
            evaluations.add(tx, evaluation(name, "r0"))
            if evaluations.latest(tx, f"t-{name}")
            else None
        ),
        None,
        lambda tx: [
            (evaluations.latest(tx, f"t-{name}"), evaluations.of_run(tx, f"t-{name}", "r1"))
            for name in "abc"
        ],
    ),
    "explanations": (
        lambda tx, name: explanations.ask(tx, question(name)),
        lambda tx, name: explanations.advance(tx, f"e-{name}", status="RUNNING"),
        lambda tx, name: explanations.drop(tx, f"e-{name}"),
        lambda tx: (explanations.unanswered(tx), [_asked(tx, name) for name in "abc"]),
    ),
}


def _asked(tx, name):
    try:
        return explanations.get(tx, f"t-{name}", f"e-{name}")
    except GlueError:
        return None


ACTIONS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from("abc")), max_size=12
)


def test_every_table_of_the_schema_is_tried():
    of_no_account = {"kept_bodies", "kept_objects", "leases", "servers"}
    assert {table.name for table in schema.metadata.sorted_tables} - of_no_account == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(actions=ACTIONS)
def test_what_one_scope_does_no_other_sees(catalog, module, actions):
    look = MODULES[module][3]
    scopes = [catalog.within(scope) for scope in SCOPES]
    for number, kind, name in actions:
        before = [_seen(scope, look) for scope in scopes]
        act = MODULES[module][kind]
        if act is not None:
            _try(scopes[number], act, name)
        after = [_seen(scope, look) for scope in scopes]
        for other in range(len(scopes)):
            assert other == number or before[other] == after[other]
    _empty(catalog)


def test_the_actions_are_seen_in_their_own_scope(catalog):
    scoped = catalog.within(SCOPES[0])
    for write, change, _, look in MODULES.values():
        seen = [_seen(scoped, look)]
        for act in (write, change):
            _try(scoped, act, "a")
            seen.append(_seen(scoped, look))
        assert seen[0] != seen[1]
        assert seen[1] != seen[2]


def test_only_the_statements_module_makes_statements():
    """The claim of the two others rests on it: nobody else can forget account and region."""
    runs = {"crawls.py", "explanations.py", "job_runs.py", "task_runs.py"}
    across = runs | {"queue.py", "schedules.py", "stacks.py"}
    for path in Path(statements.__file__).parent.glob("*.py"):
        taken = [
            node
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        ]
        made = _names(taken, "sqlalchemy") & {"select", "insert", "update", "delete", "text"}
        allowed = {"select"} if path.name in across else set()
        # Servers serve all accounts, and names of buckets are everybody's. What the forms make is
        # for the statements alone.
        free = {"statements.py", "forms.py", "kept_bodies.py", "kept_objects.py", "leases.py"}
        assert made <= allowed or path.name in free, path.name
        assert "forms" not in _names(taken, None) or path.name == "statements.py", path.name


def _names(taken, module):
    return {alias.name for node in taken if node.module == module for alias in node.names}


def _try(scoped, act, name):
    try:
        with scoped.begin() as tx:
            act(tx, name)
    except GlueError:
        pass
    except Exception as error:
        if type(error).__name__ != "IntegrityError":
            raise


def _seen(scoped, look):
    with scoped.read() as tx:
        return look(tx)


def _empty(catalog):
    with catalog.connect() as connection:
        for table in schema.metadata.sorted_tables:
            connection.execute(table.delete())
