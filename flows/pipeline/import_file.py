"""Imports a delivered file: its bytes made ours, the batch imported, the file moved to where it belongs."""

import gc
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flows.batch import Batch, Delivery, Result, Status, unread
from flows.errors import BatchError
from flows.intake import archive
from flows.intake.snapshot import take_snapshot
from flows.intake.workspace import workspace
from flows.settings import Settings

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
            archive.move_to_refused(settings, delivery, None, str(error))
            return unread(delivery, Status.REFUSED, str(error))
        from flows.pipeline.import_batch import import_batch

        result = import_batch(batch, settings, step, respect_backoff=not delivery.named)
        if result.status is Status.REFUSED:
            archive.move_to_refused(settings, delivery, batch, str(result.reason))
        elif result.status is not Status.FAILED:
            archive.move_to_archive(settings, delivery, batch)
        return result


def _snapshot_while_loading(delivery: Delivery, folder: Path) -> Batch:
    """The batch, while what comes next is imported: that takes as long as to copy and hash some hundred megabytes."""
    with ThreadPoolExecutor(1, thread_name_prefix="pin") as aside:
        pinned = aside.submit(take_snapshot, delivery, folder)
        _preload_pipeline()
        return pinned.result()


@cache
def _preload_pipeline() -> None:
    import flows.pipeline.import_batch  # noqa: F401 - which has Polars, Arrow and Pandera

    gc.freeze()  # what was imported stays, and need not be looked through again and again
