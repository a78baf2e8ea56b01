"""The flows: the sweep over the drop, a file or a folder by hand, and what the command `run` does.

What Prefect keeps of them is a hint; the database is the only truth, so a run that is lost, doubled or started
again changes nothing in what comes out.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from flows.batch import Delivery
from flows.database.connection import prepare_database
from flows.errors import MachineError, WrongUseError, translate_faults
from flows.intake.discover import LONGEST_SOURCE, discover, look
from flows.orchestration.allowed_paths import resolve_allowed_path
from flows.orchestration.no_traceback import log_no_traceback
from flows.orchestration.run_labels import (
    describe_delivery,
    mark_process,
    name_after,
    name_run,
    tag_run,
    tag_with,
)
from flows.orchestration.run_states import make_state
from flows.orchestration.sweep_lock import hold_sweep_lock
from flows.orchestration.tasks import import_delivery
from flows.pipeline.run_local import clear_stale_work
from flows.results import Result
from flows.settings import Settings, load_settings


def _source_choices() -> dict[str, Any]:
    """The sources that may send, to choose from, where they are written down."""
    try:
        sources = load_settings().sources
    except MachineError:  # which every run says in one sentence
        sources = None
    return {"enum": ["", *sources]} if sources else {}


Source = Annotated[str, Field(max_length=LONGEST_SOURCE, json_schema_extra=_source_choices())]


@flow(name="ingest", persist_result=False)
def ingest() -> State[Any]:
    """Import what waits in the drop, each file as a task of its own; nothing while another sweep is under way."""
    return answer(_sweep)


@flow(name="import", persist_result=False)
def import_by_hand(
    path: Annotated[str, Field(min_length=1)], source: Source = "", dry_run: bool = False
) -> State[Any]:
    """Import a file, or every file of a folder, or only try it.

    Args:
        path: The file's or folder's whole path on the machine that imports, inside the data folder or the folders
            of ORDER_IMPORT_FOLDERS. It stays where it is; only a file of the drop is moved.
        source: Who sent it. Empty: the drop's sub-folder that it lies in, else "default".
        dry_run: Only say what an import would answer, and write its report. Nothing is imported, no file is moved.
    """

    def work(settings: Settings) -> State[Any]:
        found = discover(settings, [resolve_allowed_path(settings, text_to_path(path))], source or None)
        return make_state(_import_each(found, settings, dry_run=dry_run), dry_run=dry_run)

    return answer(work, describe_delivery(source, text_to_path(path)))


@flow(name="run", persist_result=False)
def run(paths: list[str], source: str | None = None) -> State[Any]:
    """Import these files and folders for the command's user, who may name what he can read; of no deployment."""
    named = [text_to_path(path) for path in paths]
    return answer(lambda settings: make_state(_import_each(discover(settings, named, source), settings)))


def answer(work: Callable[[Settings], State[Any]], about: str | None = None) -> State[Any]:
    """What the work comes to; what keeps it from looking at any batch is told in one sentence, of a run named so."""
    mark_process()
    try:
        ended = translate_faults(lambda: work(load_settings()))()
    except (WrongUseError, MachineError) as error:
        refused = isinstance(error, WrongUseError)
        ended = Failed(name="Refused" if refused else "Failed", message=str(error))
        if about:
            name_run(about)
        tag_run([str(ended.name).lower()])
    if ended.is_failed():
        log_no_traceback()
    return ended


def _sweep(settings: Settings) -> State[Any]:
    prepare_database(settings)
    with hold_sweep_lock(settings) as ours:
        if not ours:
            return Completed(name="Waiting", message="Another sweep is under way.", data=[])
        found = look(settings, [])
        results = _import_each(found.deliveries, settings)
        found.wait_for_others(results)
        for waiting in found.waiting:
            get_run_logger().info(waiting.sentence())
        return make_state(results)


def _import_each(deliveries: list[Delivery], settings: Settings, *, dry_run: bool = False) -> list[Result]:
    """Every delivery one after the other."""
    name_after(deliveries, dry_run=dry_run)
    if not dry_run:
        prepare_database(settings)
        clear_stale_work(settings)
    results = [import_delivery(delivery, dry_run=dry_run) for delivery in deliveries]
    ended = [result for result in results if result]
    tag_with(ended, dry_run=dry_run)
    return ended


def path_to_text(path: Path) -> str:
    """A path as a parameter can hold it: as it is, or as a file: address when its name is no UTF-8."""
    text = str(path)
    return text if text.isprintable() else path.absolute().as_uri()


def text_to_path(text: str) -> Path:
    """The path of such a text."""
    return (
        Path(os.fsdecode(unquote_to_bytes(text.removeprefix("file://"))))
        if text.startswith("file://")
        else Path(text)
    )
