"""P25: the settings of its source are a part of a batch, whatever the file of settings says when it goes on."""

from pathlib import Path
from typing import Any

import pytest

from conftest import Command
from flows import kept_settings
from import_environment import ImportEnvironment, Runner
from order_files import csv_text, row, write

ROWS = [row(f"A-{n}") | {"Other": f"B-{n}"} for n in range(9)]

BEGUN = '[sources.shop]\n[sources.shop.columns]\n"orderNumber" = "orderNumber"\n'
OTHERS = {
    "another column for the order number": '[sources.shop.columns]\n"Other" = "orderNumber"\n"orderNumber" = "orderMessage.type"\n',
    "the source is gone": "[sources.mill]\n",
    "another delimiter": '[sources.shop]\ndelimiter = ";"\n',
    "a default": '[sources.shop.defaults]\n"orderMessage.type" = "a note"\n',
}
CHANGED = "The settings of shop have changed since this batch was begun"
SINCE = "The settings of shop have changed since this batch was imported"


@pytest.fixture
def sources(imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of settings, and a file in the drop of which nothing is imported yet."""
    path = write(imports.data.parent / "sources.toml", BEGUN)
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(path))
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", "1")
    imports.empty(ROWS)
    return path


def fail_at(imports: ImportEnvironment, chunks: str) -> None:
    """From now on to load one of these chunks is a machine's fault."""
    imports.ask(
        "create or replace function stop_chunk() returns trigger language plpgsql as $$ begin"
        f" if new.chunk_no {chunks} then raise exception 'no' using errcode = 'XX001'; end if; return new; end $$;"
        "create or replace trigger stop_chunk before insert on batch_chunks for each row execute function stop_chunk()"
    )


def half_loaded(imports: ImportEnvironment, command: Command) -> dict[str, Any]:
    fail_at(imports, "= 2")
    answer = run(command)
    fail_at(imports, "= 0")
    imports.ask("update batches set finished_at = finished_at - interval '2 hours'")
    return answer


def run(command: Command) -> dict[str, Any]:
    return command("run", "--direct", "--json").batch


def stored(imports: ImportEnvironment) -> list[tuple[Any, ...]]:
    return imports.ask("select * from orders natural join order_items order by order_number")


def contents(imports: ImportEnvironment) -> list[tuple[Any, ...]]:
    """Numbers and notes of the orders."""
    return imports.ask("select order_number, order_message_type from orders order by order_number")


@pytest.mark.parametrize("settings", OTHERS.values(), ids=OTHERS.keys())
def test_a_half_loaded_batch_goes_on_under_its_own(
    imports: ImportEnvironment,
    command: Command,
    sources: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
) -> None:
    failed = half_loaded(imports, command)
    ((rows,),) = imports.ask("select sum(rows_read)::int from batch_chunks")
    assert 0 < rows < 9
    assert (failed["status"], failed["rows"]["read"], failed["orders"]["created"]) == ("failed", rows, rows)
    assert f"{rows} rows are done" in failed["reason"]
    sources.write_text(settings)
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "2")
    done = run(command)
    assert (done["status"], done["orders"]["created"]) == ("loaded", 9)
    assert [note.startswith(CHANGED) for note in done["notes"]] == [True]
    assert contents(imports) == [(f"A-{n}", None) for n in range(9)]


def test_killed_and_the_settings_changed(
    imports: ImportEnvironment, runner: Runner, command: Command, sources: Path
) -> None:
    """The same after a SIGKILL."""
    for at in range(1, 5):
        imports.empty(ROWS)
        runner.run(at=at, name="after _exit_gen")
        if len(imports.ask("select chunk_no from batch_chunks")) in (1, 2):
            break
    else:
        pytest.fail("it was never killed between two chunks")
    sources.write_text(OTHERS["another column for the order number"])
    done = run(command)
    assert (done["status"], len(done["notes"])) == ("loaded", 1)
    assert contents(imports) == [(f"A-{n}", None) for n in range(9)]


@pytest.mark.parametrize("settings", OTHERS.values(), ids=OTHERS.keys())
def test_one_without_a_chunk_takes_the_present_ones(
    imports: ImportEnvironment, command: Command, sources: Path, settings: str
) -> None:
    fail_at(imports, "> 0")
    run(command)
    fail_at(imports, "= 0")
    imports.ask("update batches set finished_at = finished_at - interval '2 hours'")
    sources.write_text(settings)
    later = run(command)
    imports.empty(ROWS)
    assert {**run(command), "batch_id": None} == {**later, "batch_id": None}
    assert later["notes"] == []


