"""P7, P13: what is committed is what is answered, wherever the file, the report or the answer itself cannot go."""

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import polars as pl
import psycopg
import pytest

from conftest import Command
from flows import frames
from flows import report as reports
from flows.database import embedded
from flows.intake import archive
from flows.pipeline import import_batch
from flows.report.answers import AnswerFiles
from flows.spool import Spool
from import_environment import ImportEnvironment
from order_files import row, write

DIRECT = ("run", "--direct", "--json")
GOOD, BAD, UNREADABLE = [row("A-1")], [row("A-2"), row("A-3", items__quantity="0")], b"PK\x03\x04"
OUTCOMES = {"loaded": (GOOD, 0), "partial": (BAD, 1), "refused": (UNREADABLE, 3)}


def files(folder: Path) -> list[str]:
    """The ends of the names of all files below it."""
    return sorted(path.name.rsplit("-", 1)[-1] for path in folder.rglob("*") if path.is_file())


def refusing(number: int) -> Callable[..., None]:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize(
    "number", [errno.EACCES, errno.EPERM, errno.EROFS, errno.EXDEV], ids=errno.errorcode.get
)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_drop_that_may_not_be_written_to(
    imports: ImportEnvironment, command: Command, monkeypatch: pytest.MonkeyPatch, outcome: str, number: int
) -> None:
    """The outcome stands, with a note; a file that stays in the drop is nowhere else, however often it is met."""
    rows, status = OUTCOMES[outcome]
    imports.empty(rows)  # type: ignore[arg-type]
    with monkeypatch.context() as patch:
        if number == errno.EXDEV:
            _put_elsewhere(imports.drop, patch)
        else:
            patch.setattr(os, "rename", refusing(number))
        first, again = command(*DIRECT), command(*DIRECT)
    assert (first.status, first.batch["status"]) == (status, outcome)
    assert first.batch["batch_id"]
    assert "could not be moved" in first.batch["notes"][-1]
    assert (again.status, again.batch["status"]) == (status, "refused" if status == 3 else "repeated")
    assert files(imports.data / "drop") == ["a.csv"]
    assert files(imports.data / "archive") + files(imports.data / "refused") == []
    last = command(*DIRECT)
    assert last.batch["notes"] == []
    assert files(imports.data / "drop") == []
    assert files(imports.data / "archive") + files(imports.data / "refused") == (
        ["a.csv", "a.csv.reason.txt"] if status == 3 else ["a.csv"]
    )


def _put_elsewhere(drop: Path, patch: pytest.MonkeyPatch) -> None:
    """On another disk, and from there nothing can be taken away."""
    inode, rename, unlink = drop.stat().st_ino, os.rename, os.unlink

    def to_other_disk(*args: Any, src_dir_fd: int | None = None, **rest: Any) -> None:
        if src_dir_fd is not None and os.fstat(src_dir_fd).st_ino == inode:
            refusing(errno.EXDEV)()
        rename(*args, src_dir_fd=src_dir_fd, **rest)

    def unlink_elsewhere(path: Any, *, dir_fd: int | None = None) -> None:
        if dir_fd is not None and os.fstat(dir_fd).st_ino == inode:
            refusing(errno.EACCES)()
        unlink(path, dir_fd=dir_fd)

    patch.setattr(os, "rename", to_other_disk)
    patch.setattr(os, "unlink", unlink_elsewhere)


@pytest.fixture
def other_disk(imports: ImportEnvironment) -> Iterator[Path]:
    """The drop on another disk than the archive: its owner has put a link there."""
    imports.empty()
    place = Path(mkdtemp(dir="/dev/shm"))
    if place.stat().st_dev == imports.data.stat().st_dev:
        pytest.skip("there is no other disk")
    shutil.rmtree(imports.data / "drop")
    (imports.data / "drop").symlink_to(place)
    yield place
    shutil.rmtree(place)


