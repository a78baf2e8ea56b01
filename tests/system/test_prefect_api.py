"""Faults from outside that are nobody's but the machine's: Prefect's server, a proxy, a package of the same name."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest

from conftest import ROOT, SAMPLES, Command, free_port
from order_files import write


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that answers so, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("content-length"):
                self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - as the library asks for it

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, ThreadPoolExecutor() as pool:
        pool.submit(server.serve_forever)
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


ABSENT = "Prefect's server does not answer at {address}."
NO_API = "There is no Prefect API at {address}: does the address end in /api?"
PASSWORD = (
    "Prefect's server at {address} wants a password, or another than PREFECT_API_AUTH_STRING (or"
    " PREFECT_API_KEY) holds."
)


UNUSABLE = [
    (None, b"", "/api", ABSENT),
    (200, b"<!doctype html>", "", NO_API),
    (404, b"{}", "", NO_API),
    (401, b'{"exception_message": "Unauthorized"}', "/api", PASSWORD),
    (403, b"{}", "/api", PASSWORD),
    (502, b"bad gateway", "/api", ABSENT),
]


@pytest.mark.parametrize(
    ("command_word", "unusable"),
    [("run", unusable) for unusable in UNUSABLE]
    + [(word, unusable) for word in ("backfill", "serve") for unusable in (UNUSABLE[0], UNUSABLE[3])],
)
def test_a_server_that_cannot_be_used_is_told(
    process: Command,
    monkeypatch: pytest.MonkeyPatch,
    db: psycopg.Connection,
    command_word: str,
    unusable: tuple[int | None, bytes, str, str],
) -> None:
    status, body, path, sentence = unusable
    with answering(status or 200, body) as there:
        address = (there if status else f"http://127.0.0.1:{free_port()}") + path
        monkeypatch.setenv("PREFECT_API_URL", address)
        begun = time.monotonic()
        answer = process(command_word, *([] if command_word == "serve" else [SAMPLES / "clean.csv"]))
    assert (answer.status, answer.out) == (4, "")
    assert answer.err.splitlines()[-1] == sentence.format(address=address)
    assert time.monotonic() - begun < 60, "Prefect's own client tries for minutes"
    assert db.execute("select count(*) from batches").fetchone() == (0,)


SETTINGS = {  # what is set: variables, or the name of a file and what stands in it; and words of the sentence
    "a level that there is not": ({"PREFECT_LOGGING_LEVEL": "s3cret"}, "cannot use its setting PREFECT_LOGGING_LEVEL."),
    "a time that is none": ({"PREFECT_API_REQUEST_TIMEOUT": "s3cret"}, "cannot use its setting PREFECT_API_REQUEST_TIMEOUT."),
    "one in a profile": (
        {"profiles.toml": 'active = "x"\n[profiles.x]\nPREFECT_API_REQUEST_TIMEOUT = "s3cret"\n'},
        "cannot use its setting PREFECT_API_REQUEST_TIMEOUT.",
    ),
    "profiles that are no TOML": ({"profiles.toml": "active = [[["}, "A file of Prefect's settings is no TOML"),
    "an address without http": ({"PREFECT_API_URL": "localhost:4200/api"}, "is no web address such as"),
    "a blank address": ({"PREFECT_API_URL": " "}, "is no web address such as"),
    "half an address": ({"PREFECT_API_URL": "http://[::1/api"}, "cannot use its setting of an address (PREFECT_API_URL"),
}  # fmt: skip


@pytest.mark.parametrize("case", SETTINGS)
def test_a_setting_of_prefects_that_cannot_be_used_is_told(
    process: Command, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str
) -> None:
    variables, words = SETTINGS[case]
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    for name, value in variables.items():
        if name.endswith(".toml"):
            write(tmp_path / "home" / name, value)
        else:
            monkeypatch.setenv(name, value)
    answer = process("run", "--json", SAMPLES / "clean.csv")
    assert answer.status == 4
    assert words in answer.json["error"]
    assert answer.err.rstrip().endswith(answer.json["error"])
    assert "s3cret" not in answer.out + answer.err
    assert db.execute("select count(*) from batches").fetchone() == (0,)


def test_a_password_in_the_address_is_not_shown(process: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://me:secret@127.0.0.1:{free_port()}/api")
    answer = process("run", "--json", SAMPLES / "clean.csv")
    assert answer.json["error"] == ABSENT.format(
        address=os.environ["PREFECT_API_URL"].replace("me:secret@", "")
    )
    assert "secret" not in answer.out + answer.err


PROXIES = [
    {"HTTP_PROXY": "http://127.0.0.1:9"},
    {"http_proxy": "http://127.0.0.1:9", "NO_PROXY": "example.org"},
    {"ALL_PROXY": "socks5://127.0.0.1:9"},
]


@pytest.mark.parametrize("proxies", PROXIES)
def test_loopback_goes_through_no_proxy(
    process: Command,
    prefect_api: str,
    monkeypatch: pytest.MonkeyPatch,
    db: psycopg.Connection,
    proxies: dict[str, str],
) -> None:
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    answer = process("run", "--json", SAMPLES / "clean.csv")
    assert (answer.status, answer.batch["status"]) == (0, "loaded")


def test_a_server_of_our_own_is_reached_without_the_proxy(
    process: Command, monkeypatch: pytest.MonkeyPatch, db: psycopg.Connection, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    answer = process("run", "--json", SAMPLES / "clean.csv")
    assert (answer.status, answer.batch["status"]) == (0, "loaded")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, ("127.0.0.1,localhost,::1,here", "127.0.0.1,localhost,::1,here")),
        ({"NO_PROXY": "a, b"}, ("a,b,127.0.0.1,localhost,::1,here",) * 2),
        (
            {"NO_PROXY": "a", "no_proxy": "b,localhost"},
            ("b,localhost,127.0.0.1,::1,here", "a,127.0.0.1,localhost,::1,here"),
        ),
        ({"no_proxy": "*"}, ("*", None)),
    ],
)
def test_what_is_named_in_no_proxy_stays(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], wanted: tuple[str | None, str | None]
) -> None:
    from flows.orchestration.proxy import bypass_proxy

    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")  # so that what is set below is undone
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    bypass_proxy("here")
    bypass_proxy("here")
    assert (os.environ.get("no_proxy"), os.environ.get("NO_PROXY")) == wanted


@pytest.mark.parametrize("theirs", ["def url(): ...", "import nothing_of_this_name", None])
def test_a_package_of_the_same_name_over_ours_is_told(tmp_path: Path, theirs: str | None) -> None:
    """As the distribution `validators` lies over ours, fails as it is imported, or has taken ours with it as it went."""
    over = tmp_path / "validators"
    over.mkdir()
    if theirs:
        (over / "__init__.py").write_text(theirs)
        path = f"{tmp_path}{os.pathsep}{ROOT}"
    else:
        (tmp_path / "flows").symlink_to(ROOT / "flows")
        path = str(tmp_path)
    program = [sys.executable, "-S", "-c", START, path, "run", "--json"]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environ["ORDER_IMPORT_DATABASE_URL"] = (
        "postgresql://127.0.0.1:9/none"  # nothing is started where it fails
    )
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=tmp_path, env=environ)
    told = (
        "Another package of the name validators lies over ours: uninstall the distribution validators from this"
        " environment, and install order-import again."
    )
    assert (done.returncode, done.stderr) == (4, told + "\n")
    assert json.loads(done.stdout) == {"batches": [], "waiting": [], "ignored": 0, "exit": 4, "error": told}


# Where the installed project is not found by itself, but only what the test puts before it.
START = f"""
import sys
sys.path[:0] = sys.argv.pop(1).split({os.pathsep!r})
sys.path += {[path for path in sys.path if path.endswith("site-packages")]!r}
from flows.cli import main
main()
"""
