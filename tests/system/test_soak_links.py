"""Links put in the place of folders and files, and taken away again, at any moments of a sweep (P28).

Nothing outside is imported, moved or written; and when the links are gone, all that was in the drop is imported once.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_links import Moments, files

from import_environment import INVARIANTS, ImportEnvironment
from order_files import csv_text, row, write
from soak import SOAK, rounds

pytestmark = pytest.mark.soak

REFUSED = b"PK\x03\x04"
DROPPED: dict[str, bytes] = {  # each of them is another file, so that none is taken for one that was imported
    name: csv_text([row(f"I-{at}"), row(f"J-{at}", items__quantity="0")]).encode() if at % 3 else REFUSED + name.encode()
    for at, name in enumerate(["shop/bad.csv", "shop/a.csv", "shop/deep/a.csv", "shop/deep/bad.csv", "mill/a.csv", "mill/deep/down/a.csv"])
}  # fmt: skip
PLACES = ("drop/shop", "drop/shop/a.csv", "drop/shop/bad.csv", "drop/shop/deep", "drop/shop/deep/a.csv", "drop/mill",
          "drop/mill/deep", "drop/mill/deep/down", "archive/shop", "archive/mill", "refused/shop")  # fmt: skip
IMPORTED = [("mill", "I-4"), ("mill", "I-5"), ("shop", "I-1"), ("shop", "I-2")]


class Links:
    """Places of a data folder, each the owner's own or a link; what a link takes the place of lies aside meanwhile."""

    def __init__(self, data: Path, outside: Path, aside: Path) -> None:
        self._data, self._outside, self._aside = data, outside, aside

    def turn(self, place: str) -> None:
        """Put a link there, or what was there before."""
        path, aside = self._data / place, self._aside / place.replace("/", "+")
        if any(folder.is_symlink() for folder in path.parents):
            return  # it would be the other's own file that is turned
        if path.is_symlink():
            path.unlink()
            if os.path.lexists(aside):
                aside.rename(path)
        elif path.exists() and not os.path.lexists(aside):
            path.rename(aside)
            path.symlink_to(self._outside / ("a.csv" if place.endswith(".csv") else "folder"))

    def remove(self) -> None:
        """Put everything back, the outermost first: what lies in it comes back with it."""
        for place in PLACES:
            path, aside = self._data / place, self._aside / place.replace("/", "+")
            if path.is_symlink():
                path.unlink()
            if os.path.lexists(aside):
                put_back(aside, path)


def put_back(aside: Path, path: Path) -> None:
    """What lies aside, among what has come into its place since."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if aside.is_dir() and path.is_dir():
        for inside in list(aside.iterdir()):
            put_back(inside, path / inside.name)
    else:
        aside.rename(path)


@pytest.fixture
def outside(imports: ImportEnvironment) -> Path:
    """A folder of somebody else's, that has a file wherever a link may lead."""
    folder = imports.data.parent / "outside"
    for name in ("a.csv", "folder/a.csv", "folder/bad.csv", "folder/deep/a.csv", "folder/deep/down/a.csv"):
        write(folder / name, [row(f"S-{name}")])
    return folder


def test_links_at_any_moments(imports: ImportEnvironment, outside: Path) -> None:
    before, swapped = files(outside), 0
    folders = sorted(outside.rglob("*"))
    for chance, again in rounds(10, SOAK // 20):
        links = prepare(imports, outside)
        deeds = dict(moments(chance, links))
        with pytest.MonkeyPatch.context() as patch:
            watched = Moments(patch, deeds)
            statuses = imports.run()
        swapped += sum(at <= watched.passed for at in deeds)
        assert set(statuses) <= {"partial", "refused", "repeated"}, again
        assert orders(imports) <= set(IMPORTED), again
        assert (files(outside), sorted(outside.rglob("*"))) == (before, folders), again
        links.remove()
        imports.run()
        assert orders(imports) == set(IMPORTED), again
        assert imports.ask(INVARIANTS) == [], again
        assert (files(outside), sorted(outside.rglob("*"))) == (before, folders), again
        assert census(imports) == sorted(DROPPED.values()), again
    print(f"{swapped} times turned in the middle of a sweep, 0 files of others touched")


def prepare(imports: ImportEnvironment, outside: Path) -> Links:
    """Everything as before the first sweep."""
    imports.empty()
    shutil.rmtree(imports.data / "drop")
    for name, content in DROPPED.items():
        write(imports.data / "drop" / name, content)
    for place in PLACES:
        if not place.startswith("drop"):
            (imports.data / place).mkdir(parents=True)
    aside = outside.parent / "aside"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    return Links(imports.data, outside, aside)


def moments(chance: random.Random, links: Links) -> Iterator[tuple[int, Callable[[], None]]]:
    """Up to eight moments, at each of which something is turned; some are the two of a place, a few calls apart."""
    for _ in range(chance.randint(1, 4)):
        place, at = chance.choice(PLACES), chance.randint(1, 100)
        yield at, lambda place=place: links.turn(place)  # type: ignore[misc]
        if chance.random() < 0.5:
            yield at + chance.randint(1, 12), lambda place=place: links.turn(place)  # type: ignore[misc]


def orders(imports: ImportEnvironment) -> set[tuple[str, str]]:
    return set(imports.ask("select source, order_number from orders"))  # type: ignore[arg-type]


def census(imports: ImportEnvironment) -> list[bytes]:
    """What lies in the archive and among the refused: every file that was dropped, once."""
    found = [files(imports.data / name) for name in ("drop", "archive", "refused")]
    return sorted(text for folder in found for name, text in folder.items() if not name.endswith(".reason.txt"))  # fmt: skip
