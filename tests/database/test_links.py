"""P28: the way to a file cannot be turned: a link that is put there at any moment leads nowhere."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from conftest import Command
from flows.errors import WrongUseError
from flows.intake.discover import discover
from flows.intake.drop_look import source_of_folder
from flows.settings import load_settings
from import_environment import ImportEnvironment
from order_files import row, write

DIRECT = ("run", "--direct", "--json")
INSIDE, OUTSIDE = [row("A-1")], [row("S-1")]
FILE = Path("deep") / "a.csv"


def files(folder: Path) -> dict[str, bytes]:
    """Every file below it that is no link."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture
def outside(imports: ImportEnvironment) -> Path:
    """A folder of somebody else's, with a file where the drop has one."""
    imports.empty(INSIDE)
    (imports.drop / "deep").mkdir()
    (imports.drop / "a.csv").rename(imports.drop / FILE)
    write(imports.data.parent / "outside" / "a.csv", OUTSIDE)
    write(imports.data.parent / "outside" / FILE, OUTSIDE)
    return imports.data.parent / "outside"


def put_link(path: Path, target: Path) -> None:
    """In the place of what was there, which goes aside."""
    if path.exists() and not path.is_symlink():
        aside = Path(*target.parts[: target.parts.index("outside")])
        path.rename(aside / f"aside-{path.name}")
        path.symlink_to(target)


class Moments:
    """Every call by which a folder or a file is reached through a handle; before the chosen ones something is done."""

    def __init__(self, patch: pytest.MonkeyPatch, deeds: Mapping[int, Callable[[], None]]) -> None:
        self.passed, self._deeds = 0, deeds
        for name in ("open", "stat", "rename", "mkdir", "unlink"):
            patch.setattr(os, name, self._watched(getattr(os, name)))

    def _watched(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **rest: Any) -> Any:
            if rest.get("dir_fd", rest.get("src_dir_fd")) is not None:
                self.passed += 1
                if self.passed in self._deeds:
                    self._deeds[self.passed]()
            return call(*args, **rest)

        return watched


SWAPS = {
    "the source's folder": ("drop/shop", ""),
    "a folder in it": ("drop/shop/deep", "deep"),
    "the file": ("drop/shop/deep/a.csv", "a.csv"),
    "the archive's folder": ("archive/shop", ""),
}


@pytest.mark.parametrize(("place", "target"), SWAPS.values(), ids=SWAPS.keys())
@pytest.mark.parametrize("rows", [INSIDE, b"PK\x03\x04"], ids=["loaded", "refused"])
def test_a_link_at_any_moment(
    imports: ImportEnvironment, outside: Path, place: str, target: str, rows: Any
) -> None:
    """Nothing outside is imported, moved or written."""
    place = place.replace("archive", "archive" if rows is INSIDE else "refused")
    before, at, most = files(outside), 0, 1
    while at < most:
        at += 1
        imports.empty(INSIDE)
        (imports.drop / "a.csv").unlink()
        write(imports.drop / FILE, rows)
        for aside in imports.data.parent.glob("aside-*"):
            shutil.rmtree(aside) if aside.is_dir() else aside.unlink()
        (imports.data / place).parent.mkdir(exist_ok=True)
        if place.startswith(("archive", "refused")):
            (imports.data / place).mkdir()
        with pytest.MonkeyPatch.context() as patch:
            moments = Moments(patch, {at: lambda: put_link(imports.data / place, outside / target)})
            statuses = imports.run()
        most = max(most, moments.passed)
        assert set(statuses) <= {"loaded", "refused", "repeated"}, at
        assert files(outside) == before, at
        assert sorted(path.name for path in outside.rglob("*")) == ["a.csv", "a.csv", "deep"], at
        assert imports.ask("select order_number from orders where order_number <> 'A-1'") == [], at
    assert most > 3


def test_a_link_for_one_moment(imports: ImportEnvironment, outside: Path) -> None:
    """A file that was read through no link is imported, at the latest when there is none any more; it is never refused unread."""
    folder, at, most = imports.drop / "deep", 0, 1

    def take_away() -> None:
        folder.unlink()
        (imports.data.parent / "aside-deep").rename(folder)

    while at < most:
        at += 1
        imports.empty(INSIDE)
        (imports.drop / "a.csv").unlink()
        write(imports.drop / FILE, INSIDE)
        with pytest.MonkeyPatch.context() as patch:
            moments = Moments(patch, {at: lambda: put_link(folder, outside / "deep"), at + 1: take_away})
            imports.run()
        if folder.is_symlink():
            take_away()
        most = max(most, moments.passed)
        imports.run()
        assert imports.ask("select order_number from orders") == [("A-1",)], at
        assert len(files(imports.data / "archive")) == 1, at
    assert most > 3


