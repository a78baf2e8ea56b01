"""Makes the state that a run ends in: named by the gravest of its batches, with the counts of all in its message."""

from collections import Counter
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.results import NOTHING_IMPORTED, Counts, Result
from flows.status import Status


def make_state(results: list[Result], *, dry_run: bool = False, data: object = None) -> State[Any]:
    """The state that says what came of these batches; it holds them, or what is given instead.

    A batch that was refused and one that the machine failed are of Prefect's type FAILED, so that they are seen.
    """
    data = results if data is None else data
    if not results:
        return Completed(message="Nothing waited to be imported.", data=data)
    gravest = max((result.status for result in results), key=lambda status: status.gravity)
    message = _describe(results)
    if gravest in (Status.FAILED, Status.REFUSED):
        return Failed(name=gravest.capitalize(), message=message, data=data)
    return Completed(name="Checked" if dry_run else gravest.capitalize(), message=message, data=data)


def _describe(results: list[Result]) -> str:
    if len(results) == 1:
        (result,) = results
        where = f" Report: {result.report}" if result.report else ""
        told = result.reason or (result.first or result.counts).sentence()
        dry_run = [NOTHING_IMPORTED] if result.dry_run else []
        return f"{result.file}: {' '.join([*dry_run, told, *result.notes])}{where}"
    by = Counter(result.status for result in results)
    statuses = ", ".join(f"{by[status]} {status}" for status in reversed(Status) if by[status])
    note = f" {NOTHING_IMPORTED}" if any(result.dry_run for result in results) else ""
    counts = sum((result.counts for result in results), Counts())
    return f"{len(results)} batches: {statuses}.{note} {counts.sentence()}"
