"""Cron expressions: known answers, refusals, and every fire of random ones by brute force."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gluematch.models import cron

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SUNDAY = datetime(2023, 1, 1, tzinfo=UTC)


def fires(text, after, count=3):
    """The next fires after an ISO instant, as ISO instants."""
    found, parsed, instant = [], cron.parse(text), datetime.fromisoformat(after + "+00:00")
    for _ in range(count):
        instant = parsed.next_after(instant)
        if instant is None:
            break
        found.append(instant.strftime("%Y-%m-%dT%H:%M"))
    return found


KNOWN = [
    # every day, and the examples of AWS's own page
    ("15 12 * * ? *", "2026-01-31T12:15", ["2026-02-01T12:15", "2026-02-02T12:15"]),
    ("0 18 ? * MON-FRI *", "2026-11-27T17:00", ["2026-11-27T18:00", "2026-11-30T18:00"]),
    ("0 8 1 * ? *", "2026-12-01T08:00", ["2027-01-01T08:00", "2027-02-01T08:00"]),
    ("0/15 * * * ? *", "2026-11-24T23:44", ["2026-11-24T23:45", "2026-11-25T00:00"]),
    ("0/10 * ? * 2-6 *", "2026-11-27T23:50", ["2026-11-30T00:00", "2026-11-30T00:10"]),
    ("0/5 8-17 ? * MON-FRI *", "2026-11-27T17:55", ["2026-11-30T08:00", "2026-11-30T08:05"]),
    # Sunday is 1, and names may be written small
    ("0 0 ? * 1 *", "2026-11-24T00:00", ["2026-11-29T00:00", "2026-12-06T00:00"]),
    ("0 0 ? jan,mar sun *", "2026-01-25T00:00", ["2026-03-01T00:00", "2026-03-08T00:00"]),
    # L: the last day of a month, and days before it; of a week, it is Saturday
    ("0 0 L 2 ? *", "2027-01-01T00:00", ["2027-02-28T00:00", "2028-02-29T00:00"]),
    ("0 0 L-2 * ? *", "2026-04-01T00:00", ["2026-04-28T00:00", "2026-05-29T00:00"]),
    ("0 0 ? * L *", "2026-11-24T00:00", ["2026-11-28T00:00", "2026-12-05T00:00"]),
    ("0 0 ? * 6L *", "2026-11-24T00:00", ["2026-11-27T00:00", "2026-12-25T00:00"]),
    ("0 0 ? * FRIL *", "2026-11-24T00:00", ["2026-11-27T00:00", "2026-12-25T00:00"]),
    # W: never out of the month; 1 August 2026 is a Saturday, 31 May 2026 a Sunday
    ("0 0 1W * ? *", "2026-07-30T00:00", ["2026-08-03T00:00", "2026-09-01T00:00"]),
    ("0 0 31W * ? *", "2026-05-01T00:00", ["2026-05-29T00:00", "2026-07-31T00:00"]),
    ("0 0 15W 8 ? *", "2026-05-01T00:00", ["2026-08-14T00:00", "2027-08-16T00:00"]),
    ("0 0 LW * ? *", "2026-05-01T00:00", ["2026-05-29T00:00", "2026-06-30T00:00"]),
    # the nth weekday of a month
    ("0 0 ? * 2#1 *", "2026-11-24T00:00", ["2026-12-07T00:00", "2027-01-04T00:00"]),
    ("0 0 ? * TUE#5 *", "2026-11-24T00:00", ["2026-12-29T00:00", "2027-03-30T00:00"]),
    # years that end, and days that are rare
    ("0 0 1 1 ? 2026-2027", "2026-06-01T00:00", ["2027-01-01T00:00"]),
    ("0 0 29 2 ? *", "2096-03-01T00:00", ["2104-02-29T00:00", "2108-02-29T00:00"]),
    ("0 0 30 2 ? *", "2026-01-01T00:00", []),
    ("0 0 ? * * 1999", "2026-01-01T00:00", []),
    # ranges that go round, and lists of everything
    ("0 22-2/2 * * ? *", "2026-01-01T20:00", ["2026-01-01T22:00", "2026-01-02T00:00"]),
    ("0 0 1,L,15W * ? *", "2026-11-02T00:00", ["2026-11-16T00:00", "2026-11-30T00:00"]),
]


@pytest.mark.parametrize(("fields", "after", "expected"), KNOWN)
def test_an_expression_fires_when_aws_says(fields, after, expected):
    assert fires(f"cron({fields})", after, 2) == expected


REFUSED = [
    ("15 12 * * ? *", "form"),
    ("rate(5 minutes)", "form"),
    ("cron(15 12 * * ?)", "form"),
    ("cron(15 12 * * ? * *)", "form"),
    ("cron(15 12 * * * *)", "exactly one"),
    ("cron(15 12 ? * ? *)", "exactly one"),
    ("cron(15 ? * * ? *)", "'?' cannot be read as hour"),
    ("cron(60 12 * * ? *)", "'60' is no minute: 0 to 59"),
    ("cron(0 24 * * ? *)", "no hour"),
    ("cron(0 0 0 * ? *)", "no day of the month"),
    ("cron(0 0 32W * ? *)", "no day of the month"),
    ("cron(0 0 * 13 ? *)", "no month"),
    ("cron(0 0 * FOO ? *)", "no month"),
    ("cron(0 0 ? * 0 *)", "no day of the week"),
    ("cron(0 0 ? * 8L *)", "no day of the week"),
    ("cron(0 0 ? * 2#6 *)", "day of the week"),
    ("cron(0 0 * * ? 1969)", "no year"),
    ("cron(0 0 * * ? 2200)", "no year"),
    ("cron(0/0 0 * * ? *)", "step of 0"),
    ("cron(0, 0 * * ? *)", "cannot be read"),
    ("cron(-5 0 * * ? *)", "cannot be read"),
    ("cron(٣ 0 * * ? *)", "no minute"),
    ("cron(* * * * ? *)", "every 5 minutes"),
    ("cron(0/4 * * * ? *)", "every 5 minutes"),
    ("cron(0,3 12 * * ? *)", "every 5 minutes"),
    ("cron(1,57 * * * ? *)", "every 5 minutes"),
    ("cron(1,57 4,5 * * ? *)", "every 5 minutes"),
    ("cron(1,57 0,23 * * ? *)", "every 5 minutes"),
    ("cron(1,57 0,23 1,L * ? *)", "every 5 minutes"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_makes_no_sense_is_refused_with_a_reason(text, reason):
    with pytest.raises(cron.CronError) as refusal:
        cron.parse(text)
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    "fields",
    ["0/5 * * * ? *", "1,56 * * * ? *", "1,57 4,6 * * ? *", "1,57 0,23 1,15 * ? *"],
)
def test_five_minutes_are_enough(fields):
    assert cron.parse(f"cron({fields})").next_after(SUNDAY) is not None


# Brute force: each part of a field is its text and a test of a value, written by definition.


def plain(low, high):
    """Parts of a field: a value, a range, a step, everything."""
    value = st.integers(low, high)
    return st.one_of(
        st.just(("*", lambda _: True)),
        value.map(lambda a: (str(a), lambda n: n == a)),
        st.tuples(value, value).map(
            lambda ab: (
                f"{ab[0]}-{ab[1]}",
                lambda n: ab[0] <= n <= ab[1] if ab[0] <= ab[1] else n >= ab[0] or n <= ab[1],
            )
        ),
        st.tuples(value, st.integers(1, 20)).map(
            lambda ab: (f"{ab[0]}/{ab[1]}", lambda n: n >= ab[0] and (n - ab[0]) % ab[1] == 0)
        ),
        st.tuples(value, value, st.integers(1, 9)).map(
            lambda abc: (
                f"{min(abc[:2])}-{max(abc[:2])}/{abc[2]}",
                lambda n: min(abc[:2]) <= n <= max(abc[:2]) and (n - min(abc[:2])) % abc[2] == 0,
            )
        ),
    )


def on_month_days(part):
    return part[0], lambda day: part[1](day.day)


def on_week_days(part):
    return part[0], lambda day: part[1](number_in_week(day))


def number_in_week(day):
    return (day - SUNDAY).days % 7 + 1


def works(day):
    return 2 <= number_in_week(day) <= 6


def last_of_month(day):
    return (day + DAY).month != day.month


def is_near(day, wanted):
    """Whether `day` is the working day that lies nearest to the `wanted` one of its month."""
    if not works(day):
        return False
    around = [day + DAY * k for k in (0, 1, -1, 2, -2)]
    return any(
        target.month == day.month and target.day == wanted and nearest_to(target) == day
        for target in around
    )


def nearest_to(target):
    for k in (0, -1, 1, -2, 2):
        candidate = target + DAY * k
        if candidate.month == target.month and works(candidate):
            return candidate
    raise AssertionError("every month has a working day")


SPECIAL_MONTH_DAYS = st.one_of(
    st.just(("L", last_of_month)),
    st.just(("LW", lambda day: any(last_of_month(d) and nearest_to(d) == day for d in week(day)))),
    st.integers(1, 12).map(lambda n: (f"L-{n}", lambda day: last_of_month(day + DAY * n))),
    st.integers(1, 31).map(lambda n: (f"{n}W", lambda day: is_near(day, n))),
)
SPECIAL_WEEK_DAYS = st.one_of(
    st.just(("L", lambda day: number_in_week(day) == 7)),
    st.integers(1, 7).map(
        lambda n: (
            f"{n}L",
            lambda day: number_in_week(day) == n and (day + 7 * DAY).month != day.month,
        )
    ),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map(
        lambda nk: (
            f"{nk[0]}#{nk[1]}",
            lambda day: number_in_week(day) == nk[0] and (day.day - 1) // 7 + 1 == nk[1],
        )
    ),
)


def week(day):
    """The days around one, of the same month."""
    return [d for d in (day + DAY * k for k in range(-3, 4)) if d.month == day.month]


def lists(part):
    """A field of one to three parts: its text, and a test that one of them passes."""
    return st.lists(part, min_size=1, max_size=3).map(
        lambda parts: (
            ",".join(text for text, _ in parts),
            lambda n: any(test(n) for _, test in parts),
        )
    )


MONTH_DAYS = lists(st.one_of(plain(1, 31).map(on_month_days), SPECIAL_MONTH_DAYS))
WEEK_DAYS = lists(st.one_of(plain(1, 7).map(on_week_days), SPECIAL_WEEK_DAYS))
DAYS = st.one_of(
    MONTH_DAYS.map(lambda one: (one[0], "?", one[1])),
    WEEK_DAYS.map(lambda one: ("?", one[0], one[1])),
)
STARTS = st.timedeltas(timedelta(0), timedelta(days=2200)).map(lambda after: SUNDAY + after)
HORIZON = 500


@settings(deadline=None, max_examples=300)
@given(
    minutes=lists(plain(0, 59)),
    hours=lists(plain(0, 23)),
    days=DAYS,
    months=lists(plain(1, 12)),
    start=STARTS,
)
def test_the_next_fire_is_the_one_that_brute_force_finds(minutes, hours, days, months, start):
    text = f"cron({minutes[0]} {hours[0]} {days[0]} {months[0]} {days[1]} *)"
    try:
        parsed = cron.parse(text)
    except cron.CronError as error:
        assume("every 5 minutes" not in str(error))
        raise
    found = parsed.next_after(start)
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(HORIZON):
        if months[1](day.month) and days[2](day):
            for minute in range(24 * 60):
                fire = day + MINUTE * minute
                if fire > start and hours[1](fire.hour) and minutes[1](fire.minute):
                    assert found == fire, text
                    return
        day += DAY
    assert found is None or found >= day, text


@settings(deadline=None, max_examples=100)
@given(minutes=lists(plain(0, 59)), hours=lists(plain(0, 23)), days=DAYS)
def test_what_is_refused_as_too_fast_is_too_fast_and_nothing_else(minutes, hours, days):
    text = f"cron({minutes[0]} {hours[0]} {days[0]} * {days[1]} *)"
    of_day = [
        60 * hour + minute
        for hour in range(24)
        if hours[1](hour)
        for minute in range(60)
        if minutes[1](minute)
    ]
    assume(of_day)
    gaps = [b - a for a, b in pairwise(of_day)]
    if any(days[2](day) and days[2](day + DAY) for day in (SUNDAY + DAY * n for n in range(3650))):
        gaps.append(of_day[0] + 24 * 60 - of_day[-1])
    try:
        cron.parse(text)
        refused = False
    except cron.CronError:
        refused = True
    assert refused == any(gap < 5 for gap in gaps), text
