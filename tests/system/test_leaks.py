"""P21: no value of a personal column, and no password, stands anywhere but in the orders and the fix file."""

import base64
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from conftest import Command
from flows.pipeline import commit_chunk, process_chunk, run_local
from order_files import csv_text, nested, row, write
from validators.order_model import HEAD

CANARY, PHONE, PASSWORD = "zqcanary", "5550187", "pwcanary"
CUSTOMS = "shippingPreferences.customs"
PERSONAL = [member for member in HEAD if member.personal]


def canaries(form: str = CANARY) -> dict[str, str]:
    """A value for each personal column that can be found again, in whatever holds it; a sound one."""
    cells = {member.path: f"{form} {at}" for at, member in enumerate(PERSONAL) if member.kind == "text"}
    cells |= {path: f"{form}{at}@example.com" for at, path in enumerate(cells) if path.endswith("mail")}
    cells |= {path: f"+1 203 {PHONE}{at}" for at, path in enumerate(cells) if path.endswith("phone")}
    entry = {"name": f"{form} name", "value": f"{form} value"}
    others = [{"addressType": f"{form}", "name": form, "countryCode": "US", "email": f"{form}@example.com"}]
    return cells | {
        "metadata": json.dumps([entry]),
        "metadata.note": form,
        "additionalAddresses": json.dumps(others),
        CUSTOMS: json.dumps({"customsInfo": {"EORI": form, "currencyCode": "USD"}, form: [form]}),
    }


GOOD = canaries()
LISTS = (  # every way in which a list can be wrong
    CANARY,
    f'{{"{CANARY}": 1}}',
    f'[{{"name": "{CANARY}"',
    f'["{CANARY}"]',
    f'[{{"name": "{CANARY}", "value": "{CANARY}"}}, {{"name": "{CANARY}", "value": "{CANARY}"}}]',
    f'[{{"name": "{CANARY}", "name": "{CANARY}", "value": ""}}]',
    f'[{{"name": {{"{CANARY}": 1}}, "value": 1, "{CANARY}": 1, "countryCode": "{CANARY}", "email": "{CANARY}"}}]',
    f'[{{"name": "{CANARY * 99}", "value": "{CANARY * 99}", "addressType": "{CANARY * 99}"}}]',
    f'[{{"name": "{CANARY}\\u0000", "value": "{CANARY}\\u200b"}}]',
    f'[{{"name": "{CANARY}", "value": {"9" * 400}}}]',
)
OBJECTS = (  # and the customs object
    f'"{CANARY}"',
    f'["{CANARY}"]',
    f'{{"customsInfo": "{CANARY}"}}',
    f'{{"customsInfo": {{"{CANARY}": 1, "currencyCode": "{CANARY}", "reasonForExport": "{CANARY}"}}}}',
    f'{{"{CANARY}": "{CANARY}", "customsInfo": {{"termsOfSale": "{CANARY}", "currencyCode": "HRK"}}}}',
    f'{{"customsInfo": {{"EORI": "{CANARY * 9999}\\u0000"}}}}',
)


def wrong() -> list[dict[str, str]]:
    """Orders, each of which is wrong by one of its personal values."""
    texts = [path for path in GOOD if path not in ("metadata", "additionalAddresses", CUSTOMS)]
    forms = (
        f"{CANARY}\x07",
        f"{CANARY * 99}",
        f"{CANARY}\u200b",
        f"=zq{CANARY}",
        f"{CANARY}\n{PHONE}",
        f"<b>{CANARY}",
    )
    made = [row(f"W-{path}-{at}", **{path: text}) for path in texts for at, text in enumerate(forms)]
    made += [
        row(f"L-{path}-{at}", **{path: text})
        for path in ("metadata", "additionalAddresses")
        for at, text in enumerate(LISTS)
    ]
    made += [row(f"C-{at}", **{CUSTOMS: text}) for at, text in enumerate(OBJECTS)]
    torn = [row("T-1", **{path: f"{text}{item}" for path, text in GOOD.items()}) for item in "ab"]
    residential = row("R-1", **{"toAddress.residential": CANARY})
    return [GOOD | cells for cells in made] + torn + [GOOD | residential]


