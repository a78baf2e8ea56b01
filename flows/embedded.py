"""From a data folder to the address of a running PostgreSQL 18 of its own, which outlives us until stop()."""

import fcntl
import importlib.util
import logging
import os
import pwd
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

LONGEST_SOCKET = 103  # bytes of a socket's path; macOS keeps 104 with the zero at its end, Linux 108
WAIT = 600  # seconds; a recovery replays up to max_wal_size, some 4 GB, on a slow disk at 10 MB a second
GRACE = 50  # looks, five seconds; a live server is without socket for milliseconds, as it begins and ends
PAUSE = 0.1  # seconds between two looks; nobody notices it, nor does the processor
RETRIES = 5  # a second apart; the orphans of a killed server need a moment to notice it and go
SETTINGS = """\
# Written anew at each start; settings of your own belong into ALTER SYSTEM, which wins.
# What was answered as imported survives a power cut: fsync, full_page_writes, synchronous_commit stay on.
listen_addresses = ''          # no network: only who may enter the folder of the socket gets in
unix_socket_directories = '{sockets}'
cluster_name = 'order-import'  # a list of processes says whose server this is
timezone = 'UTC'               # the same rows read the same on every machine
log_timezone = 'UTC'
shared_buffers = 256MB         # holds the indexes that a batch touches, and fits a small machine
max_wal_size = 4GB             # a big batch passes with no checkpoint inside, which writes a fifth less than
checkpoint_timeout = 15min     # the defaults 1GB and 5min (measured); a recovery still takes minutes at most
wal_level = minimal            # nobody replicates it, and a table filled where it was made needs no log;
max_wal_senders = 0            # minimal allows no senders
random_page_cost = 1.1         # solid state disks: a page anywhere costs hardly more than the next one
# Orders are personal data: no statement and no value gets into the log. What a statement did wrong is told to
# its client alone (log: no ERROR, no WARNING); a DETAIL may quote a row or a query (terse: none).
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
logging_collector = on         # a week of files, one a weekday, overwritten a week later
log_directory = '.'
log_filename = 'server-%a.log'
log_truncate_on_rotation = on
"""
_log = logging.getLogger(__name__)


class EmbeddedError(RuntimeError):
    """What went wrong, in one sentence."""


def url(data: Path) -> str:
    """Initialises what is missing, starts what does not run, and says where to connect."""
    cluster = _cluster(data)
    with _in_one_sentence(cluster):
        sockets = _ready(cluster)
        if not sockets:
            with _alone(cluster):
                sockets = _settled(cluster) or _started(cluster)
    # The port is the default one and only names the socket; unsaid, PGPORT would change it.
    return f"postgresql://postgres@/order_import?host={quote(os.fsencode(sockets))}&port=5432"


def exists(data: Path) -> bool:
    """Whether a cluster was ever initialised there."""
    with _in_one_sentence(_cluster(data)):
        return _whole(_cluster(data))


def stop(data: Path) -> bool:
    """Stops the server and rolls back what is open; False when none runs."""
    cluster = _cluster(data)
    if not exists(data):
        return False
    with _in_one_sentence(cluster), _alone(cluster):
        sockets = _settled(cluster)
        if sockets:
            _run(_owner(cluster), "pg_ctl", "stop", f"-D{cluster}", "-mfast", f"-t{WAIT}")
        if sockets and sockets != cluster:
            sockets.rmdir()
        return sockets is not None


def _cluster(data: Path) -> Path:
    return data.resolve() / "postgres"


@contextmanager
def _in_one_sentence(cluster: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EmbeddedError) as error:
        log = cluster / "server-*.log"
        raise EmbeddedError(f"The embedded PostgreSQL is not available: {error}; its log is {log}.") from error


def _ready(cluster: Path) -> Path | None:
    """The folder of the socket of a server that takes work."""
    return _listening(cluster) if "".join(_pid_file(cluster)[7:]).strip() == "ready" else None


def _pid_file(cluster: Path) -> list[str]:
    """Pid, folder, begin, port, folder of the socket, network, memory, state; half of it while it is written."""
    with suppress(FileNotFoundError):
        return os.fsdecode((cluster / "postmaster.pid").read_bytes()).split("\n")
    return []


def _listening(cluster: Path) -> Path | None:
    for sockets in _pid_file(cluster)[4:5]:
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
            probe.connect(os.fsencode(cluster / sockets / ".s.PGSQL.5432"))
            return cluster / sockets
    return None


@contextmanager
def _alone(cluster: Path) -> Iterator[None]:
    """One process at a time; the lock ends with its holder, for no child inherits it."""
    cluster.parent.mkdir(parents=True, exist_ok=True)
    with cluster.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _settled(cluster: Path) -> Path | None:
    """Waits for a server that begins or ends; removes a pid file whose process is not a server any more."""
    silent = 0
    for _ in range(round(WAIT / PAUSE)):
        if not _may_live(cluster) or _ready(cluster):
            break
        silent = 0 if _listening(cluster) else silent + 1
        if silent > GRACE:  # if it lives after all, its shared memory still keeps a second server off
            (cluster / "postmaster.pid").unlink()
        time.sleep(PAUSE)
    return _ready(cluster)


def _may_live(cluster: Path) -> bool:
    """Whether the process of the pid file is there, perhaps another's by now, or cannot be told yet."""
    try:
        os.kill(int("".join(_pid_file(cluster)[:1])), 0)
    except (ProcessLookupError, PermissionError):
        return False
    except ValueError:
        return (cluster / "postmaster.pid").exists()
    return True


def _started(cluster: Path) -> Path:
    owner = _owner(cluster)
    for path in (_tools(), cluster):
        _open_the_way(path, owner)
    if not _whole(cluster):
        _initialise(cluster, owner)
    _configure(cluster, owner)
    for _ in range(RETRIES):
        ...
