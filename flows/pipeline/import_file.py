"""Imports a delivered file: its bytes made ours, the batch imported, the file moved to where it belongs."""

import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flows.batch import Batch, Delivery, unread
from flows.errors import BatchError
from flows.intake import archive
from flows.intake.snapshot import take_snapshot
from flows.intake.workspace import workspace
from flows.memory import without_collector
from flows.results import Result
from flows.settings import Settings
from flows.status import Status

if TYPE_CHECKING:
    from flows.pipeline.import_batch import Step


def import_file(delivery: Delivery, settings: Settings, step: "Step") -> Result:
    """Import one file; a batch that cannot be read is refused, one that the machine fails is tried again another time.

    Raises UnfinishedError when the file is not there any more, not complete yet, or not its turn yet, and MachineError
    when there is not even a ledger to enter it.
    """
    with workspace(settings) as folder:
        try:
            batch = _snapshot_while_loading(delivery, folder)
        except BatchError as error:  # not even its bytes can be had
            notes = archive.move_to_refused(settings, delivery, None, str(error))
            return replace(unread(delivery, Status.REFUSED, str(error)), notes=notes)
        from flows.pipeline.import_batch import import_batch
        from flows.pipeline.register import forget_attempts

        result = import_batch(batch, settings, step, delivery)
        notes = _put_away(settings, delivery, batch, result)
        if result.is_set_aside and not notes:
            step(forget_attempts)(batch, settings)
        return replace(result, notes=(*result.notes, *notes))


def _put_away(settings: Settings, delivery: Delivery, batch: Batch, result: Result) -> tuple[str, ...]:
    """Move the file to where it belongs; one that has failed stays, for the next run. What came of it stands by now."""
    if result.status is Status.REFUSED or result.is_set_aside:
        return archive.move_to_refused(settings, delivery, batch, str(result.reason))
    if result.status is Status.FAILED:
        return ()
    return archive.move_to_archive(settings, delivery, batch)


def _snapshot_while_loading(delivery: Delivery, folder: Path) -> Batch:
    """The batch, while what comes next is imported: that takes as long as to copy and hash some hundred megabytes."""
    with ThreadPoolExecutor(1, thread_name_prefix="pin") as aside:
        snapshot = aside.submit(take_snapshot, delivery, folder)
        _preload_pipeline()
        return snapshot.result()


@cache
def _preload_pipeline() -> None:
    with without_collector():
        import flows.pipeline.import_batch  # noqa: F401 - which has Polars, Arrow and Pandera

    gc.freeze()  # what was imported stays, and need not be looked through again and again
