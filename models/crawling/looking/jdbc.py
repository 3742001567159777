"""Looking at a relational database: the tables and views that a path like `db/schema/%` names."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from gluematch.models.crawling.findings import ColumnNote, FoundTable
from gluematch.models.crawling.other_targets import JdbcTarget
from gluematch.models.crawling.table_formats import Elsewhere
from gluematch.models.datasets.globs import excluder
from gluematch.models.datasets.jdbc import DatabaseError, Login, require_allowed
from gluematch.models.datasets.logins import full_login
from gluematch.models.datasets.relational import Column, Relation, relations

from .surroundings import Surroundings

ANY = "%"
WITH_SCHEMAS = {"postgresql"}
"""The engines whose databases have schemas, and that reach one database at a time."""


def look(target: JdbcTarget, around: Surroundings) -> Iterator[FoundTable]:
    """A table for each table and view. Raises DatabaseError."""
    login = full_login(target.properties, around.services, around.objects)
    require_allowed(login, around.services.access.allowed)
    parts = target.path.strip("/").split("/")
    login = replace(login, database=_database(login, parts[0]))
    in_schema, wanted = _choice(login, parts, target)
    count = 0
    for relation in relations(login, in_schema, wanted):
        count += 1
        yield _table(target, login, relation)
    level = "INFO" if count else "WARN"
    around.log(f"{level} : Tables of {target.connection} at {target.path}: {count}")


def _database(login: Login, wanted: str) -> str:
    """The database that the path names; where it has a wildcard, the connection's own."""
    if ANY not in wanted:
        return wanted
    if login.engine in WITH_SCHEMAS and not (login.database and _like(wanted)(login.database)):
        raise DatabaseError(f"No database is named like {wanted} by the path and the connection.")
    return login.database


def _choice(
    login: Login, parts: list[str], target: JdbcTarget
) -> tuple[Callable[[str], bool], Callable[[str, str], bool]]:
    """Which schemas to look into, and which of their tables to take."""
    has_schemas = login.engine in WITH_SCHEMAS
    if not has_schemas and len(parts) > 2:
        raise DatabaseError(
            f"The path {target.path} names a schema, which {login.engine} has not: "
            "it has to be of the form database/table."
        )
    patterns = parts if not has_schemas or len(parts) > 2 else [parts[0], ANY, parts[-1]]
    schema_like, table_like = _like(patterns[-2]), _like(patterns[-1])
    excluded = excluder(target.exclusions)
    fixed = [part for part in parts[:-1] if ANY not in part]

    def wanted(schema: str, table: str) -> bool:
        path = [login.database, schema, table] if has_schemas else [schema, table]
        ways = ("/".join(path), "/".join(path[len(fixed) :]))
        return table_like(table) and not any(map(excluded, ways))

    return schema_like, wanted


def _like(pattern: str) -> Callable[[str], bool]:
    """Whether a name is like a part of a path, in which `%` stands for any characters."""
    first, *others = pattern.split(ANY)
    if not others:
        return lambda name: name == pattern
    *inner, last = others

    def like(name: str) -> bool:
        end = len(name) - len(last)
        position = len(first)
        if not (name.startswith(first) and name.endswith(last) and position <= end):
            return False
        for text in inner:
            found = name.find(text, position, end)
            if found < 0:
                return False
            position = found + len(text)
        return True

    return like


def _table(target: JdbcTarget, login: Login, relation: Relation) -> FoundTable:
    path = [relation.schema, relation.name]
    if login.engine in WITH_SCHEMAS:
        path.insert(0, login.database)
    kind = "view" if relation.is_view else "table"
    return FoundTable(
        location=".".join(path),
        format=Elsewhere(login.engine, {"typeOfData": kind}),
        compression="none",
        columns=tuple((column.name.lower(), column.hive) for column in relation.columns),
        figures=None,
        named="_".join(path).replace("/", "_"),
        connection=target.connection,
        notes={column.name.lower(): _note(target, column) for column in relation.columns},
        description=relation.comment if target.comments else None,
    )


def _note(target: JdbcTarget, column: Column) -> ColumnNote:
    parameters = {"rawType": column.raw} if target.raw_types else {}
    return ColumnNote(column.comment if target.comments else None, parameters)
