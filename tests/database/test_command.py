"""The command's doors: exit statuses, `--json`, one sentence for each fault, the drop, the dry run, reports, the fix file."""

import csv
import io
import json
import os
import shutil
import socket
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from psycopg import sql

from conftest import SAMPLES, Answer, Command
from flows.database import embedded, postgres_server
from flows.fix_file import HELD_BACK
from flows.report import FILES
from order_files import PLAIN, THREE, Row, csv_text, many, nested, row, write
from validators.order_model import MEMBERS

GOOD = csv_text(THREE)
BAD = csv_text([*THREE, row("A-3", items__quantity="0")])
UNREADABLE = "orderNumber\nA-1\n"
SECRET = "s3cret"  # stands in addresses and keys, and nowhere in what is told

MEMBERS_OF_A_BATCH: dict[str, type | tuple[type, ...]] = {
    "batch_id": (str, type(None)),
    "file": str,
    "source": str,
    "status": str,
    "reason": (str, type(None)),
    "dry_run": bool,
    "rows": dict,
    "orders": dict,
    "items": int,
    "findings": dict,
    "report": (str, type(None)),
    "first": (dict, type(None)),
    "notes": list,
}
COUNTS = {
    "rows": {"read", "created", "unchanged", "rejected", "held_back", "blank", "skipped"},
    "orders": {"created", "unchanged", "rejected", "warned"},
    "findings": {"errors", "warnings"},
}


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """A folder for files that are named by hand."""
    return tmp_path / "sent"


@pytest.fixture
def drop(data: Path) -> Path:
    return data / "drop"


def imported(command: Command, *paths: Path, **options: str) -> Answer:
    given = [word for name, value in options.items() for word in (f"--{name}", value)]
    return command("run", "--direct", "--json", *given, *paths)


def census(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, but those of a database."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "postgres" not in path.parts
    }


WOULD = {"would create": "created", "would leave unchanged": "unchanged", "would reject": "rejected"}


def results(answer: Answer) -> list[Row]:
    """Rows of results.csv, but for the instant; a dry run's as the import's would be."""
    with (Path(answer.batch["report"]) / "results.csv").open(newline="") as file:
        return [
            {name: WOULD.get(cell, cell) for name, cell in cells.items() if name != "transactionCreateDate"}
            for cells in csv.DictReader(file)
        ]


def orders(*, created: int = 0, unchanged: int = 0, rejected: int = 0) -> dict[str, int]:
    """The counts of orders, none of them with a warning."""
    return {"created": created, "unchanged": unchanged, "rejected": rejected, "warned": 0}


# --- Exit statuses and JSON --------------------------------------------------------------------------------


def assert_shape(answer: Answer) -> None:
    """One JSON object on standard output, and nothing else."""
    assert answer.out.count("\n") == 1
    told = answer.json
    assert told["exit"] == answer.status
    assert told.keys() - {"error"} == {"batches", "waiting", "ignored", "exit"}
    for batch in told["batches"]:
        assert batch.keys() == MEMBERS_OF_A_BATCH.keys()
        for name, kind in MEMBERS_OF_A_BATCH.items():
            assert isinstance(batch[name], kind), name
        for name, parts in COUNTS.items():
            assert batch[name].keys() == parts
            assert all(isinstance(count, int) for count in batch[name].values())
        assert batch["status"] in ("loaded", "partial", "refused", "failed", "repeated")
        assert (batch["reason"] is not None) == (batch["status"] in ("refused", "failed"))


EXITS: dict[str, tuple[list[str], int, list[str]]] = {
    "all created": ([GOOD], 0, ["loaded"]),
    "some rejected": ([BAD], 1, ["partial"]),
    "refused": ([UNREADABLE], 3, ["refused"]),
    "the same twice": ([GOOD, GOOD], 0, ["loaded", "repeated"]),
    "rejected ones twice": ([BAD, BAD], 1, ["partial", "repeated"]),
    "refused twice": ([UNREADABLE, UNREADABLE], 3, ["refused", "refused"]),
    "the gravest counts": ([BAD, UNREADABLE, GOOD], 3, ["partial", "refused", "loaded"]),
    "known orders": ([GOOD, GOOD + "\n"], 0, ["loaded", "loaded"]),
}


@pytest.mark.parametrize("case", EXITS)
def test_exit_status(command: Command, db: psycopg.Connection, sent: Path, case: str) -> None:
    contents, status, statuses = EXITS[case]
    paths = [write(sent / f"{at}.csv", content) for at, content in enumerate(contents)]
    answer = imported(command, *paths)
    assert_shape(answer)
    assert answer.status == status
    assert [batch["status"] for batch in answer.json["batches"]] == statuses
    assert [batch["file"] for batch in answer.json["batches"]] == [path.name for path in paths]
    assert answer.err == ""
    assert [path.read_text() for path in paths] == contents


