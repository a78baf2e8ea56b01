"""Says of a batch whose run is cancelled how much of it is in, and what becomes of the rest."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_run_logger
from prefect.exceptions import TerminationSignal

from flows.batch import Delivery
from flows.errors import printable
from flows.orchestration.artifacts import publish_note
from flows.orchestration.run_labels import tag_run
from flows.progress import watch


@contextmanager
def tell_when_stopped(delivery: Delivery) -> Iterator[None]:
    """While it is imported; each chunk that is done is committed, and stays."""
    rows, share = 0, 0.0

    def count(_: str, more: int, part: float) -> None:
        nonlocal rows, share
        rows, share = rows + more, share + part

    try:
        with watch(count):
            yield
    except TerminationSignal:
        told = describe_stop(delivery, rows, share)
        get_run_logger().info(told)
        publish_note(told)
        tag_run([delivery.source, "stopped"])
        raise


def describe_stop(delivery: Delivery, rows: int, share: float) -> str:
    """How much is in, and when the rest will be."""
    file, percent = printable(delivery.path.name), min(int(100 * share), 100)
    done = f"{rows:,} rows of it ({percent} %) are done and stay" if rows else "Nothing of it is in yet"
    later = "The next sweep" if delivery.dropped else "Started again, it"
    return f"{file} was stopped. {done}. {later} goes on from there; nothing is imported twice."
