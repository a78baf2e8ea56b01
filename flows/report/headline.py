"""Says in a sentence how many orders of a batch are in and how many are not."""

from datetime import datetime

from flows.results import Result
from flows.status import Status


def headline(result: Result) -> str:
    """What a person reads first."""
    of = result.counts
    there, orders = of.orders_created + of.orders_unchanged, _orders(result)
    if result.status is Status.REFUSED:
        return _refused(there)
    if not result.status.is_finished:
        begun = "The import failed" if result.status is Status.FAILED else "The import has not ended yet"
        return f"{begun}. Of this file {_are(there, 'in')} so far."
    if not orders:
        return "There are no orders in this file."
    return _dry(there, orders) if result.dry_run else _done(there, orders)


def took(started_at: str, ended_at: str | None) -> str:
    """How long it took, to no more places than anybody needs; nothing where it has not ended."""
    if ended_at is None:
        return ""
    seconds = (datetime.fromisoformat(ended_at) - datetime.fromisoformat(started_at)).total_seconds()
    if seconds < 1:
        return "less than a second"
    hours, minutes = divmod(round(seconds) // 60, 60)
    if hours:
        return f"{hours:,} h {minutes:02} min"
    return f"{minutes} min {round(seconds) % 60:02} s" if minutes else _count(round(seconds), "second")


def _orders(result: Result) -> int:
    of = result.counts
    return of.orders_created + of.orders_unchanged + of.orders_rejected


def _refused(there: int) -> str:
    if there:
        return f"Refused. Of this file {_are(there, 'in')} from before, and {'stays' if there == 1 else 'stay'} so."
    return "Refused: nothing of this file was imported."


def _done(there: int, orders: int) -> str:
    if there == orders:
        return "The one order is in." if orders == 1 else f"All {orders:,} orders are in."
    left = orders - there
    if not there:
        return "The one order is not in." if orders == 1 else f"None of the {orders:,} orders is in."
    return f"{there:,} of {orders:,} orders {'is' if there == 1 else 'are'} in, {left:,} {'is' if left == 1 else 'are'} not."


def _dry(there: int, orders: int) -> str:
    if there == orders:
        return "The one order would be in." if orders == 1 else f"All {orders:,} orders would be in."
    if not there:
        return (
            "The one order would not be in." if orders == 1 else f"None of the {orders:,} orders would be in."
        )
    return f"{there:,} of {orders:,} orders would be in, {orders - there:,} would not."


def _are(count: int, what: str) -> str:
    return f"{_count(count, 'order')} {'is' if count == 1 else 'are'} {what}"


def _count(count: int, of: str) -> str:
    return f"{count:,} {of}" if count == 1 else f"{count:,} {of}s"