def test_a_report_of_a_batch_that_has_not_ended_is_no_success(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    batch = imported(command, write(sent / "a.csv", GOOD)).batch["batch_id"]
    db.execute("update batches set status = 'loading', finished_at = null")
    answer = command("report", "--json", batch)
    assert (answer.status, answer.batch["status"]) == (4, "loading")


def test_nothing_in_the_drop(command: Command, db: psycopg.Connection) -> None:
    answer = imported(command)
    assert (answer.status, answer.json) == (0, {"batches": [], "waiting": [], "ignored": 0, "exit": 0})
    assert "Nothing" in command("run", "--direct").out


def test_a_machines_fault_is_the_gravest_and_stops_no_other(
    command: Command, db: psycopg.Connection, sent: Path, data: Path
) -> None:
    """Where one batch's report should be lies a file; once that is gone, the batch goes on where it was."""
    paths = [
        write(sent / "a.csv", BAD),
        write(sent / "b.csv", UNREADABLE),
        write(sent / "c.csv", [row("C-1")]),
    ]
    in_the_way = Path(command("check", "--json", paths[0]).batch["report"].removesuffix(".check"))
    in_the_way.write_text("in the way")
    answer = imported(command, *paths)
    assert_shape(answer)
    assert answer.status == 4
    assert [batch["status"] for batch in answer.json["batches"]] == ["failed", "refused", "loaded"]
    assert "Traceback" not in answer.err
    in_the_way.unlink()
    answer = imported(command, paths[0])
    assert (answer.status, answer.batch["orders"]["created"], answer.batch["orders"]["rejected"]) == (1, 2, 1)


def test_a_person_reads_what_became_of_it(command: Command, db: psycopg.Connection, sent: Path) -> None:
    answer = command("run", "--direct", write(sent / "a.csv", BAD), write(sent / "b.csv", UNREADABLE))
    assert answer.status == 3
    assert "partial" in answer.out
    assert "b.csv: These columns are missing: " in answer.out
    assert "rejected.csv" in answer.out


WRONG_USE: dict[str, tuple[tuple[str, ...], str]] = {
    "a path that is not there": (("run", "--direct", "no/such.csv"), "There is no no/such.csv."),
    "the same with JSON": (("run", "--direct", "--json", "no/such.csv"), "There is no no/such.csv."),
    "a path to check": (("check", "no/such.csv"), "There is no no/such.csv."),
    "nothing to check": (("check",), "Missing argument"),
    "an option": (("run", "--frobnicate"), "No such option"),
    "a command": (("frobnicate",), "No such command"),
    "a source with a blank behind it": (
        ("run", "--direct", "--source", "shop ", "."),
        "without blanks at its ends",
    ),
    "a blank source": (("check", "--source", " ", "."), "without blanks at its ends"),
    "a batch": (("report", "frobnicate"), "There is no batch frobnicate."),
    "a layout": (("template", "--layout", "frobnicate"), "There is no layout frobnicate"),
}


@pytest.mark.parametrize("case", WRONG_USE)
def test_wrong_use(command: Command, db: psycopg.Connection, case: str) -> None:
    words, sentence = WRONG_USE[case]
    answer = command(*words)
    assert answer.status == 2
    assert sentence in answer.err
    if "--json" in words:
        assert_shape(answer)
        assert answer.json == {"batches": [], "waiting": [], "ignored": 0, "exit": 2, "error": sentence}
    else:
        assert answer.out == ""


def test_one_missing_path_and_nothing_is_imported(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    assert imported(command, write(sent / "a.csv", GOOD), sent / "no.csv").status == 2
    assert db.execute("select count(*) from batches").fetchone() == (0,)


# --- Faults of the machine: one sentence, exit status 4 ----------------------------------------------------------


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of a PostgreSQL that asks for passwords: anna owns the database `hers`, eve may not come in."""
    data, port = tmp_path_factory.mktemp("network"), free_port()
    with psycopg.connect(embedded.url(data), autocommit=True) as db:
        db.execute(sql.SQL("create role anna login password {}").format(SECRET))
        db.execute("create role eve login")
        db.execute("create database hers owner anna")
        db.execute("alter system set listen_addresses = '127.0.0.1'")
        db.execute(sql.SQL("alter system set port = {}").format(port))
    embedded.stop(data)
    cluster = data / "postgres"
    allowed = cluster / "pg_hba.conf"
    entries = "host all eve 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 scram-sha-256\n"
    allowed.write_text(entries + allowed.read_text())
    postgres_server.run(cluster, "pg_ctl", "start", "-lserver-start.log")
    yield f"127.0.0.1:{port}"
    postgres_server.run(cluster, "pg_ctl", "stop", "-mfast")


ADDRESSES = {  # {at} is host and port of `network`
    "a closed port": (f"postgresql://anna:{SECRET}@127.0.0.1:{{closed}}/hers", "cannot be reached"),
    "a host that is not there": (f"postgresql://anna:{SECRET}@no-such-host.invalid/hers", "cannot be reached"),
    "a socket that is not there": (f"postgresql://anna:{SECRET}@/hers?host=/no/such/folder", "cannot be reached"),
    "a wrong password": (f"postgresql://anna:not-{SECRET}@{{at}}/hers", "refuses this user or password"),
    "a user that is not there": (f"postgresql://bob:{SECRET}@{{at}}/hers", "refuses this user or password"),
    "no password": ("postgresql://anna@{at}/hers", "wants a password"),
    "a database that is not there": (f"postgresql://anna:{SECRET}@{{at}}/his", "has no such database"),
    "a user who may not": (f"postgresql://eve:{SECRET}@{{at}}/hers", "does not let this user in"),
    "a password with a slash": (f"postgresql://anna:12/{SECRET}@127.0.0.1:{{closed}}/hers", "PostgreSQL"),
    "a password with an @": (f"postgresql://anna:open@{SECRET}@127.0.0.1:{{closed}}/hers", "as %40"),
    "no address": (SECRET, "is not an address"),
    "another kind": (f"mysql://anna:{SECRET}@{{at}}/hers", "is not an address"),
    "a port that is no number": (f"postgresql://anna:{SECRET}@127.0.0.1:port/hers", "is not an address"),
    "a port beyond all": (f"postgresql://anna:{SECRET}@127.0.0.1:99999/hers", "is not an address"),
    "a bad escape": (f"postgresql://anna:{SECRET}%zz@{{at}}/hers", "is not an address"),
    "an unknown parameter": (f"postgresql://anna:{SECRET}@{{at}}/hers?frobnicate=1", "is not an address"),
    "a bad value": (f"postgresql://anna:{SECRET}@{{at}}/hers?sslmode=frobnicate", "sslmode has a value that cannot be used"),
    "half a bracket": (f"postgresql://anna:{SECRET}@[::1/hers", "is not an address"),
}  # fmt: skip


RUN, CHECK = ("run", "--direct"), ("check",)


def assert_told_in_one_sentence(command: Command, path: Path, words: str, *by: tuple[str, ...]) -> None:
    """`run` and `check`, or these alone, say it in one sentence and end with 4, with JSON and without."""
    for words_given in [(*program, *form) for program in by or (RUN, CHECK) for form in ((), ("--json",))]:
        answer = command(*words_given, path)
        assert answer.status == 4
        told = answer.out + answer.err
        assert words in told
        assert SECRET not in told
        assert "Traceback" not in told
        assert answer.err.count("\n") <= 1
        if answer.out.startswith("{"):
            assert_shape(answer)
            assert words in (answer.json.get("error") or answer.batch["reason"])


@pytest.mark.parametrize("case", ADDRESSES)
def test_a_database_that_cannot_be_used(
    command: Command, network: str, sent: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, words = ADDRESSES[case]
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", url.format(at=network, closed=free_port()))
    assert_told_in_one_sentence(command, write(sent / "x.csv", GOOD), words)


def test_a_database_of_ones_own(
    command: Command, network: str, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By address, user and password; behind at first, and up to date when it is told to be."""
    path = write(sent / "x.csv", GOOD)
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", f"postgresql+psycopg://anna:{SECRET}@{network}/hers")
    assert_told_in_one_sentence(command, path, "has no tables of ours yet. Run: order-import db upgrade", RUN)
    assert command("check", path).status == 0
    for _ in range(2):
        assert command("db", "upgrade").status == 0
    assert imported(command, path).batch["orders"]["created"] == 2


def test_the_address_puts_no_password_among_the_processes(
    command: Command, network: str, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has it in a file of passwords gets in by what is told, as psql would."""
    host, port = network.split(":")
    passwords = write(sent / "passwords", f"{host}:{port}:hers:anna:{SECRET}\n")
    passwords.chmod(0o600)
    for address, told in {
        f"postgresql://anna:{SECRET}@{network}/hers": f"postgresql://anna@{network}/hers",
        f"postgresql://anna@{network}/hers?passfile={passwords}": f"postgresql://anna@{network}/hers?passfile={passwords}",
    }.items():
        monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", address)
        assert command("db", "url").out == f"{told}\n"
        assert command("db", "upgrade").status == 0
    with psycopg.connect(told) as theirs:
        assert theirs.execute("select count(*) from batches").fetchone()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update order_import_version set version_num = '0000'", "has the schema 0000, this program needs"),
        ("delete from id_key", "no key for order ids. Run: order-import db upgrade"),
    ],
)
def test_a_schema_that_is_behind(command: Command, url: str, sent: Path, statement: str, words: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(statement)  # type: ignore[arg-type]
    assert_told_in_one_sentence(command, write(sent / "x.csv", GOOD), words)


SETTINGS = {  # name, value (a file's content for ORDER_IMPORT_SOURCES), words of the sentence
    "another key": ("ORDER_IMPORT_ID_KEY", f"another {SECRET}", "ORDER_IMPORT_ID_KEY is not the key"),
    "no key": ("ORDER_IMPORT_ID_KEY", "", "Set ORDER_IMPORT_ID_KEY"),
    **{f"chunk rows {value}": ("ORDER_IMPORT_CHUNK_ROWS", value, "ORDER_IMPORT_CHUNK_ROWS must be") for value in ("0", "-7", "many", "1e9", "nan", "inf", "7.5")},
    **{f"quiet seconds {value}": ("ORDER_IMPORT_QUIET_SECONDS", value, "ORDER_IMPORT_QUIET_SECONDS must be") for value in ("-1", "soon", "nan")},
    "no TOML": ("ORDER_IMPORT_SOURCES", "[sources", "is not a TOML file"),
    "no sources": ("ORDER_IMPORT_SOURCES", "[shops.a]", "is not a TOML file"),
    "sources of another kind": ("ORDER_IMPORT_SOURCES", "sources = 7", "is not a TOML file"),
    "a source of another kind": ("ORDER_IMPORT_SOURCES", "[sources]\nshop = 7", "is not a TOML file"),
    "an unknown setting": ("ORDER_IMPORT_SOURCES", "[sources.shop]\ndelimeter = ';'", "delimeter: there is no such setting"),
    "a long delimiter": ("ORDER_IMPORT_SOURCES", "[sources.shop]\ndelimiter = '::'", "must be one character"),
    "a quote for a delimiter": ("ORDER_IMPORT_SOURCES", "[sources.shop]\ndelimiter = '\"'", "must be one character"),
    "columns of another kind": ("ORDER_IMPORT_SOURCES", "[sources.shop]\ncolumns = ['a']", "columns: it must be a table"),
    "a default of another kind": ("ORDER_IMPORT_SOURCES", "[sources.shop.defaults]\n'items.quantity' = 1", "must be pairs of texts"),
}  # fmt: skip


@pytest.mark.parametrize("case", SETTINGS)
def test_a_setting_that_cannot_be_used(
    command: Command, db: psycopg.Connection, sent: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, value, words = SETTINGS[case]
    if name == "ORDER_IMPORT_SOURCES":
        value = str(write(sent / "sources.toml", value))
    monkeypatch.setenv(name, value)
    assert_told_in_one_sentence(command, write(sent / "x.csv", GOOD), words)
    assert db.execute("select count(*) from batches").fetchone() == (0,)


def test_a_file_of_sources_that_is_not_there(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(sent / "no.toml"))
    assert_told_in_one_sentence(command, write(sent / "x.csv", GOOD), "cannot be read")


def test_a_data_folder_that_is_a_file(
    command: Command, db: psycopg.Connection, sent: Path, data: Path
) -> None:
    write(data, "a file")
    assert_told_in_one_sentence(command, write(sent / "x.csv", GOOD), "Not a directory")


def test_settings_in_a_file(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `.env` where the command is run; the environment wins."""
    path = write(sent / "x.csv", GOOD)
    write(Path(".env"), "ORDER_IMPORT_CHUNK_ROWS=none\n")
    assert "ORDER_IMPORT_CHUNK_ROWS" in imported(command, path).json["error"]
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "1")
    assert imported(command, path).status == 0
    assert db.execute("select count(*) from batch_chunks").fetchone() == (2,)


def test_faults_as_a_user_meets_them(process: Command, sent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process of its own, where an exception would end in a traceback."""
    monkeypatch.setenv(
        "ORDER_IMPORT_DATABASE_URL", f"postgresql://anna:{SECRET}@127.0.0.1:{free_port()}/hers"
    )
    answer = process("run", "--json", write(sent / "x.csv", GOOD))
    assert_shape(answer)
    assert (answer.status, answer.err.count("\n")) == (4, 1)
    assert (process("run", "no.csv").status, process("run", "--what").status) == (2, 2)
    assert SECRET not in answer.out + answer.err


# --- The drop ------------------------------------------------------------------------------------------------


def test_the_drop(command: Command, db: psycopg.Connection, drop: Path, data: Path) -> None:
    """A sub-folder is the source; a finished file goes to the archive, a refused one is told why; no byte changes."""
    write(drop / "shop" / "orders.csv", GOOD)
    write(drop / "shop" / "later" / "orders.csv", csv_text([row("B-1")]))
    write(drop / "mill" / "x.csv", UNREADABLE)
    write(drop / "orders.csv", BAD)
    answer = imported(command)
    assert_shape(answer)
    found = {(batch["source"], batch["file"], batch["status"]) for batch in answer.json["batches"]}
    assert found == {
        ("shop", "orders.csv", "loaded"),
        ("mill", "x.csv", "refused"),
        ("default", "orders.csv", "partial"),
    }
    assert len(answer.json["batches"]) == 4
    assert census(drop) == {}
    archived = {
        (Path(name).parent.name, content.decode()) for name, content in census(data / "archive").items()
    }
    assert archived == {("shop", GOOD), ("shop", csv_text([row("B-1")])), ("default", BAD)}
    refused = census(data / "refused")
    assert {Path(name).parent.name for name in refused} == {"mill"}
    (reason,) = (content.decode() for name, content in refused.items() if name.endswith(".reason.txt"))
    (batch,) = (batch for batch in answer.json["batches"] if batch["status"] == "refused")
    assert reason == batch["reason"] + "\n"
    assert [content for name, content in refused.items() if name.endswith("-x.csv")] == [UNREADABLE.encode()]


def test_the_same_name_and_the_same_bytes_again(
    command: Command, db: psycopg.Connection, drop: Path, data: Path
) -> None:
    """Nothing in the archive is overwritten; bytes of another source are another batch."""
    contents = [GOOD, csv_text([row("B-1")]), GOOD]
    answers = [
        imported(command, source="shop") for content in contents if write(drop / "shop" / "x.csv", content)
    ]
    assert [answer.batch["status"] for answer in answers] == ["loaded", "loaded", "repeated"]
    assert sorted(census(data / "archive").values()) == sorted(content.encode() for content in contents)
    write(drop / "mill" / "x.csv", GOOD)
    assert imported(command).batch["status"] == "loaded"
    assert db.execute("select source, count(*) from orders group by 1 order by 1").fetchall() == [
        ("mill", 2),
        ("shop", 3),
    ]


LEFT_ALONE = (
    ".hidden.csv",
    "x.csv.tmp",
    "x.csv.TMP",
    "x.csv.part",
    "x.partial",
    "x.csv.crdownload",
    "x.csv~",
    "x.filepart",
    ".x.csv.swp",
)


def test_what_is_not_finished_is_left_alone(
    command: Command, db: psycopg.Connection, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in LEFT_ALONE:
        write(drop / "shop" / name, GOOD)
    young, old = write(drop / "shop" / "young.csv", GOOD), write(drop / "shop" / "old.csv", GOOD)
    os.utime(old, (time.time() - 3600,) * 2)
    monkeypatch.setenv("ORDER_IMPORT_QUIET_SECONDS", "600")
    assert [batch["file"] for batch in imported(command).json["batches"]] == ["old.csv"]
    assert sorted(path.name for path in (drop / "shop").iterdir()) == sorted([*LEFT_ALONE, young.name])
    monkeypatch.setenv("ORDER_IMPORT_QUIET_SECONDS", "0")
    assert imported(command).batch["file"] == "young.csv"


def test_only_this_source(command: Command, db: psycopg.Connection, drop: Path) -> None:
    write(drop / "shop" / "x.csv", GOOD)
    write(drop / "mill" / "x.csv", GOOD)
    assert imported(command, source="mill").batch["source"] == "mill"
    assert list(census(drop)) == ["shop/x.csv"]


def test_a_named_file_stays(command: Command, db: psycopg.Connection, sent: Path, data: Path) -> None:
    good, bad = write(sent / "good.csv", GOOD), write(sent / "bad.csv", UNREADABLE)
    assert imported(command, good, bad).status == 3
    assert imported(command, good, source="shop").batch["source"] == "shop"
    assert {batch for (batch,) in db.execute("select source from batches")} == {"default", "shop"}
    assert census(sent) == {"good.csv": GOOD.encode(), "bad.csv": UNREADABLE.encode()}
    assert not census(data / "archive") | census(data / "refused")


def test_a_named_folder(command: Command, db: psycopg.Connection, sent: Path) -> None:
    """Its batches are taken in the order of their names, and nothing else that lies there."""
    write(sent / "b.csv", GOOD)
    nested(many(2)).write_parquet(write(sent / "a.parquet", ""))
    for name in ("README.md", ".hidden.csv", "x.csv.part", "sub/c.csv"):
        write(sent / name, GOOD)
    answer = imported(command, sent)
    assert [(batch["file"], batch["status"]) for batch in answer.json["batches"]] == [
        ("a.parquet", "loaded"),
        ("b.csv", "loaded"),
    ]


def test_a_link_in_the_drop_is_not_followed(
    command: Command, db: psycopg.Connection, drop: Path, sent: Path
) -> None:
    target = write(sent / "x.csv", GOOD)
    drop.mkdir(parents=True)
    (drop / "link.csv").symlink_to(target)
    answer = imported(command)
    assert (answer.status, answer.batch["status"]) == (3, "refused")
    assert target.read_text() == GOOD
    assert db.execute("select count(*) from orders").fetchone() == (0,)


# --- The dry run ---------------------------------------------------------------------------------------------

TABLES = (
    "batches",
    "batch_chunks",
    "orders",
    "order_items",
    "order_results",
    "findings",
    "rejected_rows",
    "id_key",
)


def everything(db: psycopg.Connection) -> list[Any]:
    return [
        db.execute(sql.SQL("select * from {} t order by t::text").format(sql.Identifier(table))).fetchall()
        for table in TABLES
    ] + db.execute("select last_value, is_called from orders_order_key_seq").fetchall()


SAYS_THAT_IT_IS_DRY = {"results.csv", "report.html", "summary.json"}


@pytest.mark.parametrize("name", ["clean.csv", "faulty.csv", "nested.parquet"])
def test_a_check_says_what_the_run_will_say(
    command: Command,
    db: psycopg.Connection,
    data: Path,
    drop: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "50")
    path = write(drop / "shop" / name, (SAMPLES / name).read_bytes())
    before = everything(db)
    checked = command("check", "--json", path)
    assert_shape(checked)
    assert everything(db) == before
    assert path.exists()
    assert {Path(file).parts[0] for file in census(data).keys() - {"work/.lock"}} == {"drop", "reports"}
    answer = imported(command)
    assert checked.status == answer.status
    for told in ("status", "rows", "orders", "items", "findings", "source", "file", "batch_id"):
        assert checked.batch[told] == answer.batch[told], told
    assert checked.batch["report"] != answer.batch["report"]
    here, there = (census(Path(done.batch["report"])) for done in (checked, answer))
    other = {
        name for name in here | there if name not in SAYS_THAT_IT_IS_DRY and here.get(name) != there.get(name)
    }
    assert not other, f"Files of the report that a dry run writes otherwise, or not at all: {other}"
    assert here.keys() == there.keys()
    assert results(checked) == results(answer)
    assert checked.fix_file.read_bytes() == answer.fix_file.read_bytes()


def test_a_check_asks_for_known_orders(command: Command, db: psycopg.Connection, sent: Path) -> None:
    imported(command, write(sent / "first.csv", GOOD))
    path = write(sent / "x.csv", [row("A-2"), row("A-1", toAddress__cityTown="Salem"), row("A-3")])
    checked = command("check", "--json", path)
    assert checked.batch["orders"] == orders(created=1, unchanged=1, rejected=1)
    answer = imported(command, path)
    assert results(checked) == results(answer)
    assert checked.fix_file.read_bytes() == answer.fix_file.read_bytes()


def test_a_check_needs_no_database(
    command: Command, sent: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORDER_IMPORT_DATABASE_URL")
    answer = command("check", "--json", write(sent / "x.csv", BAD))
    assert (answer.status, answer.batch["orders"]["created"]) == (1, 2)
    assert not (data / "postgres").exists()


# --- Reports, templates, the database's address ----------------------------------------------------------


@pytest.mark.parametrize("name", ["clean.csv", "faulty.csv", "nested.parquet"])
def test_a_report_is_rendered_again(command: Command, db: psycopg.Connection, name: str) -> None:
    batch = imported(command, SAMPLES / name).batch
    folder = Path(batch["report"])
    files = census(folder)
    shutil.rmtree(folder)
    answer = command("report", "--json", batch["batch_id"])
    assert answer.batch == batch
    assert census(folder) == files
    workbooks = {"rejected.xlsx"} if batch["orders"]["rejected"] else set()
    assert files.keys() == {*FILES, *workbooks}
    assert answer.fix_file.stat().st_mode & 0o777 == 0o600
    summary = json.loads(files["summary.json"])
    assert {name: summary[name] for name in batch} == batch


SHOP = SAMPLES / "shop"


def test_a_template_can_be_imported(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has every column, by the source's own names if it has any, and no other."""
    ours = command("template").out
    assert ours.strip().split(",") == list(MEMBERS)
    answer = imported(command, write(sent / "ours.csv", ours))
    assert (answer.status, answer.batch["findings"]) == (0, {"errors": 0, "warnings": 0})
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(SHOP / "sources.toml"))
    theirs = command("template", "--layout", "lampenladen").out
    assert theirs.startswith("Bestellnummer;")
    assert {"Gewicht in g", "E-Mail", "shippingPreferences.service"} <= set(theirs.strip().split(";"))
    assert "fromAddress.company" not in theirs  # the layout's own default
    answer = imported(command, write(sent / "theirs.csv", theirs), source="lampenladen")
    assert (answer.status, answer.batch["findings"]) == (0, {"errors": 0, "warnings": 0})


def test_a_template_in_any_words(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names in other capitals than ours, names with a delimiter in them, entries of metadata."""
    layout = (
        '[sources.shop.columns]\n"No, please" = "ordernumber"\n"Cost \\"centre\\"" = "metadata.costCenter"\n'
    )
    layout += '[sources.shop.defaults]\n"Charges.Currency" = "EUR"\n'
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(sent / "sources.toml", layout)))
    text = command("template", "--layout", "shop").out
    (header,) = csv.reader(io.StringIO(text))
    assert header[0] == "No, please"
    assert 'Cost "centre"' in header
    assert not {"orderNumber", "charges.currency"} & set(header)
    answer = imported(command, write(sent / "x.csv", text), source="shop")
    assert (answer.status, answer.batch["findings"]) == (0, {"errors": 0, "warnings": 0})


def test_a_default_counts_as_a_column(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = '[sources.shop.defaults]\n"Charges.Currency" = "EUR"\n"toaddress.citytown" = "Salem"\n'
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(sent / "sources.toml", layout)))
    lacking = ("charges.currency", "toAddress.cityTown")
    rows = [{name: cell for name, cell in cells.items() if name not in lacking} for cells in THREE]
    assert imported(command, write(sent / "x.csv", rows), source="shop").status == 0
    assert db.execute("select distinct charges_currency, to_address_city_town from orders").fetchall() == [
        ("EUR", "Salem")
    ]


def test_the_address_is_one_for_psql(command: Command, db: psycopg.Connection, sent: Path) -> None:
    imported(command, write(sent / "x.csv", GOOD))
    answer = command("db", "url")
    assert (answer.status, answer.out.count("\n")) == (0, 1)
    with psycopg.connect(answer.out.strip()) as theirs:
        assert theirs.execute("select count(*) from orders").fetchone() == (2,)


# --- The shop of the samples ------------------------------------------------------------------------------------


def test_semicolons_and_foreign_headers(
    command: Command, db: psycopg.Connection, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(SHOP / "sources.toml"))
    content = (SHOP / "lampenladen.csv").read_bytes()
    write(drop / "lampenladen" / "x.csv", content)
    write(drop / "another" / "x.csv", content)
    refused, loaded = imported(command).json["batches"]
    assert (loaded["source"], loaded["status"], loaded["orders"]["created"]) == ("lampenladen", "loaded", 30)
    assert loaded["findings"] == {"errors": 0, "warnings": 0}
    assert refused["reason"] == "another is none of the sources that may send. (is_known_source)"
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    stored = db.execute(
        "select order_number, item_id, to_address_postal_code, from_address_company, unit_weight_unit_of_measurement"
        " from orders join order_items using (order_key) order by 1, 2"
    ).fetchall()
    ours = ("Lampenladen Glühwürmchen GmbH", "GM")
    assert stored == sorted((r["Bestellnummer"], r["Artikelnummer"], r["PLZ"], *ours) for r in rows)


# --- The fix file ------------------------------------------------------------------------------------------------

FORMULAS = (
    "=1+1",
    "+1 (555) 0100",
    "-7",
    "@SUM(A1)",
    "'=1",
    "''-1",
    "a;b",
    'say "=1"',
    "=\n1",
    "first\n=second",
)


def rejected(n: int) -> list[Row]:
    """Orders with one bad quantity of two each, and cells that a spreadsheet would take for formulas."""
    return [
        row(
            f"={number}",
            orderMessage__message=FORMULAS[number % len(FORMULAS)],
            items__itemId=f"@{item}",
            items__quantity="0" if item else "1",
        )
        for number in range(n)
        for item in range(2)
    ]


def mended(rows: Iterable[Row]) -> list[Row]:
    """What a person makes of them: each quantity of 0 becomes a 5."""
    return [cells | {"items.quantity": cells["items.quantity"].replace("0", "5")} for cells in rows]


def formulas(db: psycopg.Connection) -> list[tuple[Any, ...]]:
    """What is stored of those orders."""
    return db.execute(
        "select order_number, order_message_message, item_no, item_id, quantity from orders"
        " join order_items using (order_key) where order_number like '=%' order by order_number, item_no"
    ).fetchall()


@pytest.mark.parametrize(("name", "delimiter"), [("x.csv", ","), ("x.csv", ";"), ("x.parquet", ",")])
def test_the_fix_file_mended_and_dropped_again(
    command: Command,
    db: psycopg.Connection,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    delimiter: str,
) -> None:
    """It creates the rejected orders and no other, as if they had been right at once."""
    settings = f"[sources.default]\ndelimiter = '{delimiter}'\n"
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(data / "sources.toml", settings)))
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "7")
    rows = [*rejected(len(FORMULAS)), *THREE]
    path = write(data / "drop" / name, csv_text(rows, delimiter=delimiter))
    if name == "x.parquet":
        pl.DataFrame(rows).write_parquet(path)
    first = imported(command)
    assert first.batch["orders"] == orders(created=2, rejected=len(FORMULAS))
    assert first.fix_file.stat().st_mode & 0o777 == 0o600
    with first.fix_file.open(newline="", encoding="utf-8") as file:
        told = list(csv.DictReader(file, delimiter=delimiter))
    assert not [cell for cells in told for cell in cells.values() if cell.startswith(tuple("=+-@\t\r"))]
    write(data / "drop" / "mended.csv", csv_text(mended(told), delimiter=delimiter))
    again = imported(command)
    assert again.batch["orders"] == orders(created=len(FORMULAS))
    assert again.batch["findings"] == {"errors": 0, "warnings": 0}
    found = formulas(db)
    db.execute("truncate orders, batches cascade")
    imported(command, write(data / "right.csv", csv_text(mended(rows), delimiter=delimiter)))
    assert found == formulas(db)


def own_cells(path: Path) -> list[list[str]]:
    """The rows of a fix file without the three cells at their ends, which are ours."""
    with path.open(newline="", encoding="utf-8") as file:
        return [cells[:-3] for cells in csv.reader(file)]


def as_written(answer: Answer) -> str:
    """The fix file but for the id of the batch whose it is, which stands in each of its rows."""
    return answer.fix_file.read_text().replace(answer.batch["batch_id"], "…")


def test_the_fix_file_of_the_fix_file(command: Command, db: psycopg.Connection, sent: Path) -> None:
    """What is not mended comes out as it came in, any number of times."""
    first = imported(command, write(sent / "x.csv", rejected(len(FORMULAS))))
    again = imported(command, write(sent / "again.csv", first.fix_file.read_bytes()))
    assert again.batch["orders"]["rejected"] == len(FORMULAS)
    assert as_written(again) == as_written(first)
    replayed = command("replay", "--json", again.batch["batch_id"])
    assert as_written(replayed) == as_written(first)


def test_the_fix_file_neither_fills_nor_cuts(command: Command, db: psycopg.Connection, sent: Path) -> None:
    """Dropped again as it is, a short row is short and a long row long; the rows beside them are neither."""
    header, *rows = csv_text([row(f"A-{n}", items__quantity="0") for n in range(4)]).splitlines()
    rows[1] = rows[1].replace(",0,", ",3,").rpartition(",")[0]
    rows[2] = rows[2].replace(",0,", ",3,") + ",,x"
    answer = imported(command, write(sent / "0.csv", "\n".join([header, *rows])))
    assert [len(cells) for cells in own_cells(answer.fix_file)] == [18, 18, 18, 20, 18]
    assert own_cells(answer.fix_file)[2][-1] == "(no cell)"
    for n in (1, 2):
        before = own_cells(answer.fix_file)
        answer = imported(command, write(sent / f"{n}.csv", answer.fix_file.read_bytes()))
        assert answer.batch["orders"]["rejected"] == 4
        odd = {(row, name) for row, column, name in answer.reasons() if column is None}
        assert odd == {(3, "is_mended"), (4, "has_every_cell")}
        assert own_cells(answer.fix_file) == before
    text = answer.fix_file.read_text()
    right = text.replace(",(no cell)", ",12.50").replace(",,x,", ",").replace(",0,", ",3,")
    answer = imported(command, write(sent / "right.csv", right))
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 4)
    stored = db.execute("select distinct quantity, unit_price::text from order_items").fetchall()
    assert stored == [(3, "12.5000")]


def in_csv(*lines: list[str]) -> str:
    """Lines of any length, the header first."""
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


OLD_FIX_HEADER = [*PLAIN, "import_row", "import_findings"]
FIX_HEADER = [*PLAIN, "import_batch", "import_row", "import_findings"]
OWN = list(row("A-1", items__quantity="0").values())
KEEPER = "0123456789abcdef0123"
OURS = ["2", "items.quantity is_in_range: Write a whole number."]


def mended_badly(*batch: str) -> dict[str, tuple[list[str], list[str]]]:
    """A row of a fix file as it came back, and its own cells in the next one; an old one has no batch."""
    ours = [*batch, *OURS]
    return {
        "without those that are ours": (OWN, OWN),
        "without reasons": ([*OWN, *batch, "2"], OWN),
        "a cell too few": ([*OWN[:-1], *ours], [*OWN[:-1], "(no cell)"]),
        "a cell too few, and without ours": (OWN[:-1], [*OWN[:-1], "(no cell)"]),
        "the order number alone": (OWN[:1], [*OWN[:1], *["(no cell)"] * (len(OWN) - 1)]),
        "a cell too many": ([*OWN, "x", *ours], [*OWN, "x"]),
        "a cell too many, and without ours": ([*OWN, "x"], [*OWN, "x"]),
        "a cell too few, and reasons taken away": ([*OWN[:-1], *batch, "7", ""], [*OWN[:-1], *batch, "7", ""]),
        "without ours, and a sentence like a reason": ([*OWN[:-2], "2", "A my_shop: blue"], [*OWN[:-2], "2", "A my_shop: blue"]),
        "a cell too many, behind ours": ([*OWN, *ours, "x"], [*OWN, *ours, "x"]),
        "a cell too many, and reasons taken away": ([*OWN, "x", *batch, "2", ""], [*OWN, "x", *batch, "2", ""]),
        "a cell too many, held back": ([*OWN, "x", *batch, "2", HELD_BACK], [*OWN, "x"]),
        "a cell too many, another not mended": ([*OWN[:-1], "(no cell)", "x", *ours], [*OWN[:-1], "(no cell)", "x"]),
        "a cell too few, another not mended": ([*OWN[:-2], "(no cell)"], [*OWN[:-2], "(no cell)", "(no cell)"]),
    }  # fmt: skip


@pytest.mark.parametrize("case", mended_badly())
@pytest.mark.parametrize("batch", [[], [KEEPER]], ids=["old", "new"])
def test_a_fix_file_that_was_mended_badly_loses_nothing(
    command: Command, db: psycopg.Connection, sent: Path, case: str, batch: list[str]
) -> None:
    came, expected = mended_badly(*batch)[case]
    header = FIX_HEADER if batch else OLD_FIX_HEADER
    answer = imported(command, write(sent / "x.csv", in_csv(header, came)))
    assert own_cells(answer.fix_file) == [list(PLAIN), expected]
    assert (2, None, "has_every_cell") in answer.reasons()
    again = imported(command, write(sent / "again.csv", answer.fix_file.read_bytes()))
    assert own_cells(again.fix_file) == [list(PLAIN), expected]
    replayed = command("replay", "--json", answer.batch["batch_id"])
    assert as_written(replayed) == as_written(answer)


MOVED = {  # the header and a row of a fix file whose columns were moved, and the row's own cells in the next one
    "first and last": (["import_row", *PLAIN, "import_findings"], ["7", *OWN, OURS[1], "x"], [*OWN, "x"]),
    "first and last, short": (["import_row", *PLAIN, "import_findings"], ["7", *OWN], OWN),
    "first and last, a cell too many in front": (["import_row", *PLAIN, "import_findings"], ["x", *OWN, *OURS], [*OWN, OURS[1], "x"]),
    "one taken away": ([*PLAIN, "import_row"], [*OWN, "x", "7"], [*OWN, "7", "x"]),
}  # fmt: skip


@pytest.mark.parametrize("case", MOVED)
def test_columns_of_a_fix_file_that_were_moved(
    command: Command, db: psycopg.Connection, sent: Path, case: str
) -> None:
    *came, expected = MOVED[case]
    answer = imported(command, write(sent / "x.csv", in_csv(*came)))
    assert own_cells(answer.fix_file) == [list(PLAIN), expected]


def test_an_order_of_a_fix_file_is_one_with_and_without_the_apostrophe(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has typed the number anew on one of its rows; and the chunks are small."""
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "1")
    rows = [
        [*row(number, items__itemId=f"SKU-{at}").values(), "", f"{at}", ""]
        for at, number in enumerate(["'=A", "B", "=A"])
    ]
    answer = imported(command, write(sent / "x.csv", in_csv(FIX_HEADER, *rows)))
    assert (answer.batch["status"], answer.batch["orders"]["created"]) == ("loaded", 2)
    stored = (
        "select order_number, item_no, item_id from orders join order_items using (order_key) order by 1, 2"
    )
    assert db.execute(stored).fetchall() == [("=A", 1, "SKU-0"), ("=A", 2, "SKU-2"), ("B", 1, "SKU-1")]


def test_a_row_of_another_length_is_told_of_cells_that_were_not_mended(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    answer = imported(command, write(sent / "x.csv", in_csv(FIX_HEADER, [*OWN[:-2], "(no cell)"])))
    replayed = command("replay", "--json", answer.batch["batch_id"])
    for fixed in (answer, replayed):
        with fixed.fix_file.open(newline="", encoding="utf-8") as file:
            (_, told) = csv.reader(file)
        assert told[-1].count("look for a missing or stray delimiter") == 1
        assert told[-1].count("in place of each (no cell)") == 1


def test_the_fix_file_of_a_source_with_odd_names(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column's name is a cell too: it does not act as a formula, and is known when it comes back."""
    layout = "[sources.shop]\ndelimiter = ';'\n[sources.shop.columns]\n'@id' = 'orderNumber'\n'=a;b' = 'items.quantity'\n"
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(sent / "sources.toml", layout)))
    names = {"orderNumber": "@id", "items.quantity": "=a;b"}
    bad = {names.get(name, name): cell for name, cell in row("A-1", items__quantity="0").items()}
    answer = imported(command, write(sent / "0.csv", csv_text([bad], delimiter=";")), source="shop")
    for n in (1, 2):
        text = answer.fix_file.read_text()
        assert text.startswith("'@id;")
        answer = imported(command, write(sent / f"{n}.csv", text + "\n" * n), source="shop")
        assert (answer.status, answer.batch["orders"]["rejected"]) == (1, 1)
    right = answer.fix_file.read_text().replace(";0;", ";5;")
    answer = imported(command, write(sent / "right.csv", right), source="shop")
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 1)
    assert answer.batch["findings"] == {"errors": 0, "warnings": 0}


# --- Orders that are known already ---------------------------------------------------------------------------


def test_other_content_is_rejected_by_is_new(command: Command, db: psycopg.Connection, sent: Path) -> None:
    """The hint names the earlier batch and the members that differ, and no value; what is stored stays."""
    first = imported(command, write(sent / "a.csv", THREE)).batch
    stored = stored_by(db, first)
    changes = {
        "A-1": {"toAddress__name": "Dr Secret", "toAddress__cityTown": "Salem", "items__itemId": "SKU-2"},
        "A-2": {"items__quantity": "3"},
        "A-3": {},
    }
    rows = [row("A-1", **changes["A-1"]), row("A-1", **(changes["A-1"] | {"items__itemId": "SKU-1"}))]
    answer = imported(command, write(sent / "b.csv", [*rows, row("A-2", **changes["A-2"]), row("A-3")]))
    assert (answer.status, answer.batch["orders"]) == (1, orders(created=1, rejected=2))
    assert answer.reasons() == {(2, "orderNumber", "is_new"), (4, "orderNumber", "is_new")}
    hints = [json.loads(cells["findings"])[0]["hint"] for cells in results(answer)[:2]]
    assert [first["batch_id"] in hint for hint in hints] == [True, True]
    assert "toAddress.name, toAddress.cityTown;" in hints[0]
    assert "values of items;" in hints[1]
    assert "Secret" not in "".join(cells["findings"] for cells in results(answer))
    assert stored_by(db, first) == stored


def test_as_many_items_in_other_numbers_are_other_content(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    """{A, A, B} and {A, B, B}: as sets they are equal, and each has three."""
    first, second = [["SKU-1", "SKU-1", "SKU-2"], ["SKU-1", "SKU-2", "SKU-2"]]
    for name, skus, outcome in [
        ("a", first, "created"),
        ("b", second, "rejected"),
        ("c", [first[2], *first[:2]], "unchanged"),
    ]:
        rows = [row("A-1", items__itemId=sku) for sku in skus]
        assert imported(command, write(sent / f"{name}.csv", rows)).batch["orders"][outcome] == 1, name


def stored_by(db: psycopg.Connection, batch: dict[str, Any]) -> list[tuple[Any, ...]]:
    return db.execute(
        "select o::text, i::text from orders o join order_items i using (order_key) where batch_id = %s order by 1, 2",
        (batch["batch_id"],),
    ).fetchall()


def test_unchanged_when_items_come_in_another_order(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    flat = many(12)
    first = imported(command, write(sent / "a.csv", flat.write_csv()))
    stored = stored_by(db, first.batch)
    answer = imported(command, write(sent / "b.csv", flat.reverse().write_csv()))
    assert (answer.status, answer.batch["orders"]) == (0, orders(unchanged=12))
    told = results(answer)
    assert {(cells["outcome"], cells["status"], cells["code"]) for cells in told} == {
        ("unchanged", "Success", "200")
    }
    assert {(cells["orderNumber"], cells["orderId"]) for cells in told} == {
        (cells["orderNumber"], cells["orderId"]) for cells in results(first)
    }
    assert stored_by(db, first.batch) == stored
    assert db.execute("select count(*) from orders").fetchone() == (12,)


def test_unchanged_when_metadata_is_stored_in_another_order(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    """As an earlier program stored the entries."""
    text = csv_text([row("A-1", metadata__a="1", metadata__b="2")])
    imported(command, write(sent / "a.csv", text))
    db.execute(
        "update orders set metadata ="
        " (select jsonb_agg(e order by at desc) from jsonb_array_elements(metadata) with ordinality as x (e, at))"
    )
    assert imported(command, write(sent / "b.csv", f"{text}\n")).batch["orders"] == orders(unchanged=1)


def test_the_repeated_batch_names_the_first_report(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    first = imported(command, write(sent / "a.csv", BAD)).batch
    before = everything(db)
    again = imported(command, write(sent / "another-name.csv", BAD))
    assert (again.status, again.batch["status"], again.batch["orders"]["created"]) == (1, "repeated", 0)
    ((finished,),) = db.execute("select finished_at from batches").fetchall()
    told = again.batch["first"]
    assert (told["status"], told["orders"]) == (first["status"], first["orders"])
    assert abs(datetime.fromisoformat(told["finished_at"]) - finished) < timedelta(milliseconds=1)
    assert (first["first"], first["notes"], again.batch["notes"]) == (None, [], [])
    assert (again.batch["batch_id"], again.batch["report"]) == (first["batch_id"], first["report"])
    assert everything(db) == before