def test_from_disk_to_disk(imports: ImportEnvironment, command: Command, other_disk: Path) -> None:
    """Whole, with its times, and over what a killed run has left."""
    sent = write(imports.drop / "a.csv", GOOD)
    os.utime(sent, (1_000_000_000, 1_000_000_000))
    sent.chmod(0o640)
    (imports.drop / "link.csv").symlink_to("/etc/hostname")
    content = sent.read_bytes()
    sound = os.fsync

    def killed(handle: int) -> None:
        sound(handle)
        if ".moving" in str(Path(f"/proc/self/fd/{handle}").readlink()):
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            imports.run()
    assert [name for name in files(imports.data / "archive") if name.endswith(".csv")] == []
    assert sent.exists()
    answer = command(*DIRECT)
    assert [batch["status"] for batch in answer.json["batches"]] == ["repeated", "refused"]
    (moved,) = (path for path in (imports.data / "archive").rglob("*") if path.is_file())
    assert (moved.read_bytes(), moved.stat().st_mtime) == (content, 1_000_000_000)
    assert moved.stat().st_mode & 0o777 == 0o640, "no others may read it than before"
    assert next((imports.data / "refused").rglob("*-link.csv")).readlink() == Path("/etc/hostname")
    assert list(imports.drop.iterdir()) == []


def test_reports_on_another_disk(imports: ImportEnvironment, command: Command, other_disk: Path) -> None:
    """Each file appears whole, for the same eyes, also where one that was killed has left half of it."""
    (imports.data / "reports").symlink_to(other_disk)
    file = write(imports.data / "a.csv", [row("A-1"), row("A-2", items__quantity="0")])
    there = {"results.csv", "rejected.csv", "rejected.xlsx", "report.html", "summary.json"}
    first = command(*DIRECT, file)
    assert (first.status, first.batch["status"]) == (1, "partial")
    folder = other_disk / str(first.batch["batch_id"])
    write(folder / ".rejected.csv.moving", "half of")
    again = command("report", "--json", first.batch["batch_id"])
    assert again.status == 1
    assert {path.name for path in folder.iterdir()} == there
    assert first.reasons() == {(3, "items.quantity", "is_in_range")}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes["rejected.csv"] == modes["rejected.xlsx"] == 0o600
    assert modes["results.csv"] & 0o044


NAMES = {
    "no UTF-8": b"\xff" * 250 + b".csv",
    "no UTF-8, refused": b"\xfe" * 250 + b".pdf",
    "umlauts": "ü".encode() * 125 + b".csv",
    "a byte too many": b"a" + "ü".encode() * 125 + b".csv",
    "emoji": "🙂".encode() * 62 + b".csv",
    "signs of nothing": b"\x01" * 251 + b".csv",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("folder", [b"shop", b"\xff" * 255])
def test_any_name_leaves_the_drop(
    imports: ImportEnvironment, command: Command, name: bytes, folder: bytes
) -> None:
    imports.empty(GOOD)
    (imports.drop / "a.csv").unlink()
    path = Path(os.fsdecode(os.fsencode(imports.drop.parent) + b"/" + folder + b"/" + name))
    write(path, GOOD)
    batch = command(*DIRECT).batch
    assert batch["status"] == ("refused" if name.endswith(b".pdf") else "loaded")
    assert batch["notes"] == []
    assert files(imports.data / "drop") == []
    moved = files(imports.data / "archive") + files(imports.data / "refused")
    assert len(moved) == (2 if name.endswith(b".pdf") else 1)


@pytest.mark.parametrize("length", [1, 5, 27, 28, 60])
def test_any_marker_leaves_it_too(
    imports: ImportEnvironment, command: Command, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    marker = "." + "m" * (length - 1)
    text = f'[sources.shop]\nmarker = "{marker}"\n'
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(imports.data.parent / "s.toml", text)))
    imports.empty(GOOD)
    name = "x" * (255 - 4 - length) + ".csv"
    (imports.drop / "a.csv").rename(imports.drop / name)
    write(imports.drop / (name + marker), b"")
    write(imports.drop / ("y" * 251 + ".csv"), GOOD)  # no marker can stand beside that one
    assert command(*DIRECT).batch["notes"] == []
    assert len(files(imports.data / "archive")) == 2
    assert len(files(imports.data / "drop")) == 1


