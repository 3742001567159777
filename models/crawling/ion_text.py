"""The Ion classifier: structs one after another, in text or in binary."""

from gluematch.models.datasets import ion
from gluematch.models.datasets.errors import FormatError

from .file_formats import Ion
from .samples import Sample
from .seen import Seen
from .types import columns_of_json, union


def classify(found: Sample) -> Seen | None:
    """Values that are structs all; None if it is no Ion.

    Of a sample that is cut off the value counts in which it ends no more.
    """
    binary = found.data.startswith(ion.BINARY)
    if not binary and (found.text is None or found.data.lstrip()[:1] not in {b"{", b"$"}):
        return None
    values = []
    try:
        for value in ion.values(found.data):
            if not isinstance(value, dict):
                return None
            values.append(value)
    except FormatError:
        if found.whole or not values:
            return None
    if not values:
        return None
    return Seen(Ion(), union(map(columns_of_json, values)), len(values), 1.0)
