"""The classifiers of files that carry their schema: Avro by its header, the others by footers."""

import io
from collections.abc import Callable, Sequence
from typing import BinaryIO

from gluematch.models.datasets import avro
from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.footers import (
    ORC_MAGIC,
    PARQUET_MAGIC,
    Footer,
    orc_footer_of,
    parquet_footer_of,
)
from gluematch.models.datasets.objects import ObjectStore

from .file_formats import Avro, Orc, Parquet
from .formats import Format
from .samples import MEGABYTE, Sample, sample
from .seen import Seen
from .types import Columns, union

FileClassifier = Callable[[ObjectStore, Sample], Seen]


def _avro(store: ObjectStore, found: Sample) -> Seen:
    try:
        header = avro.header(found.data)
    except FormatError:
        if found.whole:
            raise
        found = sample(store, found.info, MEGABYTE)
        header = avro.header(found.data)
    share = header.taken / len(found.data)
    return Seen(Avro(header.schema), _folded(header.columns), header.records, share)


def _parquet(store: ObjectStore, found: Sample) -> Seen:
    return _by_footer(Parquet(), parquet_footer_of(_file(store, found), found.info.uri))


def _orc(store: ObjectStore, found: Sample) -> Seen:
    return _by_footer(Orc(), orc_footer_of(_file(store, found), found.info.uri))


def _file(store: ObjectStore, found: Sample) -> BinaryIO:
    return io.BytesIO(found.data) if found.whole else store.open(found.info.uri, found.info.size)


def _by_footer(form: Format, footer: Footer) -> Seen:
    return Seen(form, _folded(footer.columns), footer.rows, 0.0)


def _folded(columns: Sequence[tuple[str, str]]) -> Columns:
    return union([tuple((name.lower(), kind) for name, kind in columns)])


FILE_CLASSIFIERS: Sequence[tuple[bytes, FileClassifier]] = (
    (avro.MAGIC, _avro),
    (ORC_MAGIC, _orc),
    (PARQUET_MAGIC, _parquet),
)
"""By the bytes that files begin with. Each raises FormatError for a file that only begins so."""
