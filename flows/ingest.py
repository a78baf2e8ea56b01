"""The flows: one for the drop or for named files, one for each batch, with the steps as its tasks.

Only this module knows Prefect. What it keeps is a hint; the database is the only truth, so a run that is
lost, doubled or started again changes nothing in what comes out.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import unquote_to_bytes

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Completed, Failed
from prefect.tasks import Task

from flows.database import prepared
from flows.direct import PAUSES, import_or_fail, tidy
from flows.drop import find
from flows.faults import in_one_sentence
from flows.model import BatchError, Delivery, MachineError, Result, UnfinishedError, printable, unread
from flows.settings import load_settings

R = TypeVar("R")


@flow(name="ingest", persist_result=False)
def ingest(paths: list[str] | None = None, source: str | None = None) -> State[Any]:
    """Import files and folders, or what waits in the drop when none is named; a flow of its own for each batch."""
    settings = load_settings()
    prepared(settings)
    tidy(settings)
    results: list[Result] = []
    for delivery in find(settings, [as_path(path) for path in paths or []], source):
        # The name of a run is a template, in which a brace is doubled.
        name = printable(delivery.path.name).replace("{", "{{").replace("}", "}}")
        named = import_one.with_options(flow_run_name=name)
        how = {"dropped": delivery.dropped, "named": delivery.named}
        state = named(as_text(delivery.path), delivery.source, **how, return_state=True)
        result = _result(state, delivery)
        results += [result] if result else []
    failed = sum(result.status == "failed" for result in results)
    if failed:
        return Failed(message=f"{failed} of {len(results)} batches failed", data=results)
    return Completed(message=f"{len(results)} batches", data=results)


@flow(name="import", persist_result=False)
def import_one(path: str, source: str, *, dropped: bool, named: bool = True) -> State[Any]:
    """Import one file; the name of the final state says what came of it."""
    delivery = Delivery(path=as_path(path), source=source, dropped=dropped, named=named)
    result = import_or_fail(delivery, load_settings(), as_task)
    if result is None:
        return Completed(name="Waiting", message="Another run has it, or it is not complete yet.")
    if result.status == "failed":
        return Failed(message=result.reason, data=result)
    orders = result.counts
    message = (
        result.reason
        or f"{orders.orders_created} created, {orders.orders_unchanged} unchanged, {orders.orders_rejected} rejected"
    )
    get_run_logger().info("%s: %s", result.status, message)
    return Completed(name=result.status.capitalize(), message=message, data=result)


def as_text(path: Path) -> str:
    """A path as a parameter can hold it: as it is, or as a file: address when its name is no UTF-8."""
    text = str(path)
    return text if text.isprintable() else path.absolute().as_uri()


def as_path(text: str) -> Path:
    """The path of such a text."""
    return (
        Path(os.fsdecode(unquote_to_bytes(text.removeprefix("file://"))))
        if text.startswith("file://")
        else Path(text)
    )


def as_task(step: Callable[..., R]) -> Callable[..., R]:
    """The step as a task: done again when the machine had a passing fault. A refusal or a wait is a value, no failure."""

    @task(
        name=step.__name__.replace("_", " "),
        description=step.__doc__,
        retries=len(PAUSES),
        retry_delay_seconds=list(PAUSES),
        retry_jitter_factor=0.5,
        retry_condition_fn=_has_passed,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    def made(*args: object) -> R | BatchError | UnfinishedError:
        try:
            return in_one_sentence(step)(*args)
        except (BatchError, UnfinishedError) as answer:
            return answer

    def called(*args: object) -> R:
        answer = made(*args)
        if isinstance(answer, BatchError | UnfinishedError):
            raise answer
        return answer

    return called


def _has_passed(_: Task[..., Any], __: TaskRun, state: State[Any]) -> bool:
    """Whether a failed task is worth another try."""
    return isinstance(state.data, MachineError) and state.data.passing


def _result(state: State[Any], delivery: Delivery) -> Result | None:
    """What a batch's flow answered; a run that ended without an answer is the machine's fault."""
    if state.is_failed() or state.is_crashed() or state.is_cancelled():
        answer = state.result(raise_on_failure=False)
        return answer if isinstance(answer, Result) else unread(delivery, "failed", state.message)
    return cast("Result | None", state.result())
