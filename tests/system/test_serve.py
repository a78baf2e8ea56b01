"""`order-import serve` on a real Prefect server: by the clock, by hand, by an event, and whatever dies meanwhile.

P4 once, P21 no leaks, P23 without Prefect.
"""

import json
import re
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from conftest import SAMPLES, Command, free_port
from databases import database
from import_environment import INVARIANTS, ROWS, ImportEnvironment
from order_files import row, write
from serve_process import House

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVERY = 15  # seconds from a sweep to the next


@pytest.fixture(scope="module")
def served(server: str, prefect_api: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """It runs on the session's server."""
    folder = tmp_path_factory.mktemp("served")
    with database(server, "served") as url:
        served = House(
            ImportEnvironment(url, folder / "data"),
            prefect_api,
            {"PREFECT_API_URL": prefect_api},
            "--every",
            str(EVERY),
        )
        served.start()
        yield served
        before = len(served.log())
        assert served.stop() == 0
        assert "Traceback" not in served.log()[before:]
        assert served.imports.ask(INVARIANTS) == []


def test_a_dropped_batch_is_imported_by_the_next_sweep(served: House) -> None:
    write(served.imports.drop / "dropped.csv", [row("D-1"), row("D-2")])
    served.until(lambda: {"D-1", "D-2"} <= {*served.orders()})
    served.until(lambda: not list(served.imports.drop.iterdir()))


def test_a_batch_by_hand_and_all_that_is_shown_of_it(served: House) -> None:
    file = write(served.imports.data / "sent" / "`a`|<b>.csv", (SAMPLES / "faulty.csv").read_bytes())
    run = served.ended(served.begin("import", path=str(file), source="shop"))
    assert (run["state_name"], run["state_type"]) == ("Partial", "COMPLETED")
    shown = served.artifacts(run["id"])
    assert shown["progress"] == 100
    markdown = shown["markdown"]
    assert "## Partial: `'a'¦<b>.csv`" in markdown
    assert "| 46 | 0 | 130 | 26 | 79 |" in markdown
    assert "| 5 | error | `items.quantity` | `is_integer` | Write a whole number" in markdown
    assert str(served.imports.data / "reports") in markdown
    findings = json.loads(shown["table"])
    assert findings[0]["check"] == "is_phone"
    assert {type(cell) for finding in findings for cell in finding.values()} == {str}
    events = served.until(lambda: of_run(served, run["id"]))
    assert [(event["event"], event["payload"]["orders"]["rejected"]) for event in events] == [
        ("order-import.batch.partial", 130)
    ]
    assert events[0]["resource"]["prefect.resource.id"].startswith("order-import.batch.")


@pytest.mark.parametrize(
    ("parameters", "tags"),
    [
        ({"path": "/etc/passwd", "source": "shop"}, {"refused"}),
        ({"path": "{sent}/good.csv", "source": "a/b"}, {"refused"}),
        ({"path": "{sent}/bad.csv", "source": "shop"}, {"refused", "shop"}),
    ],
)
def test_a_refusal_is_one_sentence(served: House, parameters: dict[str, str], tags: set[str]) -> None:
    """No traceback, neither where `serve` runs nor on the run's page, and no second try."""
    sent, before = served.imports.data / "sent", len(served.log())
    write(sent / "good.csv", [row("G-1")])
    write(sent / "bad.csv", "no header\n")
    path = parameters["path"].format(sent=sent)
    run = served.ended(served.begin("import", **{**parameters, "path": path}))
    assert (run["state_name"], run["state_type"], run["run_count"]) == ("Refused", "FAILED", 1)
    assert (run["name"], {*run["tags"]}) == (f"{parameters['source']}/{Path(path).name}", tags)
    served.until(lambda: "Finished in state Refused" in served.log()[before:])
    served.until(lambda: served.get(f"/flow_runs/{run['id']}")["state_type"] == "FAILED")
    assert "Traceback" not in served.log()[before:]
    logged = served.post("/logs/filter", logs={"flow_run_id": {"any_": [run["id"]]}})
    assert [
        one["message"] for one in logged if "Traceback" in one["message"] or "None" in one["message"]
    ] == []


def of_run(served: House, run: str) -> list[dict[str, Any]]:
    """Our events of this run."""
    names = [
        f"order-import.batch.{status}" for status in ("loaded", "partial", "refused", "failed", "repeated")
    ]
    return [
        event
        for event in served.events(names)
        if any(related["prefect.resource.id"] == f"prefect.flow-run.{run}" for related in event["related"])
    ]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 409),
        ({"path": ""}, 409),
        ({"path": ["a"]}, 409),
        ({"path": "a", "dry_run": "perhaps"}, 409),
        ({"path": "a", "source": None}, 409),
        ({"path": "a", "source": "x" * 101}, 409),
    ],
)
def test_a_wrong_parameter_never_becomes_a_run(
    served: House, parameters: dict[str, Any], status: int
) -> None:
    deployment = served.get("/deployments/name/import/import")["id"]
    answer = served.ask("POST", f"/deployments/{deployment}/create_flow_run", parameters=parameters)
    assert answer.status_code == status