def test_a_report_that_cannot_be_written(
    imports: ImportEnvironment, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is in, and the answer says how much; the next run writes it, and tells nothing twice."""
    imports.empty([cells | {"colour": "red"} for cells in BAD])
    with monkeypatch.context() as patch:
        patch.setattr(reports, "_write_results", refusing(errno.ENOSPC))
        failed = command(*DIRECT)
    assert (failed.status, failed.batch["status"]) == (4, "failed")
    assert (failed.batch["rows"]["read"], failed.batch["orders"]["created"]) == (2, 1)
    assert "No space left on device" in failed.batch["reason"]
    assert "2 rows are done" in failed.batch["reason"]
    assert imports.run(imports.drop / "a.csv") == ["partial"]
    assert imports.ask("select column_name from findings where chunk_no is null") == [("colour",)]


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), psycopg.errors.DiskFull("x"), KeyError("x")]
)
def test_another_run_has_finished_it_meanwhile(
    imports: ImportEnvironment, command: Command, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Nothing has failed that the ledger has as done."""
    imports.empty(BAD)
    sound = import_batch.take_turn
    inside: list[list[str]] = []

    def late(*args: Any) -> Any:
        if inside:
            return sound(*args)
        inside.append([])
        inside.append(imports.run(imports.drop / "a.csv"))
        raise error

    monkeypatch.setattr(import_batch, "take_turn", late)
    answer = command(*DIRECT)
    assert inside[1] == ["partial"]
    assert (answer.status, answer.batch["status"], answer.batch["orders"]["created"]) == (1, "partial", 1)


# --- Standard output -----------------------------------------------------------------------------------------


def run(shell: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """A line of a shell's, in which `oi` is the command; its status is the command's."""
    program = f"{sys.executable} -c 'from flows.cli import main; main()'"
    line = f'oi() {{ {program} "$@"; }}; {shell}'
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, env=os.environ | environment, timeout=120, check=False
    )


@pytest.fixture
def odd(imports: ImportEnvironment) -> Path:
    """A file of rejected and created orders, whose name no simple terminal has letters for."""
    imports.empty(BAD)
    return write(imports.data / "Grüße 中🙂.csv", BAD)


WORDS = ("run --direct", "run --direct --json", "check", "check --json")


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=str,
)
def test_a_terminal_of_few_letters(
    imports: ImportEnvironment, odd: Path, words: str, variables: dict[str, str]
) -> None:
    done = run(f"oi {words} '{odd}'", **variables)
    assert (done.returncode, done.stderr) == (1, b"")
    if "--json" in words:
        assert (
            json.loads(done.stdout.decode("ascii" if "C" not in variables.values() else "utf-8"))["batches"][
                0
            ]["file"]
            == odd.name
        )


GONE = {
    "nobody reads": ("{} | true; exit ${{PIPESTATUS[0]}}", {}),
    "one line is read": ("{} | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}", {"PYTHONUNBUFFERED": "1"}),
    "closed": ("{} >&-", {}),
    "both closed": ("{} >&- 2>&-", {}),
    "nothing at all": ("{} <&- >&- 2>&-", {}),
}
COMMANDS = {
    "run --direct 'FILE'": 1,
    "run --direct --json 'FILE'": 1,
    "check 'FILE'": 1,
    "backfill --direct 'FILE'": 1,
    "backfill --plan 'FILE'": 0,
    "backfill --plan --json 'FILE'": 0,
    "template": 0,
    "db url": 0,
    "db upgrade": 0,
    "--help": 0,
    "report BATCH": 1,
}


@pytest.mark.parametrize(("way", "variables"), GONE.values(), ids=GONE.keys())
@pytest.mark.parametrize("words", COMMANDS)
def test_nobody_reads_the_answer(
    imports: ImportEnvironment, command: Command, odd: Path, words: str, way: str, variables: dict[str, str]
) -> None:
    batch = str(command(*DIRECT, odd).batch["batch_id"]) if "BATCH" in words else ""
    done = run(way.format("oi " + words.replace("FILE", str(odd)).replace("BATCH", batch)), **variables)
    assert done.returncode == COMMANDS[words]
    assert b"Traceback" not in done.stderr
    assert b"roken pipe" not in done.stderr
    if not words.startswith("backfill"):
        assert done.stderr == b""
    if words.startswith("run"):
        assert imports.ask("select status from batches") == [("partial",)]


@pytest.mark.parametrize("words", ["run --direct 'FILE'", "run --direct --json 'FILE'"])
def test_no_room_for_the_answer(imports: ImportEnvironment, odd: Path, words: str) -> None:
    done = run(f"oi {words.replace('FILE', str(odd))} >/dev/full")
    assert (done.returncode, done.stderr) == (
        1,
        b"The answer could not be written: No space left on device.\n",
    )


def test_no_room_for_a_template(imports: ImportEnvironment) -> None:
    done = run("oi template >/dev/full")
    assert (done.returncode, done.stderr) == (4, b"The disk ended it: No space left on device.\n")