def test_what_was_swapped_between_listing_and_opening(
    imports: ImportEnvironment, command: Command, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome says so, and the next sweep sees no file there."""
    from flows import ingest  # noqa: F401
    from flows.pipeline import run_local

    def swapped(*args: Any, sound: Callable[..., Any] = run_local.import_file) -> Any:
        put_link(imports.drop / "deep", outside / "deep")
        return sound(*args)

    monkeypatch.setattr(run_local, "import_file", swapped)
    answer = command(*DIRECT)
    assert (answer.status, answer.batch["status"]) == (3, "refused")
    assert answer.batch["reason"].endswith("(is_readable_file)")
    assert "could not be moved" in answer.batch["notes"][0]
    assert command(*DIRECT).json["batches"] == []


@pytest.mark.parametrize("folder", ["archive", "refused"])
def test_a_link_where_a_file_belongs(
    imports: ImportEnvironment, command: Command, outside: Path, folder: str
) -> None:
    """The file is not moved through it; what came of the batch stands."""
    before = files(outside)
    (imports.data / folder).mkdir(exist_ok=True)
    (imports.data / folder / "shop").symlink_to(outside)
    write(imports.drop / FILE, INSIDE if folder == "archive" else b"PK\x03\x04")
    batch = command(*DIRECT).batch
    assert batch["status"] == ("loaded" if folder == "archive" else "refused")
    assert "could not be moved" in batch["notes"][0]
    assert files(outside) == before
    assert (imports.drop / FILE).exists()


def test_links_of_the_owners_own(
    imports: ImportEnvironment, command: Command, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data folder, the drop and the archive may be links; so may what is on the way to a file that is named."""
    for name in ("drop", "archive"):
        moved = imports.data.parent / f"my {name}"
        (imports.data / name).mkdir(exist_ok=True)
        (imports.data / name).rename(moved)
        (imports.data / name).symlink_to(moved)
    link = imports.data.parent / "link"
    link.symlink_to(imports.data)
    monkeypatch.setenv("ORDER_IMPORT_DATA", str(link))
    assert command(*DIRECT).batch["status"] == "loaded"
    assert len(files(imports.data.parent / "my archive")) == 1
    (imports.data.parent / "there").symlink_to(outside)
    assert command(*DIRECT, imports.data.parent / "there" / "deep" / "a.csv").batch["status"] == "loaded"
    (outside / "link.csv").symlink_to(outside / "a.csv")
    assert command(*DIRECT, outside / "link.csv").batch["status"] == "refused"


def test_a_named_folder_of_the_drop_behind_a_link(
    imports: ImportEnvironment, command: Command, outside: Path
) -> None:
    (imports.drop / "link").symlink_to(outside)
    with pytest.raises(WrongUseError, match="behind a link"):
        discover(load_settings(), [imports.drop / "link" / "deep"])
    answer = command(*DIRECT, imports.drop / "link" / FILE)
    assert (answer.status, answer.batch["status"]) == (3, "refused")
    assert len(files(outside)) == 2


FOLDERS = [
    b"a",
    b"a\x01",
    b"a\x02",
    b"a\xff",
    b"a\xfe",
    "a\ufffd".encode(),
    "a\ufffd01".encode(),
    b"a\x7f",
    b"a\\x01",
]


def test_two_folders_are_two_sources(imports: ImportEnvironment, command: Command) -> None:
    """However little of their names can be seen."""
    imports.empty(INSIDE)
    shutil.rmtree(imports.drop)
    for name in FOLDERS:
        write(imports.drop.parent / os.fsdecode(name) / "x.csv", INSIDE)
    batches = command(*DIRECT).json["batches"]
    assert [batch["status"] for batch in batches] == ["loaded"] * len(FOLDERS)
    sources = {batch["source"] for batch in batches}
    assert len(sources) == len(FOLDERS)
    assert all(source.isprintable() for source in sources)
    assert {"a", "a\\x01"} <= sources, "what can be seen is the name"
    assert len(list((imports.data / "archive").iterdir())) == len(FOLDERS)
    assert source_of_folder("Grüße 中") == "Grüße 中"
