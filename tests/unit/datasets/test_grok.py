"""Grok patterns: what they are made of, what they find, and what they are refused for."""

import time
import tracemalloc

import pytest

from gluematch.models.datasets.grok import GrokError, grok
from gluematch.models.datasets.grok_patterns import PATTERNS

SAMPLES = {
    "BASE16NUM": "0xFf09",
    "BOOLEAN": "True",
    "CISCOMAC": "0123.4567.89ab",
    "COMMONMAC": "01:23:45:67:89:ab",
    "DATESTAMP_EU": "31.12.2020 23:59:59",
    "DATESTAMP_EVENTLOG": "20201231235959",
    "DATESTAMP_OTHER": "Thu Dec 31 23:59:59 UTC 2020",
    "DATESTAMP_RFC2822": "Thu, 31 Dec 2020 23:59:59 +0100",
    "DATESTAMP_US": "12/31/2020 23:59:59",
    "HOSTPORT": "example.org:8080",
    "HTTPDATE": "10/Oct/2000:13:55:36 -0700",
    "IPV4": "192.168.0.255",
    "LOGLEVEL": "Warning",
    "NUMBER": "-12.5",
    "QUOTEDSTRING": r'"a \"quoted\" word"',
    "SYSLOGBASE": "Feb  1 06:25:43 host-1 sshd[42]:",
    "TIMESTAMP_ISO8601": "2020-12-31T23:59:59.123Z",
    "TTY": "/dev/pts/3",
    "UNIXPATH": "/var/log/a-b.log",
    "URI": "https://user@example.org:80/a/b?c=d",
    "UUID": "123e4567-e89b-12d3-a456-426614174000",
    "WINPATH": r"C:\Users\a",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_named_pattern_matches_what_it_names(name):
    found = next(grok(f"^%{{{name}:it}}$").rows([SAMPLES[name]]))
    assert found is not None
    assert found["it"] == SAMPLES[name]


@pytest.mark.parametrize("address", ["::1", "2001:db8::ff00:42:8329", "1:2:3:4:5:6:7:8", "fe80::"])
def test_addresses_of_ipv6_match(address):
    assert next(grok("^%{IP:it}$").rows([address])) == {"it": address}


def test_every_named_pattern_compiles():
    for name in PATTERNS:
        grok(f"%{{{name}:it}}")


def test_fields_become_columns_with_their_types():
    found = grok("%{INT:Id:int} %{NUMBER:score:double} %{WORD:word} (?<rest>.*)")
    assert found.columns == (
        ("id", "int"),
        ("score", "double"),
        ("word", "string"),
        ("rest", "string"),
    )
    row = next(found.rows(["7 1.5 abc and more"]))
    assert row == {"id": "7", "score": "1.5", "word": "abc", "rest": "and more"}


def test_field_names_may_have_any_signs_and_appear_twice():
    found = grok("(?:%{INT:user.id-1}|%{WORD:user.id-1})")
    assert found.columns == (("user.id-1", "string"),)
    assert list(found.rows(["5", "x", "!"])) == [{"user.id-1": "5"}, {"user.id-1": "x"}, None]


def test_custom_patterns_are_made_of_others():
    custom = "# of mine\nLEVEL (?:A|B)\n\nPREFIX %{LEVEL:level}-%{INT:n:long}"
    found = grok("%{PREFIX} %{GREEDYDATA:message}", custom)
    assert next(found.rows(["A-12 hello"])) == {"level": "A", "n": "12", "message": "hello"}


@pytest.mark.parametrize(
    ("pattern", "custom"),
    [
        ("%{A:a}", "A %{B}\nB %{A}"),
        ("%{A:a}", "A"),
        ("%{A0:a}", "\n".join(f"A{n} %{{A{n + 1}}}" for n in range(500)) + "\nA500 x"),
        ("%{A0:a}", "\n".join(f"A{n} %{{A{n + 1}}}%{{A{n + 1}}}" for n in range(40)) + "\nA40 x"),
    ],
)
def test_patterns_that_never_end_or_never_end_to_grow_are_refused(pattern, custom):
    with pytest.raises(GrokError):
        grok(pattern, custom)


def test_a_pattern_that_would_take_for_ever_is_stopped():
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        list(grok("(?<a>(?:a|aa)+)+$").rows(["a" * 100 + "b"] * 50, seconds=0.2))
    assert time.monotonic() - start < 5


def test_patterns_that_multiply_each_other_are_refused_before_they_are_unfolded() -> None:
    custom = "\n".join(
        [f"A0 {'x' * 100}", f"A1 {'%{A0}' * 1900}", f"A2 {'%{A1}' * 1200}", f"A3 {'%{A2}' * 100}"]
    )
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(GrokError, match="too long"):
        grok("%{A3}", custom)
    seconds, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 2
    assert peak < 20 * 2**20


def test_the_name_of_many_levels_that_fold_out_to_nothing_costs_nothing() -> None:
    levels = [f"A{n} {f'%{{A{n - 1}}}' * 8 if n else ''}x" for n in range(12)]
    began = time.process_time()
    with pytest.raises(GrokError, match="too long"):
        grok("%{A11}", "\n".join(levels))
    assert time.process_time() - began < 2
