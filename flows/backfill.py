"""The flow of a backfill: imports many files, the oldest first, each as a task, in threads or on an existing Dask cluster.

As for every flow, the database is the only truth: lost, doubled or stopped, it is started again and does the rest.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.states import Cancelled, Completed, Failed
from pydantic import Field

from flows.backfill_console import describe_plan
from flows.batch import Delivery, Result, Status, unread
from flows.database.connection import database_identity, prepare_database
from flows.errors import MachineError, WrongUseError, describe_fault, printable
from flows.ingest import Source, text_to_path
from flows.intake.backfill_plan import BackfillPlan, BackfillResult, make_plan
from flows.orchestration.allowed_paths import resolve_allowed_path
from flows.orchestration.artifacts import emit_batch_event
from flows.orchestration.task_runners import make_task_runner, stop_server
from flows.pipeline.concurrency import run_concurrently
from flows.pipeline.run_local import clear_stale_work, import_on_worker
from flows.settings import Settings, load_settings


@flow(name="backfill", persist_result=False)
def backfill(
    pattern: Annotated[str, Field(min_length=1)],
    source: Source = "",
    at_once: Annotated[int, Field(ge=0)] = 0,
) -> State[Any]:
    """Import many files, the oldest first, several at once; what is imported already is left alone.

    Args:
        pattern: A file, a folder or a glob, such as /data/old/2025-*.csv, on the machine that imports, inside the
            data folder or the folders of ORDER_IMPORT_FOLDERS.
        source: Who sent the files; when empty, the sub-folder of the drop that they lie in says so.
        at_once: How many files at once; when 0, as many as the machine, or the Dask cluster, bears.
    """

    def planned(settings: Settings) -> BackfillPlan:
        return make_plan(
            settings, [text_to_path(pattern)], source or None, partial(resolve_allowed_path, settings)
        )

    return _import_planned(planned, at_once)


@flow(name="backfill-here", persist_result=False)
def backfill_here(patterns: list[str], source: str | None = None, at_once: int = 0) -> State[Any]:
    """Import many files for the command's user, who may name what he can read; of no deployment."""
    paths = [text_to_path(pattern) for pattern in patterns]
    return _import_planned(lambda settings: make_plan(settings, paths, source), at_once)


def _import_planned(planned: Callable[[Settings], BackfillPlan], at_once: int) -> State[Any]:
    try:
        settings = load_settings()
        prepare_database(settings)
        plan = planned(settings)
        for sentence in describe_plan(plan):
            get_run_logger().info(sentence)
        clear_stale_work(settings)
        return _make_state(plan.done(_import_concurrently(plan.waiting(), settings, at_once)))
    except (WrongUseError, MachineError) as error:
        return Failed(message=str(error))
    except Exception as error:  # noqa: BLE001 - its text may hold a row or a password
        return Failed(message=str(describe_fault(error)))


def _import_concurrently(
    deliveries: list[Delivery], settings: Settings, at_once: int
) -> dict[Delivery, Result | None]:
    # What is sent about holds no secret; those are what each process was started with.
    shared = replace(settings, database_url=None, id_key=None)
    database = database_identity(settings) if settings.dask else None
    ended: dict[Delivery, Result | None] = {}
    with make_task_runner(settings, at_once) as (runner, many):

        def begin(delivery: Delivery) -> PrefectFuture[Any]:
            file = printable(delivery.path.name)
            # By a function, since a name is a template, in which a brace of the file's would be one of its own.
            named = import_file.with_options(task_run_name=lambda: file)
            given = {"delivery": delivery, "shared": shared, "database": database}
            begun: PrefectFuture[Any] = runner.submit(named, given)
            return begun

        for delivery, begun in run_concurrently(deliveries, begin, many, stop_server):
            ended[delivery] = _result_of(begun, delivery)
    return ended


@task(cache_policy=NO_CACHE, persist_result=False)
def import_file(delivery: Delivery, shared: Settings, database: str | None) -> State[Any]:
    """Import one file; the name of the final state says what came of it."""
    result = import_on_worker(delivery, shared, database)
    if result is None:
        return Completed(name="Waiting", message="Another run has it, or it is not complete yet.")
    emit_batch_event(result)
    if result.status is Status.FAILED:
        return Failed(message=result.reason, data=result)
    of = result.counts
    counted = f"{of.orders_created} created, {of.orders_unchanged} unchanged, {of.orders_rejected} rejected"
    return Completed(name=result.status.capitalize(), message=result.reason or counted, data=result)


def _result_of(begun: PrefectFuture[Any], delivery: Delivery) -> Result | None:
    """What a file's task answered; one that ended without an answer is the machine's fault."""
    try:
        answer = begun.result(raise_on_failure=False)
    except Exception:  # noqa: BLE001 - of the cluster's: a worker that died with it, several times
        answer = MachineError("The worker that had it was lost.")
    if answer is None or isinstance(answer, Result):
        return answer
    return unread(delivery, Status.FAILED, str(answer))


def _make_state(done: BackfillResult) -> State[Any]:
    failed = sum(result.status is Status.FAILED for result in done.results)
    if done.unbegun:
        return Cancelled(name="Stopped", message=f"Files not begun: {done.unbegun}.", data=done)
    if failed:
        return Failed(message=f"{failed} of {len(done.results)} batches failed", data=done)
    return Completed(message=f"{len(done.results)} batches", data=done)
