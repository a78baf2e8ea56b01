"""Imports a delivery as a task run, its steps as tasks in it; the name of its state says what came of it."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Completed
from prefect.tasks import Task

from flows.batch import Delivery, unread
from flows.errors import BatchError, MachineError, UnfinishedError, translate_faults
from flows.orchestration.artifacts import emit_batch_event, publish_artifacts, track_progress
from flows.orchestration.cancellation import tell_when_stopped
from flows.orchestration.run_labels import describe_delivery
from flows.orchestration.run_states import make_state
from flows.pipeline.run_local import PAUSES, dry_run_all, import_or_report_failure
from flows.progress import watch
from flows.results import Result
from flows.settings import load_settings
from flows.status import Status

R = TypeVar("R")


def import_delivery(delivery: Delivery, *, dry_run: bool = False) -> Result | None:
    """What came of one file; None when it has to wait. A run that ended without an answer is the machine's fault."""
    name = describe_delivery(delivery.source, delivery.path)
    # By a function, since a name is a template, in which a brace of the file's would be one of its own.
    named = _batch.with_options(task_run_name=lambda: name, tags=[delivery.source])
    state = cast("State[Any]", named(delivery, dry_run, return_state=True))
    answer = state.result(raise_on_failure=False)
    if isinstance(answer, list):
        return answer[0] if answer else None
    return unread(delivery, Status.FAILED, f"It ended in {state.name}; its log says why.")


def never(*_: object) -> bool:
    """To be asked whether a task that answers with a failed state is tried again.

    One that has no retries at all is logged with a traceback, where there is none, and with all of its results;
    one that might be tried again, and is not worth it, is not.
    """
    return False


@task(name="batch", retries=1, retry_condition_fn=never, cache_policy=NO_CACHE, persist_result=False)
def _batch(delivery: Delivery, dry_run: bool) -> State[Any]:
    """Import one file, or only try it."""
    settings = load_settings()
    with watch(track_progress(dry_run=dry_run)), tell_when_stopped(delivery):
        result = (
            next(iter(dry_run_all([delivery], settings)), None)
            if dry_run
            else import_or_report_failure(delivery, settings, as_task)
        )
    if result is None:
        return Completed(name="Waiting", message="Another run has it, or it is not complete yet.", data=[])
    publish_artifacts(result, settings.reports_url)
    if not dry_run:
        emit_batch_event(result)
    state = make_state([result], dry_run=dry_run)
    get_run_logger().info("%s: %s", state.name, state.message)
    return state


def as_task(step: Callable[..., R]) -> Callable[..., R]:
    """The step as a task: done again when the machine had a passing fault. A refusal or a wait is a value, no failure."""

    @task(
        name=step.__name__.replace("_", " "),
        description=step.__doc__,
        retries=len(PAUSES),
        retry_delay_seconds=list(PAUSES),
        retry_jitter_factor=0.5,
        retry_condition_fn=_is_passing,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    def made(*args: object) -> R | BatchError | UnfinishedError:
        try:
            return translate_faults(step)(*args)
        except (BatchError, UnfinishedError) as answer:
            return answer

    def called(*args: object) -> R:
        answer = made(*args)
        if isinstance(answer, BatchError | UnfinishedError):
            raise answer
        return answer

    return called


def _is_passing(_: Task[..., Any], __: TaskRun, state: State[Any]) -> bool:
    """Whether a failed task is worth another try."""
    return isinstance(state.data, MachineError) and state.data.passing
