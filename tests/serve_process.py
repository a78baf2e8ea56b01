"""`order-import serve` as an operator runs it, with a database and a data folder; and a look at Prefect's API."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import psutil

from import_environment import ImportEnvironment

PATIENCE = 90  # seconds: a run is a process that starts, and a server one that starts more slowly
FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


class House:
    """The process, its imports, and the API that it is found at."""

    def __init__(
        self, imports: ImportEnvironment, api: str, environment: dict[str, str], *words: str
    ) -> None:
        self.imports, self.api = imports, api
        self._environment = {name: value for name, value in os.environ.items() if not _is_ours(name)}
        self._environment |= {
            "ORDER_IMPORT_DATA": str(imports.data),
            "ORDER_IMPORT_DATABASE_URL": imports.url,
            "ORDER_IMPORT_ID_KEY": "a key for tests",
            "ORDER_IMPORT_QUIET_SECONDS": "0",
            "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        } | environment
        auth = self._environment.get("PREFECT_SERVER_API_AUTH_STRING")
        self.client = httpx.Client(base_url=api, auth=tuple(auth.split(":")) if auth else None, timeout=60)  # type: ignore[arg-type]
        self._words = words
        self._log = imports.data.parent / "serve.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it says where to look."""
        begun = len(self.log())
        program = [sys.executable, "-c", "from flows.cli import main; main()", "serve", *self._words]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                program,
                stdout=log,
                stderr=log,
                env=self._environment,
                cwd=self._log.parent,
                start_new_session=True,
            )
        self.until(lambda: "Open http" in self.log()[begun:])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it gently, as an operator does; the exit status."""
        process, self._process = self._process, None
        assert process
        process.send_signal(how)
        return process.wait(PATIENCE)

    def kill(self) -> None:
        """End it and its runs as a machine that goes down does."""
        process, self._process = self._process, None
        assert process
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_server(self) -> None:
        """End its own server of Prefect's, and wait for another."""
        assert self._process
        (old,) = self._servers()
        os.kill(old, signal.SIGKILL)
        self.until(lambda: self._servers() not in ([], [old]))

    def _servers(self) -> list[int]:
        assert self._process
        children = psutil.Process(self._process.pid).children()
        alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
        return [child.pid for child in alive if "server" in child.cmdline()]

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def until(self, look: Any) -> Any:
        """Look again and again until something is seen."""
        ends = time.monotonic() + PATIENCE
        while not (seen := look()):
            assert time.monotonic() < ends, f"it never came to pass; the log ends:\n{self.log()[-4000:]}"
            assert self._process is None or self._process.poll() is None, self.log()[-4000:]
            time.sleep(0.2)
        return seen

    def ask(self, method: str, path: str, **body: Any) -> httpx.Response:
        """What the API answers, once its SQLite is not busy: 503 means to ask again, as Prefect's own clients do."""
        return self.until(
            lambda: [
                answer
                for answer in [self.client.request(method, path, json=body or None)]
                if answer.status_code != 503
            ]
        )[0]

    def post(self, path: str, **body: Any) -> Any:
        """The object that the API answers."""
        return self.ask("POST", path, **body).raise_for_status().json()

    def get(self, path: str) -> Any:
        return self.ask("GET", path).raise_for_status().json()

    def begin(self, flow: str, **parameters: Any) -> str:
        """Start a run as the page does; its id."""
        deployment = self.get(f"/deployments/name/{flow}/{flow}")["id"]
        return str(
            self.post(
                f"/deployments/{deployment}/create_flow_run",
                parameters=parameters,
                state={"type": "SCHEDULED"},
            )["id"]
        )

    def ended(self, run: str) -> dict[str, Any]:
        """The run when it has ended."""
        found: dict[str, Any] = self.until(lambda: _ended(self.get(f"/flow_runs/{run}")))
        return found

    def artifacts(self, run: str) -> dict[str, Any]:
        """What the run shows: data by type."""
        found = self.post("/artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})
        return {artifact["type"]: artifact["data"] for artifact in found}

    def events(self, names: Iterable[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.post("/events/filter", filter={"event": {"name": [*names]}})[
            "events"
        ]
        return found

    def automations(self) -> list[str]:
        """The names of all that the server has."""
        return sorted(automation["name"] for automation in self.post("/automations/filter"))

    def orders(self) -> list[str]:
        """Numbers of the orders that are stored."""
        return [number for (number,) in self.imports.ask("select order_number from orders order by 1")]


def _ended(run: dict[str, Any]) -> dict[str, Any] | None:
    return run if run["state_type"] in FINAL else None


def _is_ours(name: str) -> bool:
    return name.startswith(("ORDER_IMPORT_", "PREFECT_"))


def data_folder(folder: Path) -> Path:
    """The data folder of a served, with what is in it from the first."""
    (folder / "data" / "drop").mkdir(parents=True)
    return folder / "data"
