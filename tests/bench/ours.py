"""From a batch to our own import of it: `order-import run --direct`, a process from its start to its end."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.make_batch import Made
from bench.watch import FailedError, Watched, watched

COMMAND = str(Path(__file__).parents[2] / ".venv" / "bin" / "order-import")
SOME_REJECTED = 1  # the exit status, since every batch here has bad orders


def at(url: str, data: str) -> dict[str, str]:
    """The environment of an import into this database, which knows no other setting of ours."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ORDER_IMPORT_")}
    return clean | {"ORDER_IMPORT_DATABASE_URL": url, "ORDER_IMPORT_DATA": data}


def imported(
    made: Made, url: str, settings: Mapping[str, str] | None = None, source: str = "default"
) -> Watched:
    """Import the batch, whose orders are not in the database yet; raises FailedError when the answer is not the right one."""
    with TemporaryDirectory(prefix="order-import-data-") as data:
        environment = at(url, data) | dict(settings or {})
        watched([COMMAND, "db", "upgrade"], environment)
        command = [COMMAND, "run", str(made.path), "--source", source, "--direct", "--json"]
        run = watched(command, environment, [SOME_REJECTED])
        (batch,) = json.loads(run.out)["batches"]
    told = (batch["rows"]["read"], batch["orders"]["created"], batch["items"])
    if told != (made.rows, made.created, made.items):
        raise FailedError(f"order-import read, created and loaded {told}, which is not the batch.")
    return run
