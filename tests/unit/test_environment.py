"""Variables of the environment and of a `.env`: what is taken, and what ends in a sentence that names it."""

import os
import re
from pathlib import Path

import pytest

from flows import settings
from flows.environment import NAMES
from flows.errors import MachineError
from flows.settings import Settings, load_settings
from order_files import write


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable is set, and the folder is empty."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ORDER_IMPORT_")]:
        monkeypatch.delenv(name)


def load(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], file: str = "") -> Settings:
    write(Path(".env"), file)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


TAKEN: dict[str, tuple[dict[str, str], str, str, object]] = {  # the environment, the .env, a setting, what it is
    "nothing": ({}, "", "chunk_rows", 50_000),
    "a number": ({"CHUNK_ROWS": "7"}, "", "chunk_rows", 7),
    "blanks around it": ({"CHUNK_ROWS": " 7 "}, "", "chunk_rows", 7),
    "a line's end, as a file of a secret has it": ({"DATABASE_URL": "postgresql://h/d\n"}, "", "database_url", "postgresql://h/d"),
    "blanks around a word": ({"FOREIGN_KEY": "row\n"}, "", "foreign_key", "row"),
    "nothing but blanks": ({"DATABASE_URL": "  "}, "", "database_url", None),
    "of the file": ({}, "ORDER_IMPORT_CHUNK_ROWS=7", "chunk_rows", 7),
    "the environment goes first": ({"CHUNK_ROWS": "8"}, "ORDER_IMPORT_CHUNK_ROWS=7", "chunk_rows", 8),
    "a blank one is absent, so the file's stands": ({"CHUNK_ROWS": ""}, "ORDER_IMPORT_CHUNK_ROWS=7", "chunk_rows", 7),
    "one of blanks too": ({"CHUNK_ROWS": " \n"}, "ORDER_IMPORT_CHUNK_ROWS=7", "chunk_rows", 7),
    "a key is any text": ({"ID_KEY": " k\n"}, "", "id_key", " k\n"),
    "a name that is like none of ours": ({"COLOUR": "red"}, "", "chunk_rows", 50_000),
    "one like ours, which is set too": ({"DATABASE_URL": "postgresql://h/d", "DATABASE_PASSWORD": "x"}, "", "database_url", "postgresql://h/d"),
    "one like that of the file": ({"DATABASE_URL_OLD": "x"}, "ORDER_IMPORT_DATABASE_URL=postgresql://h/d", "database_url", "postgresql://h/d"),
    "a blank one that is misspelt": ({"DATABASE": ""}, "", "database_url", None),
    "a web address": ({"NOTIFY_URL": "https://h/x"}, "", "notify_url", "https://h/x"),
    "a path with odd letters": ({"DATA": "/a b/$(x) 5$"}, "", "data", Path("/a b/$(x) 5$")),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN)
def test_taken(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    variables, file, setting, wanted = TAKEN[case]
    loaded = load(monkeypatch, {f"ORDER_IMPORT_{name}": value for name, value in variables.items()}, file)
    assert getattr(loaded, setting) == wanted


def test_every_setting_is_one_of_the_names() -> None:
    """One that were left out would be taken for a misspelt one of the others."""
    read = re.findall(r"ORDER_IMPORT_([A-Z_]+[A-Z])", Path(settings.__file__).read_text())
    assert set(read) == set(NAMES)


def test_a_home_is_put_in_place_of_its_sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(monkeypatch, {"ORDER_IMPORT_DATA": "~/x"}).data == tmp_path / "x"


REFUSED = {  # name, value, words of the sentence
    "misspelt": ("ORDER_IMPORT_DATABASE", "postgresql://h/d", "ORDER_IMPORT_DATABASE is no setting: ORDER_IMPORT_DATABASE_URL is, with a name much like it. Rename it"),
    "misspelt, another word": ("ORDER_IMPORT_DB_URL", "postgresql://h/d", "ORDER_IMPORT_DATABASE_URL is"),
    "another case": ("order_import_database_url", "postgresql://h/d", "ORDER_IMPORT_DATABASE_URL is"),
    "a letter more": ("ORDER_IMPORT_SOURCE", "s.toml", "ORDER_IMPORT_SOURCES is"),
    "a letter less": ("ORDER_IMPORT_CHUNKROWS", "5", "ORDER_IMPORT_CHUNK_ROWS is"),
    "another ending": ("ORDER_IMPORT_DATA_DIR", "/x", "ORDER_IMPORT_DATA is"),
    "no thread for Polars": ("POLARS_MAX_THREADS", "0", "POLARS_MAX_THREADS must be a whole number from 1 on"),
    "half a thread for Polars": ("POLARS_MAX_THREADS", "0.5", "POLARS_MAX_THREADS must be a whole number from 1 on"),
    "digits of another script": ("ORDER_IMPORT_CHUNK_ROWS", "\u0665", "must be a whole number"),
    "a home of nobody": ("ORDER_IMPORT_DATA", "~nobody-of-this-name/x", "begins with ~, and there is no such home"),
    "a home of nobody, of settings": ("ORDER_IMPORT_SOURCES", "~nobody-of-this-name/x", "begins with ~"),
    "a home of nobody, of folders": ("ORDER_IMPORT_FOLDERS", "/a:~nobody-of-this-name/x", "begins with ~"),
    "a variable that nobody put in": ("ORDER_IMPORT_DATA", "$HOME/data", "nothing is put in place of $HOME"),
    "the same in braces": ("ORDER_IMPORT_SOURCES", "/a/${NAME}.toml", "nothing is put in place of ${NAME"),
    "an address for a path": ("ORDER_IMPORT_DATA", "file:///srv/data", "nothing is put in place of file://"),
    "no web address": ("ORDER_IMPORT_NOTIFY_URL", "hooks.example.com/x", "must be a web address"),
    "a script for an address": ("ORDER_IMPORT_REPORTS_URL", "javascript:alert(1)", "must be a web address"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    name, value, words = REFUSED[case]
    with pytest.raises(MachineError) as told:
        load(monkeypatch, {name: value})
    assert words in str(told.value)
    assert name in str(told.value)


@pytest.mark.parametrize("content", [b"ORDER_IMPORT_DATA=\xff\xfe", None], ids=["no text", "a folder"])
def test_a_file_that_cannot_be_read(content: bytes | None) -> None:
    if content is None:
        Path(".env").mkdir()
        assert load_settings().chunk_rows == 50_000, "a folder of that name is no file of settings"
        return
    Path(".env").write_bytes(content)
    with pytest.raises(MachineError, match=r"\.env cannot be read"):
        load_settings()


def test_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(MachineError, match="is not there any more"):
        load_settings()
    monkeypatch.chdir(tmp_path)
