"""Runs Prefect's server at a host and a port, for as long as we run."""

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import httpx

from flows.errors import MachineError, WrongUseError
from flows.orchestration.proxy import bypass_proxy, drop_unusable_proxies

START_SECONDS = 120  # its database is made the first time, which takes a busy machine a while
STOP_SECONDS = 10
PAUSE = 0.2
LOOK_SECONDS = 1

_log = logging.getLogger(__name__)


@contextmanager
def run_server(host: str, port: int) -> Iterator[str]:
    """Start one, wait until it answers, and start it again when it ends; the address of its API.

    Raises WrongUseError where it cannot listen, MachineError when it does not come up.
    """
    _check_free(host, port)
    address = api_address(host, port)
    bypass_proxy(httpx.URL(address).host)
    drop_unusable_proxies()
    kept = _SupervisedServer(host, port, os.environ | _settings(address))
    try:
        wait_for(address, kept.process)
        kept.start()
        yield address
    finally:
        kept.end()


class _SupervisedServer(Thread):
    """A server's process, and a look at it now and then."""

    def __init__(self, host: str, port: int, environment: dict[str, str]) -> None:
        super().__init__(name="server", daemon=True)
        self._command = [
            sys.executable,
            "-m",
            "prefect",
            "server",
            "start",
            "--host",
            host,
            "--port",
            str(port),
        ]
        self._environment = environment
        self._ending = Event()
        self.process = self._begin()

    def run(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            if self.process.poll() is not None:
                _log.warning("Prefect's server has ended; it is started again.")
                self.process = self._begin()

    def end(self) -> None:
        """End the server, gently at first."""
        self._ending.set()
        if self.is_alive():
            self.join()
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _begin(self) -> "subprocess.Popen[bytes]":
        # A process group of its own: Ctrl-C is for us, who still need it to say how our runs have ended.
        return subprocess.Popen(  # noqa: S603 - ourselves
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            process_group=0,
        )


def api_address(host: str, port: int) -> str:
    """Where a program of this machine finds the API of a server that listens there."""
    local = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared, not listened to
    return f"http://{local}:{port}/api"


def wait_for(address: str, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Wait until a server answers there; raises MachineError when none does, or its process has ended."""
    ends = time.monotonic() + START_SECONDS
    while not _answers(address):
        if time.monotonic() > ends or (process and process.poll() is not None):
            raise MachineError(f"Prefect's server does not answer at {address}.")
        time.sleep(PAUSE)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=START_SECONDS).is_success
    except httpx.TransportError:
        return False


def _check_free(host: str, port: int) -> None:
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            line.bind(place)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or "no such address"
        raise WrongUseError(f"Prefect's server cannot listen at {host}:{port}: {why}.") from None


def _settings(address: str) -> dict[str, str]:
    """What a server is told: where its page finds it, and to phone nobody; the environment may say otherwise."""
    told = {
        "PREFECT_UI_API_URL": address,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # A file a minute is half a million runs a year: they are kept for three months.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        # Most of what a run leaves in the store are events, and each state in them is kept with its run, too.
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P2D",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    }
    return {name: os.environ.get(name, value) for name, value in told.items()}
