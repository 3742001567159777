"""What every looker is given beside its target."""

from collections.abc import Callable
from dataclasses import dataclass

from gluematch.models.crawling.custom import CustomClassifier
from gluematch.models.crawling.plan import Grouping
from gluematch.models.datasets.access import AwsServices
from gluematch.models.datasets.objects import ObjectStore

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """S3, the other services, and the crawl's: its grouping, its log, and whom it asks first."""

    objects: ObjectStore
    services: AwsServices
    grouping: Grouping
    log: Log
    classifiers: tuple[CustomClassifier, ...] = ()