@pytest.mark.parametrize("name", ["plain", "{{ event.id }}"])
def test_an_event_imports_the_file_that_arrived(served: House, name: str) -> None:
    file = write(served.imports.data / "sent" / f"{name}.csv", [row(f"E-{name}")])
    event = {
        "id": str(uuid4()),
        "event": "order-import.file.arrived",
        "resource": {"prefect.resource.id": "order-import.file.arrived"},
        "occurred": datetime.now(UTC).isoformat(),
        "payload": {"path": str(file)},
    }
    served.client.post("/events", json=[event]).raise_for_status()
    served.until(lambda: f"E-{name}" in served.orders())
    assert served.imports.ask("select source from orders where order_number = %s", f"E-{name}") == [
        ("default",)
    ]


# In a browser

CHROMIUM = shutil.which("chromium")
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"


@pytest.fixture
def page(tmp_path: Path) -> Iterator["Page"]:
    """A page of a browser without a screen; what it showed last is kept as a picture."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        page = browser.new_page(viewport={"width": 1400, "height": 1300})
        page.set_default_timeout(60_000)
        yield page
        page.screenshot(path=tmp_path / "last.png")
        browser.close()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")
def test_a_batch_is_started_and_looked_at_in_a_browser(served: House, page: "Page", tmp_path: Path) -> None:
    from playwright.sync_api import expect

    file = write(served.imports.data / "sent" / "seen.csv", (SAMPLES / "clean.csv").read_bytes())
    page.goto(served.api.removesuffix("/api"))
    page.get_by_role("link", name="Deployments").click()
    # By where it leads: the page before it, which may still be there, links to the flow of the same name.
    deployment = served.get("/deployments/name/import/import")["id"]
    page.locator(f'a[href$="/deployment/{deployment}"]').first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Custom run").click()
    expect(page.get_by_text("Who sent it.")).to_be_visible()
    page.get_by_label("path").fill(str(file))
    page.screenshot(path=tmp_path / "form.png")
    submit(page)
    expect(page.get_by_text("Loaded", exact=True).first).to_be_visible(timeout=60_000)
    page.get_by_role("tab", name="Artifacts").click()
    page.screenshot(path=tmp_path / "artifacts.png")
    page.get_by_text(re.compile("^batch-[0-9a-f]{20}$")).first.click()
    # The newest of its kind: the server is the whole session's, and the same file was imported before.
    page.get_by_role("link", name=re.compile("^[0-9a-f]{8}$")).first.click()
    expect(page.get_by_role("heading", name="Loaded: seen.csv")).to_be_visible()


def submit(page: "Page") -> None:
    """Submit the form, again when Prefect's SQLite was busy: then it says so, and stays."""
    from playwright.sync_api import TimeoutError as NotThere

    for _ in range(5):
        page.get_by_role("button", name="Submit").click()
        with suppress(NotThere):
            page.get_by_role("button", name="View run").click(timeout=10_000)
            return
    pytest.fail("the form was not taken")


# Whatever dies meanwhile


def test_a_dead_run_is_found_and_its_batch_is_finished(served: House) -> None:
    """The process and its runs are killed, as when the machine goes down."""
    before = len(served.log())
    assert served.stop(signal.SIGINT) == 0
    assert "Traceback" not in served.log()[before:]
    write(served.imports.drop / "dead.csv", [row("Z-1"), row("Z-2")])
    deployment = served.get("/deployments/name/ingest/ingest")["id"]
    served.ask(
        "POST", f"/deployments/{deployment}/pause_deployment"
    )  # or a run of the schedule may be the one
    run = served.begin("ingest")
    with served.imports.locked("orders"):
        served.start()
        served.until(lambda: served.get(f"/flow_runs/{run}")["state_type"] == "RUNNING")
        served.until(lambda: "orders" in str(served.imports.ask(WAITING)))
        served.kill()
    assert served.get(f"/flow_runs/{run}")["state_type"] == "RUNNING"
    served.ask("POST", f"/deployments/{deployment}/resume_deployment")
    served.start()
    dead = served.ended(run)
    told = "Its process has died. The next run goes on with what it left."
    assert (dead["state_name"], dead["state"]["message"]) == ("Crashed", told)
    served.until(
        lambda: served.imports.ask("select 1 from batches where file = 'dead.csv' and status = 'loaded'")
    )
    assert {"Z-1", "Z-2"} <= {*served.orders()}
    assert served.automations() == ["order-import: import a file that arrived"], "none that nobody asked for"