def test_a_name_is_cut_by_letters() -> None:
    assert archive._ending(b"\xff" * 10, 30) == "\ufffd" * 10
    assert archive._ending(b"\xff" * 10, 29) == "\ufffd" * 9
    assert archive._ending("aü".encode(), 2) == "ü"


def test_what_is_said_is_written_at_once_where_python_shall_not_buffer() -> None:
    """As in most containers; Ctrl-C was answered by nothing there."""
    program = (
        "import os, sys; from flows.terminal import prepare_streams; prepare_streams();"
        " print('said', file=sys.stderr); os._exit(0)"
    )
    environ = os.environ | {"PYTHONUNBUFFERED": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environ, check=True)
    assert done.stderr == b"said\n"


# Nothing is answered, and nothing has a place, before the disk has it


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Path]]:
    """What is brought to the disk (`fsync`) and what gets its name (`replace`, `rename`), in this order."""
    seen: list[tuple[str, Path]] = []
    sync = os.fsync

    def fsync(handle: int) -> None:
        seen.append(("fsync", Path(f"/proc/self/fd/{handle}").readlink()))
        sync(handle)

    def named(how: str) -> Callable[[Path, Path], Path]:
        real = getattr(Path, how)

        def rename(path: Path, target: Path) -> Path:
            seen.append((how, path))
            found: Path = real(path, target)
            return found

        return rename

    monkeypatch.setattr(os, "fsync", fsync)
    for how in ("replace", "rename"):
        monkeypatch.setattr(Path, how, named(how))
    return seen


def test_a_report_is_on_the_disk_before_it_has_its_name(
    imports: ImportEnvironment, command: Command, written: list[tuple[str, Path]]
) -> None:
    report = Path(command(*DIRECT, write(imports.data / "a.csv", BAD)).batch["report"])
    for name in files(report):
        at = [(how, path.name) for how, path in written].index(("replace", name))
        assert ("fsync", written[at][1]) in written[:at], name


def test_a_cluster_is_on_the_disk_before_it_is_used(tmp_path: Path, written: list[tuple[str, Path]]) -> None:
    """Else a power cut may undo the move, and take what was imported since with it."""
    folder = tmp_path / "data"
    embedded.url(folder)
    embedded.stop(folder)
    at = [(how, path.parent) for how, path in written].index(("rename", folder))
    assert ("fsync", folder) in written[at:]


def test_a_killed_spill_leaves_no_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is whole is known by its name: half a file would be taken for a chunk's answers."""

    def write_half(_: pl.DataFrame, path: Path) -> None:
        path.write_bytes(b"ARROW1")
        raise KeyboardInterrupt

    results = frames.RESULTS.to_frame()
    answers = frames.Answers(results=results, findings=Spool(tmp_path), rejected=frames.REJECTED.to_frame())
    monkeypatch.setattr(pl.DataFrame, "write_ipc", write_half)
    with pytest.raises(KeyboardInterrupt):
        AnswerFiles(tmp_path).put(1, answers, "2026-05-01T00:00:00Z")
    assert AnswerFiles(tmp_path).chunks() == set()


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "another by now"])
def test_the_reason_of_a_file_that_did_not_come_is_not_left(
    imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    """Another run has moved it meanwhile, or its sender has put another in its place."""
    sent = write(imports.drop / "a.csv", UNREADABLE)
    refuse = archive.move_to_refused

    def late(*words: Any) -> archive.Notes:
        sent.unlink()
        if not gone:
            write(sent, GOOD)
        return refuse(*words)

    monkeypatch.setattr(archive, "move_to_refused", late)
    imports.run()
    assert files(imports.data / "refused") == []
    assert sent.exists() != gone


@pytest.mark.parametrize("outcome", ["loaded", "refused"])
def test_a_file_that_takes_the_name_in_the_moment_of_the_move_goes_back(
    imports: ImportEnvironment, command: Command, outcome: str
) -> None:
    """Between the look whether it is still the one that was read, and the move: nobody has read it."""
    imports.empty(OUTCOMES[outcome][0])  # type: ignore[arg-type]
    sent, other, rename = imports.drop / "a.csv", write(imports.data / "other.csv", BAD), os.rename

    def late(name: Any, *words: Any, **folders: Any) -> None:
        if name == sent.name and other.exists():
            other.replace(sent)
        rename(name, *words, **folders)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "rename", late)
        assert command(*DIRECT).batch["status"] == outcome
    assert files(imports.data / "archive") + files(imports.data / "refused") == []
    assert command(*DIRECT).batch["status"] == "partial"
