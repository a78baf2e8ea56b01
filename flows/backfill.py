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
from prefect.states import Cancelled, Completed
from pydantic import Field

from flows.backfill_console import describe_plan
from flows.batch import Delivery, unread
from flows.database.connection import database_identity, prepare_database
from flows.errors import MachineError
from flows.ingest import Source, answer, text_to_path
from flows.intake.backfill_plan import BackfillPlan, BackfillResult, make_plan
from flows.orchestration.allowed_paths import resolve_allowed_path
from flows.orchestration.artifacts import emit_batch_event
from flows.orchestration.run_labels import describe_delivery, name_after, tag_with
from flows.orchestration.run_states import make_state
from flows.orchestration.task_runners import make_task_runner, stop_server
from flows.orchestration.tasks import never
from flows.pipeline.batches_at_once import run_concurrently
from flows.pipeline.run_local import clear_stale_work, import_on_worker
from flows.results import Result
from flows.settings import Settings
from flows.status import Status


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

    about = describe_delivery(source, text_to_path(pattern))
    return answer(lambda settings: _import_planned(planned, settings, at_once), about)


@flow(name="backfill-here", persist_result=False)
def backfill_here(patterns: list[str], source: str | None = None, at_once: int = 0) -> State[Any]:
    """Import many files for the command's user, who may name what he can read; of no deployment."""
    paths = [text_to_path(pattern) for pattern in patterns]

    def planned(settings: Settings) -> BackfillPlan:
        return make_plan(settings, paths, source)

    return answer(lambda settings: _import_planned(planned, settings, at_once))


def _import_planned(
    planned: Callable[[Settings], BackfillPlan], settings: Settings, at_once: int
) -> State[Any]:
    prepare_database(settings)
    plan = planned(settings)
    name_after([file.delivery for file in plan.files])
    for sentence in describe_plan(plan):
        get_run_logger().info(sentence)
    clear_stale_work(settings)
    done = plan.done(_import_concurrently(plan.waiting(), settings, at_once))
    tag_with(done.results)
    return _make_state(done)


def _import_concurrently(
    deliveries: list[Delivery], settings: Settings, at_once: int
) -> dict[Delivery, Result | None]:
    # What is sent about holds no secret; those are what each process was started with.
    shared = replace(settings, database_url=None, id_key=None)
    database = database_identity(settings) if settings.dask else None
    ended: dict[Delivery, Result | None] = {}
    with make_task_runner(settings, at_once) as (runner, many):
        shared = shared.shared_by(min(many, len(deliveries)))

        def begin(delivery: Delivery) -> PrefectFuture[Any]:
            name = describe_delivery(delivery.source, delivery.path)
            # By a function, since a name is a template, in which a brace of the file's would be one of its own.
            named = import_file.with_options(task_run_name=lambda: name, tags=[delivery.source])
            given = {"delivery": delivery, "shared": shared, "database": database}
            begun: PrefectFuture[Any] = runner.submit(named, given)
            return begun

        for delivery, begun in run_concurrently(deliveries, begin, many, stop_server):
            ended[delivery] = _result_of(begun, delivery)
    return ended


@task(retries=1, retry_condition_fn=never, cache_policy=NO_CACHE, persist_result=False)
def import_file(delivery: Delivery, shared: Settings, database: str | None) -> State[Any]:
    """Import one file; the name of the final state says what came of it."""
    result = import_on_worker(delivery, shared, database)
    if result is None:
        return Completed(name="Waiting", message="Another run has it, or it is not complete yet.")
    emit_batch_event(result)
    return make_state([result], data=result)


def _result_of(begun: PrefectFuture[Any], delivery: Delivery) -> Result | None:
    """What a file's task answered; one that ended without an answer is the machine's fault."""
    try:
        ended = begun.result(raise_on_failure=False)
    except Exception:  # noqa: BLE001 - of the cluster's: a worker that died with it, several times
        ended = MachineError("The worker that had it was lost.")
    if ended is None or isinstance(ended, Result):
        return ended
    return unread(delivery, Status.FAILED, str(ended))


def _make_state(done: BackfillResult) -> State[Any]:
    if done.unbegun:
        return Cancelled(
            name="Stopped",
            message=f"Files not begun: {done.unbegun:,}. Started again, it goes on with them.",
            data=done,
        )
    return make_state(done.results, data=done)