def batches() -> dict[str, bytes]:
    """Good, rejected, conflicting and refused, as files in the order in which they are to be imported."""
    good = [row(f"A-{n}", **GOOD) for n in range(3)]
    flat = pl.DataFrame([row(f"F-{n}", **GOOD) for n in range(3)])
    orders = [*good, row("A-2", **GOOD, items__itemId="SKU-2"), row("C-1", **GOOD)]
    text = csv_text(orders)
    header, first, *_ = text.splitlines()
    return {
        "a good.csv": text.encode(),
        "b good.parquet": parquet(flat),
        "c nested.parquet": parquet(
            nested(with_members(flat.with_columns(orderNumber="N" + pl.col("orderNumber"))))
        ),
        "d rejected.csv": csv_text(wrong()).encode(),
        "e rejected.parquet": parquet(pl.DataFrame(wrong())),
        "f conflict.csv": csv_text([row(f"A-{n}", **canaries(f"{CANARY} other")) for n in range(3)]).encode(),
        "g short.csv": f"{header}\n{first},{CANARY},{CANARY}\n{first[:200]}\n{header}\n".encode(),
        "h no header.csv": f"{first}\n{first}\n".encode(),
        "i no header.csv": f"{CANARY},{CANARY}\n".encode(),
        "j column missing.csv": text.replace("toAddress.countryCode", CANARY).encode(),
        "k stray quote.csv": text.replace(GOOD["customerInfo.firstName"], f'"{CANARY}"{CANARY}').encode(),
        "l open quote.csv": f'{header}\n"{first}'.encode(),
        "m latin.csv": text.replace(CANARY, f"{CANARY}\u00eb").encode("latin-1"),
        "n canary.csv": f"<{CANARY}>".encode(),
        "o damaged.parquet": parquet(flat)[:-300] + bytes(290) + b"PAR1",
        "p inexact.parquet": parquet(flat.with_columns(pl.lit(1.5).alias("toAddress.name"))),
        "q cut.csv.gz": b"\x1f\x8b\x08\x00" + text.encode(),
        "r database.csv": csv_text([row("X-1", **GOOD), row("X-2", **GOOD)]).encode(),
        "s fault.csv": csv_text([row("XX-1", **GOOD)]).encode(),
        "t ended.csv": csv_text([row("E-1", **GOOD)]).encode(),
    }


def parquet(table: pl.DataFrame) -> bytes:
    import io

    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


def with_members(flat: pl.DataFrame) -> pl.DataFrame:
    """With the columns that a nested file is made of."""
    names = (
        "charges.gmv",
        "items.unitWeight.weight",
        "shippingPreferences.parcel.weight",
        "shippingPreferences.customs",
        "toAddress.residential",
    )
    return flat.drop("metadata", "additionalAddresses").with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in names
    )


# What only the database says: no to one order, in words that hold its values; then to all; and it goes away, once.
FAULTS = """
alter table orders add constraint no_x check (order_number <> 'X-2' or to_address_name is null);
create sequence deaths;
create function fault() returns trigger language plpgsql as $$ begin
  if new.order_number = 'XX-1' then
    raise exception 'no % from %', new.to_address_name, new.metadata using errcode = 'XX000', detail = new.to_address_email;
  elsif new.order_number = 'E-1' and nextval('deaths') = 1 then
    perform pg_terminate_backend(pg_backend_pid());
  end if;
  return new;
end $$;
create trigger fault before insert on orders for each row execute function fault();
"""
EXPECTED = {
    **dict.fromkeys("abc", "loaded"), **dict.fromkeys("defgr", "partial"), **dict.fromkeys("hijklmnopq", "refused"), "s": "failed", "t": "loaded",
}  # fmt: skip


@pytest.fixture
def dropped(db: psycopg.Connection, data: Path) -> None:
    """All of them wait in the drop of a database that has faults."""
    db.execute(FAULTS)
    for name, content in batches().items():
        write(data / "drop" / "shop" / name, content)


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch, environment: None) -> None:
    """The database's address holds a password; the server that we are let in by does not ask for it."""
    url = os.environ["ORDER_IMPORT_DATABASE_URL"]
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", url.replace("//postgres@", f"//postgres:{PASSWORD}@"))


