"""Glue's cron expressions: six fields, UTC, `cron(15 12 * * ? *)`. When do they fire next?

The dialect is that of AWS, after Quartz: Sunday is day 1, exactly one of the two day fields is `?`,
`L` is the last day, `15W` the weekday nearest to the 15th, `2#1` the first Monday.
https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html
"""

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

SHORTEST_MINUTES = 5
DAY = timedelta(days=1)
SATURDAY, SUNDAY = 7, 1

_EXPRESSION = re.compile(r"\s*cron\(([^()]*)\)\s*")
_PART = re.compile(r"(?:(?P<all>\*)|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>\d+))?")
_LAST_DAY = re.compile(r"L(?:-(\d+))?")
_NEAR_DAY = re.compile(r"(\d+)W")
_LAST_WEEKDAY = re.compile(r"(\w+?)L")
_NTH_WEEKDAY = re.compile(r"(\w+)#([1-5])")

Days = Callable[[int, int], set[int]]
"""Days of a month, given its year and its number."""


class CronError(ValueError):
    """The expression cannot be read; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an expression: what it is called, its bounds, and names for its values."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def value(self, text: str) -> int:
        """The number of a value. Raises CronError."""
        if text in self.names:
            return self.names.index(text) + self.low
        if not re.fullmatch(r"[0-9]{1,4}", text) or not self.low <= int(text) <= self.high:
            raise CronError(f"{text!r} is no {self.name}: {self.low} to {self.high}")
        return int(text)

    def values(self, text: str) -> set[int]:
        """The numbers of one part of a list: `*`, `5`, `1-5`, `0/15`. Raises CronError.

        A range that ends below its beginning goes on at the lowest value, as in Quartz.
        """
        found = _PART.fullmatch(text)
        if found is None:
            raise CronError(f"{text!r} cannot be read as {self.name}")
        step = int(found["step"] or 1)
        if step == 0:
            raise CronError(f"{text!r}: a step of 0 leads nowhere")
        low = self.low if found["all"] else self.value(found["low"])
        high = low if found["low"] and not found["step"] else self.high
        if found["high"]:
            high = self.value(found["high"])
        if low <= high:
            return set(range(low, high + 1, step))
        span = self.high - self.low + 1
        return {(n - self.low) % span + self.low for n in range(low, high + span + 1, step)}


MONTHS = tuple(name.upper() for name in calendar.month_abbr[1:])
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY_OF_MONTH = Field("day of the month", 1, 31)
MONTH = Field("month", 1, 12, MONTHS)
DAY_OF_WEEK = Field("day of the week", 1, 7, WEEKDAYS)
YEAR = Field("year", 1970, 2199)


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression that has been read. The sequences of numbers are sorted."""

    minutes: Sequence[int]
    hours: Sequence[int]
    days: Sequence[Days]
    months: Sequence[int]
    years: Sequence[int]

    def next_after(self, instant: datetime) -> datetime | None:
        """The first fire later than `instant`, in UTC; None if there is none any more."""
        start = instant.astimezone(UTC) + timedelta(minutes=1)
        earliest = start.replace(second=0, microsecond=0)
        for day in self._days_from(earliest.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    fire = datetime.combine(day, time(hour, minute), UTC)
                    if fire >= earliest:
                        return fire
        return None

    def is_faster_than(self, minutes: int) -> bool:
        """Whether some two fires lie less than `minutes` (at most an hour) apart."""
        if any(b - a < minutes for a, b in pairwise(self.minutes)):
            return True
        if 60 - self.minutes[-1] + self.minutes[0] >= minutes:
            return False
        if any(hour + 1 in self.hours for hour in self.hours):
            return True
        return {23, 0} <= set(self.hours) and self._has_neighbouring_days()

    def _has_neighbouring_days(self) -> bool:
        days = self._days_from(date(YEAR.low, 1, 1))
        return any(after - day == DAY for day, after in pairwise(days))

    def _days_from(self, first: date) -> Iterator[date]:
        """The days on which it fires, from `first` on."""
        for year in self.years:
            for month in self.months:
                if (year, month) >= (first.year, first.month):
                    chosen = set().union(*(days(year, month) for days in self.days))
                    found = (date(year, month, day) for day in sorted(chosen))
                    yield from (day for day in found if day >= first)


def parse(text: str) -> Cron:
    """Read `cron(minutes hours day-of-month month day-of-week year)`. Raises CronError.

    What would fire more often than every five minutes is refused, as by Glue.
    """
    found = _EXPRESSION.fullmatch(text)
    fields = found[1].upper().split() if found else []
    if len(fields) != 6:
        raise CronError(
            "it is not of the form cron(minutes hours day-of-month month day-of-week year)"
        )
    minutes, hours, of_month, months, of_week, years = fields
    if (of_month == "?") == (of_week == "?"):
        raise CronError("exactly one of day-of-month and day-of-week has to be ?")
    day_texts, day_of = (of_month, _of_month) if of_week == "?" else (of_week, _of_week)
    cron = Cron(
        minutes=_numbers(MINUTE, minutes),
        hours=_numbers(HOUR, hours),
        days=[day_of(part) for part in day_texts.split(",")],
        months=_numbers(MONTH, months),
        years=_numbers(YEAR, years),
    )
    if cron.is_faster_than(SHORTEST_MINUTES):
        raise CronError(f"it fires more often than every {SHORTEST_MINUTES} minutes")
    return cron


def _numbers(field: Field, text: str) -> list[int]:
    return sorted(set().union(*(field.values(part) for part in text.split(","))))


def _of_month(text: str) -> Days:
    """The days that one part of the field day-of-month means. Raises CronError."""
    if text == "LW":
        return lambda year, month: {_nearest_weekday(year, month, _length(year, month))}
    if found := _LAST_DAY.fullmatch(text):
        back = int(found[1] or 0)
        return lambda year, month: {_length(year, month) - back} & _all_days(year, month)
    if found := _NEAR_DAY.fullmatch(text):
        near = DAY_OF_MONTH.value(found[1])
        return lambda year, month: {
            _nearest_weekday(year, month, day) for day in {near} & _all_days(year, month)
        }
    days = DAY_OF_MONTH.values(text)
    return lambda year, month: days & _all_days(year, month)


def _of_week(text: str) -> Days:
    """The days that one part of the field day-of-week means. Raises CronError."""
    if text == "L":
        text = "SAT"
    if found := _LAST_WEEKDAY.fullmatch(text):
        last = DAY_OF_WEEK.value(found[1])
        return lambda year, month: set(_weekdays(year, month, {last})[-1:])
    if found := _NTH_WEEKDAY.fullmatch(text):
        wanted, nth = DAY_OF_WEEK.value(found[1]), int(found[2])
        return lambda year, month: set(_weekdays(year, month, {wanted})[nth - 1 : nth])
    chosen = DAY_OF_WEEK.values(text)
    return lambda year, month: set(_weekdays(year, month, chosen))


def _nearest_weekday(year: int, month: int, day: int) -> int:
    """The day from Monday to Friday nearest to `day`, in the same month."""
    weekday = _weekday(year, month, day)
    if weekday == SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == SUNDAY:
        return day + 1 if day < _length(year, month) else day - 2
    return day


def _weekdays(year: int, month: int, wanted: set[int]) -> list[int]:
    return [day for day in sorted(_all_days(year, month)) if _weekday(year, month, day) in wanted]


def _weekday(year: int, month: int, day: int) -> int:
    """1 for Sunday to 7 for Saturday."""
    return date(year, month, day).isoweekday() % 7 + 1


def _all_days(year: int, month: int) -> set[int]:
    return set(range(1, _length(year, month) + 1))


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
