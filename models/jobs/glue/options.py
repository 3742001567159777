"""Connection and format options as scripts give them, read: words like "true", 1 or True."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gluematch.models.datasets.dialects import Dialect
from gluematch.models.datasets.globs import excluder

FORMS = ("csv", "json", "parquet", "orc", "avro")
NO_QUOTES = {"-1", -1, ""}


@dataclass(frozen=True, slots=True)
class Options:
    """What a script said, by name; a name that was not said has its default."""

    given: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        """A word."""
        return str(self.given.get(name, default))

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A yes or no."""
        value = self.given.get(name, default)
        return value.strip().lower() == "true" if isinstance(value, str) else bool(value)

    def texts(self, name: str) -> list[str]:
        """A list, which may be written as JSON or be one word."""
        value = self.given.get(name, [])
        if isinstance(value, str):
            value = json.loads(value) if value.lstrip().startswith("[") else [value]
        return [str(one) for one in value]


def form_of(connection_type: str, form: str | None) -> str:
    """The format of the objects. Raises ValueError for what cannot be read and written here."""
    if connection_type.lower() not in {"s3", "parquet", "orc", "custom.s3"}:
        raise ValueError(
            f"connection_type {connection_type!r} is not built yet: s3, postgresql, mysql and "
            "mariadb can be read and written"
        )
    found = (form or (connection_type if connection_type in FORMS else "")).lower()
    found = {"glueparquet": "parquet"}.get(found, found)
    if found not in FORMS:
        raise ValueError(f"format {form!r} is not built yet: {', '.join(FORMS)} are")
    return found


def dialect_of(options: Options) -> Dialect:
    """How CSV objects are written, by Glue's format options.

    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-csv-home.html
    """
    delimiter = options.text("separator", ",")
    if len(delimiter) != 1:
        raise ValueError(f"the separator must be one character, not {delimiter!r}")
    quote = options.given.get("quoteChar", '"')
    escape = options.given.get("escaper", -1)
    header = options.flag("withHeader") or options.flag("skipFirst")
    return Dialect(
        delimiter=delimiter,
        quote="" if quote in NO_QUOTES else str(quote)[:1],
        escape=None if escape in NO_QUOTES else str(escape)[:1],
        skipped=1 if header else 0,
    )


def exclusions_of(options: Options) -> Any:
    """Whether a script excludes an object, by its URI or its key below a path."""
    return excluder(options.texts("exclusions"))