def test_a_pause_outlives_a_restart(served: House) -> None:
    deployment = served.get("/deployments/name/ingest/ingest")["id"]
    served.ask("POST", f"/deployments/{deployment}/pause_deployment")
    assert served.stop() == 0
    served.start()
    assert served.get(f"/deployments/{deployment}")["paused"]
    served.until(lambda: "The drop is not looked at" in served.log())
    write(served.imports.drop / "paused.csv", [row("P-1")])
    before = served.post("/flow_runs/count", flows={"name": {"any_": ["ingest"]}})
    served.ask("POST", f"/deployments/{deployment}/resume_deployment")
    served.until(lambda: "P-1" in served.orders())
    assert served.post("/flow_runs/count", flows={"name": {"any_": ["ingest"]}}) == before + 1


WAITING = "select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


# With a server of its own, and a password


@pytest.fixture(scope="module")
def posted() -> Iterator[tuple[str, list[str]]]:
    """The address of somebody's webhook, and what was posted to it."""
    told: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["text"])
            self.send_response(200)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as hook, ThreadPoolExecutor() as pool:
        pool.submit(hook.serve_forever)
        yield f"http://127.0.0.1:{hook.server_port}/{PASSWORD}", told
        hook.shutdown()


@pytest.fixture(scope="module")
def alone(
    server: str, tmp_path_factory: pytest.TempPathFactory, posted: tuple[str, list[str]]
) -> Iterator[House]:
    """It brings up everything by itself."""
    folder = tmp_path_factory.mktemp("alone")
    port = free_port()
    environment = {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_API_AUTH_STRING": f"admin:{PASSWORD}",
        "ORDER_IMPORT_CHUNK_ROWS": "3",
        "ORDER_IMPORT_NOTIFY_URL": posted[0],
    }
    with database(server, "alone") as url:
        words = ("--port", str(port), "--every", str(EVERY))
        served = House(
            ImportEnvironment(url, folder / "data"), f"http://127.0.0.1:{port}/api", environment, *words
        )
        served.start()
        yield served
        assert served.stop() == 0
        assert PASSWORD not in served.log()
        assert served.imports.ask(INVARIANTS) == []


PASSWORD = "pw-of-the-api"


@pytest.mark.parametrize("auth", [None, ("admin", "wrong"), ("admin", "")])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/deployments/name/import/import"),
        ("POST", "/deployments/filter"),
        ("POST", "/deployments/{import}/create_flow_run"),
        ("POST", "/flow_runs/filter"),
        ("POST", "/flows/"),
        ("POST", "/events"),
        ("POST", "/artifacts/filter"),
        ("GET", "/admin/settings"),
    ],
)
def test_without_credentials_nothing_is_answered(
    alone: House, method: str, path: str, auth: tuple[str, str] | None
) -> None:
    path = path.format(**{"import": alone.get("/deployments/name/import/import")["id"]})
    body = {"parameters": {"path": str(alone.imports.data)}} if method == "POST" else None
    assert httpx.request(method, alone.api + path, json=body, auth=auth).status_code == 401
    runs = alone.post("/flow_runs/filter", flows={"name": {"any_": ["import"]}})
    assert [run for run in runs if run["parameters"].get("path") == str(alone.imports.data)] == []


def test_with_credentials_all_works(alone: House) -> None:
    file = write(alone.imports.data / "sent" / "let in.csv", [row("L-1")])
    run = alone.ended(alone.begin("import", path=str(file)))
    assert run["state_name"] == "Loaded"
    assert alone.artifacts(run["id"]).keys() == {"progress", "markdown"}
    alone.until(lambda: of_run(alone, run["id"]))


def test_a_refused_batch_is_told(alone: House, posted: tuple[str, list[str]]) -> None:
    write(alone.imports.drop / "refused.csv", "no header\n")
    told = alone.until(lambda: posted[1])
    assert told[0].startswith("Batch refused.csv of shop: refused\nThese columns are missing: orderNumber")


def test_the_server_is_killed_in_the_middle_of_an_import(alone: House) -> None:
    """P23: the import goes on without it, it is brought up again, and so the next batch is imported too."""
    with alone.imports.locked("order_items"):
        write(alone.imports.drop / "killed.csv", ROWS)
        alone.until(lambda: alone.imports.ask(WAITING))
        alone.kill_server()
    alone.until(lambda: "killed.csv" not in [path.name for path in alone.imports.drop.iterdir()])
    assert [number for number in alone.orders() if number.startswith("A-")] == ["A-1", "A-3", "A-5", "A-6"]
    batch = alone.imports.ask("select status, failures from batches where file = 'killed.csv'")
    assert batch == [("partial", 0)]
    write(alone.imports.drop / "after.csv", [row("N-1")])
    alone.until(lambda: "N-1" in alone.orders())


def test_a_port_that_is_taken_is_told(alone: House, process: Command) -> None:
    answer = process("serve", "--port", alone.api.split(":")[-1].removesuffix("/api"))
    assert (answer.status, answer.out) == (2, "")
    assert re.fullmatch(
        r"Prefect's server cannot listen at 127\.0\.0\.1:\d+: Address already in use\.\n", answer.err
    )