def test_the_findings_on_the_batch_are_those_of_its_settings(
    imports: ImportEnvironment, command: Command, sources: Path
) -> None:
    """Of a column that no member has while the first settings hold, and one that has a member under the others."""
    fail_at(imports, "> 0")
    run(command)
    fail_at(imports, "= 0")
    imports.ask("update batches set finished_at = finished_at - interval '2 hours'")
    assert imports.ask("select * from findings") == []
    sources.write_text('[sources.shop.columns]\n"Other" = "metadata.other"\n')
    assert run(command)["findings"] == {"errors": 0, "warnings": 0}


def test_one_from_before_settings_were_kept(
    imports: ImportEnvironment, command: Command, sources: Path
) -> None:
    half_loaded(imports, command)
    imports.ask("update batches set settings = null")
    before = contents(imports)
    sources.write_text(OTHERS["a default"])
    done = run(command)
    assert done["status"] == "loaded"
    assert [note.startswith("This batch was begun before settings were kept") for note in done["notes"]] == [
        True
    ]
    wanted = {f"A-{n}": "a note" for n in range(9)} | dict(before)
    assert contents(imports) == sorted(wanted.items())


def test_one_from_before_whose_source_is_gone(
    imports: ImportEnvironment, command: Command, sources: Path
) -> None:
    """There are no settings that it could go on under; what is in is told."""
    rows = half_loaded(imports, command)["rows"]
    imports.ask("update batches set settings = null")
    sources.write_text(OTHERS["the source is gone"])
    refused = run(command)
    assert (refused["status"], refused["rows"]) == ("refused", rows)
    assert f"{rows['read']} rows of this file had been imported" in refused["notes"][0]


def test_a_program_that_cuts_otherwise_does_nothing(
    imports: ImportEnvironment, command: Command, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_loaded(imports, command)
    before = stored(imports)
    monkeypatch.setattr(kept_settings, "CUTTING", 2)
    for kept in ("settings", "null"):
        imports.ask(f"update batches set settings = {kept}")
        imports.ask("update batches set finished_at = finished_at - interval '2 hours'")
        failed = run(command)
        assert (failed["status"], failed["rows"]["read"]) == ("failed", len(before))
        assert "another version" in failed["reason"]
        assert stored(imports) == before
        assert list(imports.drop.iterdir())


def test_its_report_is_written_as_its_own_say(
    imports: ImportEnvironment, command: Command, sources: Path
) -> None:
    """Also the fix file, which has the source's delimiter, when it is rendered again."""
    imports.empty([*ROWS, row("A-10", items__quantity="0")])
    batch = run(command)
    folder = Path(batch["report"])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for settings in OTHERS.values():
        sources.write_text(settings)
        assert command("report", batch["batch_id"]).status == 1  # orders were rejected
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_repeated_one_says_that_they_have_changed(
    imports: ImportEnvironment, command: Command, sources: Path
) -> None:
    imports.empty([*ROWS, row("A-10", items__quantity="0")])
    first = run(command)
    assert first["status"] == "partial"
    text = csv_text([*ROWS, row("A-10", items__quantity="0")])
    write(imports.drop / "b.csv", text)
    assert run(command)["notes"] == []
    for settings in OTHERS.values():
        sources.write_text(settings)
        again = command("run", "--direct", "--json", write(imports.data / "c.csv", text), "--source", "shop")
        assert (again.status, again.batch["status"], again.batch["first"]["status"]) == (
            1,
            "repeated",
            "partial",
        )
        (note,) = again.batch["notes"]
        assert note.startswith(SINCE)
        assert note.endswith(f"order-import replay {first['batch_id']}")
        plan = command("backfill", "--direct", "--json", imports.data / "c.csv", "--source", "shop")
        assert plan.batch["notes"] == [note]
        assert (plan.status, plan.batch["first"]) == (1, again.batch["first"])
    sources.write_text(
        '[sources.shop]\nmarker = ".ok"\n[sources.shop.columns]\n"orderNumber" = "orderNumber"\n'
    )
    again = command("run", "--direct", "--json", imports.data / "c.csv", "--source", "shop")
    assert again.batch["notes"] == [], "a marker says nothing of how a file is read"