def words() -> Iterator[bytes]:
    """What must not be found: the canaries, also as other writings show them."""
    for word in (CANARY, PHONE, PASSWORD):
        yield word.encode()
        yield word.encode("utf-16-le")
        yield word.encode().hex().encode()
        for shift in range(3):  # whole groups of base64 inside the word, wherever it begins
            yield base64.b64encode(word.encode()[shift : shift + 3 * ((len(word) - shift) // 3)])


def leaks(where: str, content: bytes) -> list[str]:
    found = [(word, content.find(word)) for word in words() if word in content]
    return [f"{where}: {content[max(0, at - 120) : at + 40]!r}" for _, at in found]


def in_files(data: Path) -> list[str]:
    """Of all files of the data folder, but those that hold the orders as they came: fix files, and the deliveries."""
    delivered = {data / "drop", data / "archive", data / "refused"}
    files = [path for path in data.rglob("*") if path.is_file() and path.stem != "rejected"]
    told = [path for path in files if not delivered & {*path.parents} or path.name.endswith(".reason.txt")]
    assert len(told) > 20
    return [leak for path in told for leak in leaks(str(path), path.read_bytes())]


def in_tables(db: psycopg.Connection) -> list[str]:
    """What is told of batches and findings; orders and kept rows hold the values, and are there for that."""
    tables = ("batches", "batch_chunks", "order_results", "findings")
    rows = [(table, str(found)) for table in tables for found in db.execute(f"select * from {table}")]  # type: ignore[call-overload]
    return [leak for table, text in rows for leak in leaks(table, text.encode())]


def in_servers_log(db: psycopg.Connection) -> list[str]:
    (folder,) = db.execute("show data_directory").fetchall()[0]
    logs = list(Path(folder).glob("server-*.log"))
    assert logs
    return [leak for path in logs for leak in leaks(path.name, path.read_bytes())]


def fix_files_hold_them(data: Path) -> bool:
    """The fix files are complete, and their owner's alone."""
    fixes = list(data.rglob("rejected.csv"))
    rejected = [path.read_text() for path in fixes if CANARY in path.read_text()]
    assert {path.stat().st_mode & 0o777 for path in (*fixes, *data.rglob("rejected.xlsx"))} == {0o600}
    assert not [path for path in (data / "work").rglob("*") if path.is_file() and path.name != ".lock"]
    return len(rejected) >= 4 and all(
        word in rejected[0] + rejected[1] for word in GOOD.values() if "{" not in word
    )


def verdicts(told: list[dict[str, Any]]) -> dict[str, str]:
    return {batch["file"][0]: batch["status"] for batch in told}


def test_nothing_leaks_directly(
    password: None,
    dropped: None,
    command: Command,
    db: psycopg.Connection,
    data: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(run_local, "PAUSES", (0.0,))
    raced(monkeypatch)
    answers = [command("check", "--json", data / "drop" / "shop"), command("run", "--direct", "--json")]
    assert verdicts(answers[1].json["batches"]) == EXPECTED
    batch = answers[1].json["batches"][3]
    answers += [
        command("run", "--direct"),
        command("check", data / "drop" / "shop"),
        command("report", batch["batch_id"]),
        command("check", batch["batch_id"]),
        command("replay", batch["batch_id"], "--json"),
        command("run", "--direct", *sorted(data.glob("archive/shop/*"))),
        command("db", "upgrade"),
    ]
    out, err = capfd.readouterr()
    told = "".join(answer.out + answer.err for answer in answers) + out + err + caplog.text
    records = "".join(f"{vars(record)}" for record in caplog.records)
    assert "is tried again" in caplog.text
    assert "XX000" in told
    assert leaks("told", told.encode()) + leaks("records", records.encode()) == []
    assert in_files(data) + in_tables(db) + in_servers_log(db) == []
    assert fix_files_hold_them(data)


def raced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another batch be faster once with an order: the COPY ends in a unique violation."""
    asked = commit_chunk.find_known_orders
    calls: list[object] = []

    def late(*args: Any) -> pl.DataFrame:
        calls.append(args)
        return asked(*args) if len(calls) > 1 else asked(args[0], "nobody", args[2])

    monkeypatch.setattr(commit_chunk, "find_known_orders", late)


def test_nothing_leaks_when_others_are_faster(
    password: None,
    command: Command,
    db: psycopg.Connection,
    data: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    first = command("run", "--direct", "--json", write(data.parent / "a.csv", [row("A-1", **GOOD)]))
    raced(monkeypatch)
    second = command(
        "run", "--direct", "--json", write(data.parent / "b.csv", [row("A-1", **GOOD), row("A-2", **GOOD)])
    )
    assert (
        first.batch["orders"]["created"],
        second.batch["orders"]["unchanged"],
        second.batch["orders"]["created"],
    ) == (1, 1, 1)
    told = first.out + first.err + second.out + second.err + caplog.text
    assert leaks("told", told.encode()) + in_servers_log(db) == []


def test_a_fault_of_our_own_tells_no_value(
    password: None,
    command: Command,
    db: psycopg.Connection,
    data: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(rows: pl.DataFrame, **_: object) -> None:
        raise ValueError(str(rows.to_dicts()) + os.environ["ORDER_IMPORT_DATABASE_URL"])

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(process_chunk, "check_in_parts", broken)
    path = write(data.parent / "a.csv", [row("A-1", **GOOD)])
    answers = [
        command("run", "--direct", "--json", path),
        command("check", path),
        command("run", "--direct", path),
    ]
    assert [answer.status for answer in answers] == [4, 4, 4]
    told = "".join(answer.out + answer.err for answer in answers)
    assert "ValueError at test_leaks.py" in told
    assert leaks("told", (told + caplog.text).encode()) == []


ADDRESSES = {
    "nobody listens": f"postgresql://someone:{PASSWORD}@127.0.0.1:9/db",
    "no such host": f"postgresql://someone:{PASSWORD}@nowhere.invalid/db",
    "no such database": "{url}_gone",
    "no such user": "{url}",
    "no address": f"mysql://someone:{PASSWORD}@127.0.0.1/db",
    "no port": f"postgresql://someone:{PASSWORD}@127.0.0.1:port/db",
    "an @ in the password": f"postgresql://someone:x@{PASSWORD}@127.0.0.1:9/db",
    "a # in the password": f"postgresql://someone:x#{PASSWORD}@127.0.0.1:9/db",
    "a / in the password": f"postgresql://someone:x/{PASSWORD}@127.0.0.1:9/db",
    "a % in the password": f"postgresql://someone:%zz{PASSWORD}@127.0.0.1:9/db",
    "a space in the password": f"postgresql://someone:x {PASSWORD}@127.0.0.1:9/db",
    "a bracket in the password": f"postgresql://someone:x[{PASSWORD}@127.0.0.1:9/db",
    "an unknown option": f"postgresql://someone:{PASSWORD}@127.0.0.1:9/db?{PASSWORD}=1",
    "words": f"host=127.0.0.1 port=9 password={PASSWORD}",
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_no_password_is_told(
    password: None,
    command: Command,
    db: psycopg.Connection,
    data: Path,
    case: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    ours = (
        os.environ["ORDER_IMPORT_DATABASE_URL"].replace("?", "_gone?")
        if "database" in case
        else os.environ["ORDER_IMPORT_DATABASE_URL"].replace("postgres:", "someone:")
    )
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", ours if "{" in ADDRESSES[case] else ADDRESSES[case])
    path = write(data.parent / "a.csv", [row()])
    answers = [command("run", "--direct", "--json", path), command("check", path), command("db", "upgrade")]
    assert [answer.status for answer in answers] == [4, 4, 4]
    told = "".join(answer.out + answer.err for answer in answers)
    assert leaks("told", (told + caplog.text).encode()) == []


# Prefect logs all it can, and does not wait a minute before another try.
FLOW = """
import flows.pipeline.run_local
flows.pipeline.run_local.PAUSES = (0.1,)
from flows.cli import main
main()
"""


def test_nothing_leaks_through_prefect(
    password: None, dropped: None, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = data.parent / "prefect"
    monkeypatch.setenv("PREFECT_HOME", str(home))
    for name in (
        "PREFECT_LOGGING_LEVEL",
        "PREFECT_LOGGING_ROOT_LEVEL",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL",
    ):
        monkeypatch.setenv(name, "DEBUG")
    monkeypatch.setenv("PREFECT_LOGGING_EXTRA_LOGGERS", "flows,psycopg,polars")
    done = subprocess.run(
        [sys.executable, "-c", FLOW, "run", "--json"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert verdicts(told["batches"]) == EXPECTED, told
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.name == "prefect.db" for path in kept)
    found = [leak for path in kept for leak in leaks(path.name, path.read_bytes())]
    found += leaks("out", done.stdout.encode()) + leaks("err", done.stderr.encode())
    assert found + in_files(data) + in_tables(db) + in_servers_log(db) == []
    database = b"".join(path.read_bytes() for path in kept)
    # A fault, a summary, a table of findings and an event: they are there to be looked through.
    for told_of in (b"XX000", b"What to mend, by the orders", b"The first findings", b"batch.partial"):
        assert told_of in database, told_of
    assert fix_files_hold_them(data)
