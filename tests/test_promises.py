"""Promises across the whole program: together, storable, least privilege, no leaks, inert output."""

import csv
import io
import os
import signal
import subprocess
import sys
import threading
import time
from html.parser import HTMLParser
from pathlib import Path

import psycopg
import pytest

from conftest import Command
from made import csv_text, row, write
from validators.model import HEAD, ITEM

PROGRAM = [sys.executable, "-c", "from flows.cli import main; main()", "run", "--direct", "--json"]


def orders(prefix: str, count: int) -> list[dict[str, str]]:
    return [row(f"{prefix}-{n}", items__itemId=f"SKU-{item}") for n in range(count) for item in (1, 2)]


def test_runs_on_one_drop_end_as_one_would(environment: None, db: psycopg.Connection, data: Path) -> None:
    """P15, P13: four at once, one of them killed; every order once, every file in one place, no traceback."""
    for n in range(8):
        write(data / "drop" / "shop" / f"{n}.csv", orders(f"F{n}", 40))
    runs = [
        subprocess.Popen(PROGRAM, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    time.sleep(1.5)
    runs[0].send_signal(signal.SIGKILL)
    told = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs[1:]] == [0, 0, 0]
    assert not any("Traceback" in err for _, err in told)
    subprocess.run(PROGRAM, check=True, capture_output=True)
    assert db.execute("select count(*), count(distinct order_number) from orders").fetchone() == (320, 320)
    assert not list((data / "drop").rglob("*.csv"))
    assert len(list((data / "archive").rglob("*.csv"))) == 8


def test_a_reader_sees_whole_orders(
    command: Command, db: psycopg.Connection, data: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P2."""
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "50")
    halves: list[object] = []
    done = threading.Event()

    def poll() -> None:
        with psycopg.connect(url, autocommit=True) as reader:
            while not done.is_set():
                halves.extend(
                    reader.execute(
                        "select order_number from orders left join order_items using (order_key)"
                        " group by 1 having count(item_no) <> 2"
                    ).fetchall()
                )

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        assert (
            command("run", "--direct", "--json", write(data.parent / "a.csv", orders("A", 400))).status == 0
        )
    finally:
        done.set()
        reader.join()
    assert halves == []


def test_the_same_order_in_two_batches(command: Command, db: psycopg.Connection, data: Path) -> None:
    """P4, P9: the same content is unchanged, other content is rejected by name; the stored order stays."""
    first = command("run", "--direct", "--json", write(data.parent / "a.csv", orders("A", 1))).batch
    before = db.execute("select * from orders").fetchall()
    turned = command("run", "--direct", "--json", write(data.parent / "b.csv", orders("A", 1)[::-1])).batch
    assert turned["orders"] == {"created": 0, "unchanged": 1, "rejected": 0, "warned": 0}
    other = [cells | {"charges.currency": "CAD"} for cells in orders("A", 1)]
    changed = command("run", "--direct", "--json", write(data.parent / "c.csv", other))
    assert changed.reasons() == {(2, "orderNumber", "is_new")}
    told = (Path(changed.batch["report"]) / "results.csv").read_text()
    assert first["batch_id"] in told
    assert "charges.currency" in told
    assert "CAD" not in told
    assert db.execute("select * from orders").fetchall() == before


def test_an_order_that_only_the_database_refuses(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """P16: it is found by halving, rejected with its code, and the others go on."""
    db.execute("alter table orders add constraint no_three check (order_number <> 'A-3')")
    answer = command("run", "--direct", "--json", write(data.parent / "a.csv", orders("A", 9)))
    assert answer.batch["orders"] == {"created": 8, "unchanged": 0, "rejected": 1, "warned": 0}
    assert answer.reasons() == {(8, "orderNumber", "is_storable")}
    assert db.execute("select order_number, code from order_results").fetchall() == [("A-3", 500)]


def test_a_session_that_is_ended_in_the_middle(
    command: Command, db: psycopg.Connection, data: Path, url: str
) -> None:
    """P6: the backend is terminated while its COPY waits; the step is done again, and nothing is there twice."""
    answers: list[object] = []
    with psycopg.connect(url) as blocker:
        blocker.execute("lock table order_items in share row exclusive mode")
        run = threading.Thread(
            target=lambda: answers.append(
                command("run", "--direct", "--json", write(data.parent / "a.csv", orders("A", 5))).batch
            )
        )
        run.start()
        waiting = (
            "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        while not (found := db.execute(waiting).fetchone()):
            time.sleep(0.05)
        db.execute("select pg_terminate_backend(%s)", found)
    run.join()
    (batch,) = answers
    assert isinstance(batch, dict)
    assert batch["orders"]["created"] == 5


def test_least_privilege(
    command: Command, db: psycopg.Connection, data: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P20: nothing but select and insert on orders and their items, also for a conflict."""
    name = f"importer_{os.getpid()}"
    db.execute(f"create role {name} login")  # type: ignore[call-overload]
    try:
        db.execute(f"grant select, insert on orders, order_items to {name}")  # type: ignore[call-overload]
        db.execute(
            f"grant select, insert, update on batches, batch_chunks, order_results, findings, rejected_rows to {name}"  # type: ignore[call-overload]
        )
        db.execute(f"grant select on id_key, alembic_version to {name}")  # type: ignore[call-overload]
        db.execute(f"grant usage on sequence orders_order_key_seq to {name}")  # type: ignore[call-overload]
        monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", url.replace("//postgres@", f"//{name}@"))
        command("run", "--direct", "--json", write(data.parent / "a.csv", orders("A", 3)))
        other = [cells | {"charges.currency": "CAD"} for cells in orders("A", 4)]
        answer = command("run", "--direct", "--json", write(data.parent / "b.csv", other))
        assert answer.batch["orders"] == {"created": 1, "unchanged": 0, "rejected": 3, "warned": 0}
    finally:
        db.execute(f"drop owned by {name}")  # type: ignore[call-overload]
        db.execute(f"drop role {name}")  # type: ignore[call-overload]


PERSONAL = [member.path for member in (*HEAD, *ITEM) if member.personal and member.kind == "text"]
CANARIES = {
    path: f"canary{at}x@example.com" if "mail" in path else f"canary{at}x" for at, path in enumerate(PERSONAL)
}


def spied(number: str, **cells: str) -> dict[str, str]:
    phones = {path: "+1 203 555 0187" for path in PERSONAL if path.endswith("phone")}
    lists = {"metadata.note": "canarym", "additionalAddresses": '[{"name": "canarya"}]'}
    return row(number, **cells) | CANARIES | phones | lists


@pytest.mark.parametrize("words", [("run", "--direct"), ("run",)])
def test_no_personal_value_stands_anywhere_but_in_the_fix_file(
    process: Command,
    db: psycopg.Connection,
    data: Path,
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P21: good, rejected by their own personal values, refused, in conflict; also in all that Prefect keeps."""
    home = data.parent / "prefect"
    monkeypatch.setenv("PREFECT_HOME", str(home))
    drop = data / "drop" / "shop"
    write(drop / "a.csv", [spied("A-1"), spied("A-2", toAddress__countryCode="USA")])
    write(
        drop / "b.csv",
        [
            spied("A-1")
            | {path: f"{text}y" for path, text in CANARIES.items()}
            | {"toAddress.phone": "canaryp"}
        ],
    )
    write(drop / "c.csv", csv_text([spied("A-3")]).replace("toAddress.addressLine1", "colour"))
    write(
        drop / "d.csv",
        [spied("A-4") | {"toAddress.name": "canary\x07bell", "metadata": '[{"name":"canaryn"'}],
    )
    answer = process(*words, "--json")
    assert answer.status == 3, answer.err
    seen = [answer.out.encode(), answer.err.encode()]
    reports = [path for path in data.rglob("reports/**/*") if path.is_file()]
    seen += [path.read_bytes() for path in reports if path.name != "rejected.csv"]
    seen += [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert reports
    found = [
        text[max(0, at - 200) : at + 50]
        for text in seen
        for word in (b"canary", b"555 0187")
        if (at := text.find(word)) >= 0
    ]
    assert found == []
    fixes = [path for path in reports if path.name == "rejected.csv"]
    assert any(b"canary" in path.read_bytes() for path in fixes)
    assert {path.stat().st_mode & 0o777 for path in fixes} == {0o600}
    assert not [path for path in (data / "work").rglob("*") if path.is_file() and path.name != ".lock"]


PAYLOADS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "'=1",
    "''+x",
    "<script>alert(1)</script>",
    '"><img src=x>',
    "\x1b[31mred",
    "[a](http://x)",
]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the base class's
        self.seen.add(tag)


def test_no_output_acts_and_the_fix_file_comes_back(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """P22: nothing is a formula, HTML or an escape; two rounds of mending later each value is what it was."""
    rows = [
        row(text, items__itemId=text, toAddress__countryCode="USA") for text in PAYLOADS if "\x1b" not in text
    ]
    rows.append(row("\x1b[31mred", toAddress__countryCode="USA"))
    answer = command("run", "--direct", "--json", write(data.parent / "=cmd<b>.csv", rows))
    for _ in range(2):
        report = Path(answer.batch["report"])
        for name in ("results.csv", "rejected.csv"):
            for cells in csv.reader(io.StringIO((report / name).read_text(), newline="")):
                assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
        page = Tags()
        page.feed((report / "report.html").read_text())
        assert not page.seen & {"script", "img", "b2"}
        assert "\x1b" not in (report / "report.html").read_text()
        again = (report / "rejected.csv").read_text().replace("Boston", "Bostonn")
        answer = command("run", "--direct", "--json", write(data.parent / "again.csv", again))
    mended = (Path(answer.batch["report"]) / "rejected.csv").read_text().replace(",USA,", ",US,")
    command("run", "--direct", "--json", write(data.parent / "mended.csv", mended))
    stored = {
        found[0]
        for found in db.execute(
            "select item_id from order_items join orders using (order_key) where item_id = order_number"
        )
    }
    assert stored == {text for text in PAYLOADS if "\x1b" not in text}


def test_the_terminal_shows_no_escape(command: Command, db: psycopg.Connection, data: Path) -> None:
    text = csv_text([row("A-1")]).replace("orderNumber", "\x1b[31m,\x1b[31m,orderNumber")
    answer = command("run", "--direct", write(data.parent / "x\x1b[31m.csv", text))
    assert answer.status == 3
    assert "\x1b" not in answer.out + answer.err
