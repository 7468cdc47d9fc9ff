"""Working time: how long until something is due, counted only while people are at work. Pure.

The calendar is data (`calendars/*.toml`): the hours of a working day, the weekend, holidays, and
the weekend days that are worked in exchange (调休). Times of day are the organisation's own.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_SPAN = re.compile(r"([1-9]\d{0,2})(m|h|d)")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FURTHEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of working time; `unit` is m, h or d (a working day of the calendar)."""

    amount: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of "30m", "8h" or "2d". Raises: ValueError."""
        match = _SPAN.fullmatch(text)
        if match is None:
            raise ValueError(f'{text!r} is no working time such as "30m", "8h" or "2d"')
        return cls(int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """`hours`: the stretches of a working day, in order, none overlapping."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    hours: tuple[tuple[time, time], ...] = ((time(8), time(12)), (time(13, 30), time(17, 30)))
    weekend: frozenset[int] = frozenset({5, 6})  # as date.weekday counts
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        if day in self.workdays:
            return True
        return day.weekday() not in self.weekend and day not in self.holidays

    def after(self, start: datetime, span: Span) -> datetime:
        """When the working time `span` will have passed since `start`; aware UTC.

        Raises: OverflowError when the calendar has no working time for ten years.
        """
        left = self._length(span)
        for begins, ends in self._stretches(start):
            if left <= ends - begins:
                return begins + left
            left -= ends - begins
        raise OverflowError(f"no working time within {_FURTHEST.days} days of {start}")

    def _length(self, span: Span) -> timedelta:
        if span.unit == "m":
            return timedelta(minutes=span.amount)
        if span.unit == "h":
            return timedelta(hours=span.amount)
        day = date.min
        stretches = (datetime.combine(day, e) - datetime.combine(day, b) for b, e in self.hours)
        return span.amount * sum(stretches, timedelta())

    def _stretches(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working stretches from `start` on, aware UTC."""
        day = start.astimezone(self.zone).date()
        last = day + _FURTHEST
        while day < last:
            for begins, ends in self.hours if self.is_working_day(day) else ():
                from_ = datetime.combine(day, begins, self.zone).astimezone(UTC)
                until = datetime.combine(day, ends, self.zone).astimezone(UTC)
                if until > start:
                    yield max(from_, start.astimezone(UTC)), until
            day += timedelta(days=1)


def _hours(text: str) -> str:
    begins, _, ends = text.partition("-")
    if not time.fromisoformat(begins) < time.fromisoformat(ends):
        raise ValueError(f"{text} ends before it begins")
    return text


class _Holiday(BaseModel):
    """`until` is the last free day; `worked` are weekend days worked in exchange."""

    model_config = ConfigDict(extra="forbid")

    name: str
    from_: date = Field(alias="from")
    until: date
    worked: list[date] = []

    def days(self) -> Iterator[date]:
        day = self.from_
        while day <= self.until:
            yield day
            day += timedelta(days=1)


class _CalendarFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hours: list[Annotated[str, AfterValidator(_hours)]] = Field(min_length=1)
    weekend: list[str]
    holiday: list[_Holiday] = []

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not set(self.weekend) < set(_DAYS):
            raise ValueError(f"weekend: some, not all, of {', '.join(_DAYS)}")
        if any(
            before.split("-")[1] > after.split("-")[0] for before, after in pairwise(self.hours)
        ):
            raise ValueError("hours: in order, without overlap")
        return self


def read_calendar(path: Path, zone: ZoneInfo) -> Calendar:
    """The calendar of a file. Raises: pydantic.ValidationError naming what is wrong."""
    read = _CalendarFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    stretches = (text.split("-") for text in read.hours)
    return Calendar(
        zone=zone,
        hours=tuple((time.fromisoformat(b), time.fromisoformat(e)) for b, e in stretches),
        weekend=frozenset(_DAYS.index(day) for day in read.weekend),
        holidays=frozenset(day for holiday in read.holiday for day in holiday.days()),
        workdays=frozenset(day for holiday in read.holiday for day in holiday.worked),
    )
