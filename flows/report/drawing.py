"""Measures what the page draws: the outcomes side by side, and a bar for each of the causes that touch most orders."""

from dataclasses import dataclass

from flows.report.causes import Cause
from flows.results import Result

MOST_BARS = 6  # what is taken in at a glance; the page tells of more below
LEAST = 1.0
"""Percent of the width that anything has that is there at all: one order of a million has to be seen."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a bar, in percent of its width."""

    name: str
    start: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A cause, its place among all of them, and how long its bar is."""

    number: int
    cause: Cause
    width: float


def outcome_bar(result: Result) -> list[Part]:
    """What became of the orders; empty where there are none."""
    of = result.counts.orders_as_json()
    there = {name: of[name] for name in ("created", "unchanged", "rejected") if of[name]}
    orders = sum(there.values())
    widths = {name: max(LEAST, 100 * count / orders) for name, count in there.items()}
    start, parts = 0.0, []
    for name, width in widths.items():
        share = round(100 * width / sum(widths.values()), 3)
        parts.append(Part(name=name, start=round(start, 3), width=share))
        start += share
    return parts


def bars(causes: list[Cause], result: Result) -> list[Bar]:
    """The causes of rejections; of warnings where nothing was rejected. Whole is every order of the batch."""
    of = result.counts
    orders = max(1, of.orders_created + of.orders_unchanged + of.orders_rejected)
    worst = "error" if of.orders_rejected else "warning"
    chosen = [(at, cause) for at, cause in enumerate(causes, 1) if cause.severity == worst]
    return [Bar(number=at, cause=cause, width=_share(cause, orders)) for at, cause in chosen[:MOST_BARS]]


def _share(cause: Cause, orders: int) -> float:
    return round(max(LEAST, min(100.0, 100 * cause.orders / orders)), 3)
