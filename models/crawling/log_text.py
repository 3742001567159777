"""The log classifiers: lines that a grok pattern takes apart, Glue's own and users'.

Glue names its classifiers and does not show their patterns: docs/decisions/formats.md.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.grok import Grok, grok

from .formats import Log
from .seen import Seen

LINES = 1000
FIRST = 10
HALF = 0.5
ENOUGH = 0.9
SECONDS = 2.0

_LEVEL = "(?:DEBUG|FATAL|ERROR|WARN|INFO|ANY|UNKNOWN)"
_REDIS_DATE = r"%{MONTHDAY} %{MONTH}(?: %{YEAR})? %{TIME}"
BUILT_IN: Sequence[tuple[str, str]] = (
    ("combined_apache", "^%{COMBINEDAPACHELOG}$"),
    ("apache", "^%{COMMONAPACHELOG}$"),
    (
        "linux_kernel",
        r"^%{SYSLOGTIMESTAMP:timestamp} %{SYSLOGHOST:logsource} kernel: "
        r"(?:\[ *%{NUMBER:uptime:double}\] )?%{GREEDYDATA:message}$",
    ),
    (
        "linux_kernel",
        r"^(?:<%{NONNEGINT:priority:int}>)?\[ *%{NUMBER:uptime:double}\] %{GREEDYDATA:message}$",
    ),
    (
        "microsoft_log",
        r"^%{IPORHOST:c_ip}, %{DATA:cs_username}, %{DATE_US:date}, %{TIME:time}, "
        r"%{DATA:s_sitename}, %{DATA:s_computername}, %{IPORHOST:s_ip}, %{NUMBER:time_taken:long}, "
        r"%{NUMBER:cs_bytes:long}, %{NUMBER:sc_bytes:long}, %{INT:sc_status:int}, "
        r"%{NUMBER:sc_win32_status:long}, %{WORD:cs_method}, %{DATA:cs_uri_stem}, "
        r"%{DATA:cs_uri_query},?$",
    ),
    (
        "microsoft_log",
        r"^(?<date>%{YEAR}-%{MONTHNUM2}-%{MONTHDAY}) %{TIME:time} %{IPORHOST:s_ip} "
        r"%{WORD:cs_method} "
        r"%{NOTSPACE:cs_uri_stem} %{NOTSPACE:cs_uri_query} %{INT:s_port:int} "
        r"%{NOTSPACE:cs_username} %{IPORHOST:c_ip} %{NOTSPACE:cs_user_agent} "
        r"(?:%{NOTSPACE:cs_referer} )?%{INT:sc_status:int} %{INT:sc_substatus:int} "
        r"%{INT:sc_win32_status:long}(?: %{INT:time_taken:long})?$",
    ),
    (
        "ruby_logger",
        rf"^[DFEWIAU], \[%{{TIMESTAMP_ISO8601:timestamp}} #%{{POSINT:pid:int}}\] "
        rf"*(?<loglevel>{_LEVEL}) -- *%{{DATA:progname}}: %{{GREEDYDATA:message}}$",
    ),
    (
        "squid",
        r"^%{NUMBER:timestamp:double} +%{INT:duration:long} %{IPORHOST:client_address} "
        r"%{WORD:cache_result}/%{INT:status_code:int} %{INT:bytes:long} %{NOTSPACE:request_method} "
        r"%{NOTSPACE:url} %{NOTSPACE:user} %{WORD:hierarchy_code}/%{NOTSPACE:server} "
        r"%{NOTSPACE:content_type}$",
    ),
    (
        "redismonlog",
        r"^%{NUMBER:timestamp:double} \[%{INT:database:int} %{NOTSPACE:client}\] "
        r'"%{WORD:command}"(?: %{GREEDYDATA:params})?$',
    ),
    (
        "redislog",
        rf"^\[?%{{POSINT:pid:int}}(?::(?<role>[XCSM]))?\]? (?<timestamp>{_REDIS_DATE}) "
        r"(?<level>[.*#-]) %{GREEDYDATA:message}$",
    ),
)


def classify(text: str, *, whole: bool) -> Seen | None:
    """The first of Glue's log formats that nine lines of ten have; None if there is none."""
    lines = _lines(text, whole=whole)
    for classification, pattern in BUILT_IN:
        known = _built_in(pattern)
        # Nearly all objects are of another format, which the first lines show.
        if _share(known, lines[:FIRST]) >= HALF and _share(known, lines) >= ENOUGH:
            return _seen(Log(classification, pattern), known, text, 1.0)
    return None


def classify_by(form: Log, text: str, *, whole: bool) -> Seen | None:
    """A text by a user's pattern: as certain as its share of lines that match."""
    known = grok(form.pattern, form.custom_patterns)
    share = _share(known, _lines(text, whole=whole))
    return _seen(form, known, text, share) if share else None


@lru_cache(maxsize=len(BUILT_IN))
def _built_in(pattern: str) -> Grok:
    return grok(pattern)


def _lines(text: str, *, whole: bool) -> list[str]:
    """The first lines that say something; the last of a text that is cut off does not count."""
    rest = text if whole else text[: text.rfind("\n") + 1]
    said = (line for line in rest.splitlines() if line.strip() and not line.startswith("#"))
    return list(islice(said, LINES))


def _share(known: Grok, lines: Sequence[str]) -> float:
    try:
        matching = sum(row is not None for row in known.rows(lines, SECONDS))
    except TimeoutError:
        raise FormatError(f"its grok pattern took longer than {SECONDS:g} seconds") from None
    return matching / len(lines) if lines else 0.0


def _seen(form: Log, known: Grok, text: str, certainty: float) -> Seen:
    return Seen(form, known.columns, max(text.count("\n"), 1), 1.0, certainty)
