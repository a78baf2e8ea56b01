"""Runs a PostgreSQL 18 of our own in the data folder: started when it is needed, it outlives us until stop()."""

import fcntl
import os
import pwd
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from flows.database.postgres_server import GRACE, PAUSE, SOCKET, WAIT, EmbeddedError, run, start

__all__ = ["EmbeddedError", "exists", "stop", "url"]

HELLO = bytes.fromhex("00000008 04d2162f")  # PostgreSQL's shortest question, whether TLS is spoken


def url(data: Path) -> str:
    """Initialises what is missing, starts what does not run, and says where to connect."""
    with _in_one_sentence(data) as cluster:
        sockets = _ready(cluster)
        if not sockets:
            with _alone(cluster):
                sockets = _settled(cluster) or _started(cluster)
    # The port is the default one and only names the socket; unsaid, PGPORT would change it.
    return f"postgresql://postgres@/order_import?host={quote(os.fsencode(sockets))}&port=5432"


def exists(data: Path) -> bool:
    """Whether a cluster was ever initialised there."""
    with _in_one_sentence(data) as cluster:
        return (cluster / "PG_VERSION").exists()


def stop(data: Path) -> bool:
    """Stops the server and rolls back what is open; False when none runs."""
    if not exists(data):
        return False
    with _in_one_sentence(data) as cluster, _alone(cluster):
        sockets = _settled(cluster)
        if sockets:
            run(cluster, "pg_ctl", "stop", "-mfast", f"-t{WAIT}")
            with suppress(OSError):  # a folder made for the socket only is empty now; the cluster is not
                sockets.rmdir()
        return sockets is not None


@contextmanager
def _in_one_sentence(data: Path) -> Iterator[Path]:
    cluster = data.resolve() / "postgres"
    try:
        yield cluster
    except (OSError, EmbeddedError) as error:
        why = f"The embedded PostgreSQL is not available: {error}"
        raise EmbeddedError(f"{why} (its log: {cluster / 'server-*.log'}).") from error


@contextmanager
def _alone(cluster: Path) -> Iterator[None]:
    """One process at a time; the lock ends with its holder, for no child inherits it."""
    cluster.parent.mkdir(parents=True, exist_ok=True)
    with cluster.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _settled(cluster: Path) -> Path | None:
    """Waits for a server that begins or ends; removes the pid file of one that is no more."""
    silent = 0.0
    for _ in range(round(WAIT / PAUSE)):
        if _ready(cluster) or not _may_live(cluster):
            break
        silent = 0 if _listening(cluster) else silent + PAUSE
        if silent > GRACE:  # if it lives after all, PostgreSQL's own guard still refuses a second server
            (cluster / "postmaster.pid").unlink(missing_ok=True)
        time.sleep(PAUSE)
    return _ready(cluster)


def _ready(cluster: Path) -> Path | None:
    """The folder of the socket of a server that takes work."""
    return _listening(cluster) if "".join(_pid_file(cluster)[7:]).strip() == "ready" else None


def _listening(cluster: Path) -> Path | None:
    """The folder of the socket behind which a server answers, be it only that it is not ready."""
    for sockets in _pid_file(cluster)[4:5]:
        with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
            line.connect(os.fsencode(cluster / sockets / SOCKET))
            line.settimeout(GRACE)
            line.sendall(HELLO)  # a server that was just killed still takes the connection, but says nothing
            return cluster / sockets if line.recv(1) else None
    return None


def _may_live(cluster: Path) -> bool:
    """Whether the process of the pid file runs, be it another's by now; a half-written file cannot tell."""
    try:
        os.kill(int(_pid_file(cluster)[0]), 0)
    except (IndexError, ProcessLookupError, PermissionError):
        return False
    except (ValueError, OverflowError):
        return True
    return True


def _pid_file(cluster: Path) -> list[str]:
    """Pid, cluster, begin, port, folder of the socket, network, memory, state; fewer while it is written."""
    with suppress(FileNotFoundError):
        return os.fsdecode((cluster / "postmaster.pid").read_bytes()).split("\n")
    return []


def _started(cluster: Path) -> Path:
    start(cluster, _owner(cluster))
    sockets = _ready(cluster)
    if not sockets:
        raise EmbeddedError("it ended right after its start")
    return sockets


def _owner(cluster: Path) -> tuple[int, int]:
    """The user and group who run the server: ourselves, or a stand-in for root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    if (cluster / "PG_VERSION").exists():
        return cluster.stat().st_uid, cluster.stat().st_gid
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid
    raise EmbeddedError("it does not run as root, and there is no account postgres or nobody to run it")
