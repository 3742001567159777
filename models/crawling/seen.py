"""What a classifier says of a sample that it recognises."""

from dataclasses import dataclass

from .formats import Format
from .types import Columns


@dataclass(frozen=True, slots=True)
class Seen:
    """Format and columns; `records` records were seen in `share`, 0 to 1, of the sample.

    Who is certain has `certainty` 1 and is not questioned further.
    """

    format: Format
    columns: Columns
    records: int
    share: float
    certainty: float = 1.0
