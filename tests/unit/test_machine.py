"""What of the machine is ours: by affinity and by the limits of a container, and never all of it because it is there."""

import os
from pathlib import Path

import pytest

from flows import machine
from flows.machine import affordable_processors, count_memory, count_processors
from flows.settings import Settings

ALL = 8
"""Processors of a made-up machine of 64 GiB."""

V1 = "11:memory:/docker/a\n4:cpu,cpuacct:/docker/a\n0::/\n"
CASES: dict[str, tuple[str, dict[str, str], int]] = {
    "no container": ("0::/user.slice\n", {}, 8),
    "no limit": ("0::/\n", {"cpu.max": "max 100000\n"}, 8),
    "two processors' time": ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
    "one and a half, by which two are busy": ("0::/\n", {"cpu.max": "150000 100000\n"}, 2),
    "a tenth": ("0::/\n", {"cpu.max": "10000 100000\n"}, 1),
    "more than there are": ("0::/\n", {"cpu.max": "6400000 100000\n"}, 8),
    "of a group above": ("0::/pods/a\n", {"pods/a/cpu.max": "max 100000", "pods/cpu.max": "300000 100000"}, 3),
    "the least of two": ("0::/pods/a\n", {"pods/a/cpu.max": "200000 100000", "pods/cpu.max": "300000 100000"}, 2),
    "a group that is not to be seen": ("0::/docker/a\n", {"cpu.max": "200000 100000"}, 2),
    "cgroup 1": (V1, {"cpu/docker/a/cpu.cfs_quota_us": "200000", "cpu/docker/a/cpu.cfs_period_us": "100000"}, 2),
    "cgroup 1, seen from inside": (V1, {"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    "cgroup 1, no limit": (V1, {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 8),
    "cgroup 1, a period without a quota": (V1, {"cpu/cpu.cfs_period_us": "100000"}, 8),
    "no number": ("0::/\n", {"cpu.max": "two 100000"}, 8),
    "a period of nothing": ("0::/\n", {"cpu.max": "100000 0"}, 8),
    "another system": ("", {}, 8),
}  # fmt: skip


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a made-up machine's groups; `own` beside it is the list of ours."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(ALL)), raising=False)
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 1 << 12, "SC_PHYS_PAGES": 1 << 24}.__getitem__)
    monkeypatch.setattr(machine, "GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(machine, "OWN_GROUPS", tmp_path / "own")
    return tmp_path / "cgroup"


def lay(groups: Path, own: str, files: dict[str, str]) -> None:
    if own:
        groups.with_name("own").write_text(own)
    for name, text in files.items():
        (groups / name).parent.mkdir(parents=True, exist_ok=True)
        (groups / name).write_text(text)


@pytest.mark.parametrize("case", CASES)
def test_processors_are_those_that_the_container_may_use(groups: Path, case: str) -> None:
    own, files, expected = CASES[case]
    lay(groups, own, files)
    assert count_processors() == expected


def test_affinity_is_the_least(groups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    lay(groups, "0::/\n", {"cpu.max": "200000 100000"})
    assert count_processors() == 1


@pytest.mark.parametrize(
    ("own", "files", "gib"),
    [
        ("0::/\n", {}, 64),
        ("0::/\n", {"memory.max": "max\n"}, 64),
        ("0::/\n", {"memory.max": "4G\n"}, 64),
        ("0::/a\n", {"a/memory.max": "max", "memory.max": f"{3 << 30}\n"}, 3),
        (V1, {"memory/docker/a/memory.limit_in_bytes": f"{2 << 30}"}, 2),
        (V1, {"memory/memory.limit_in_bytes": "9223372036854771712"}, 64),
    ],
)
def test_memory_is_what_the_container_may_have(
    groups: Path, own: str, files: dict[str, str], gib: int
) -> None:
    lay(groups, own, files)
    assert count_memory() == gib << 30
    assert affordable_processors() == min(ALL, gib)  # half a GiB each, of half of it


@pytest.mark.parametrize(
    ("processors", "checked", "loads"), [(1, 1, 2), (2, 1, 2), (3, 1, 2), (4, 2, 3), (6, 3, 4), (64, 3, 4)]
)
def test_chunks_at_once_follow_the_processors(processors: int, checked: int, loads: int) -> None:
    settings = Settings(data=Path(), processors=processors)
    assert (settings.chunks_at_once, settings.loads_at_once) == (checked, loads)


@pytest.mark.parametrize(
    ("chunks", "checked", "loads"), [(1, 1, 1), (5, 1, 2), (6, 2, 2), (7, 2, 3), (11, 3, 6), (99, 3, 8)]
)
def test_large_chunks_are_fewer_at_once(chunks: int, checked: int, loads: int) -> None:
    """One is read, some are checked, some load, one waits: never more than memory bears."""
    settings = Settings(data=Path(), processors=8, connections=8).within(chunks)
    assert (settings.chunks_at_once, settings.loads_at_once) == (checked, loads)
    assert checked + loads + 2 <= max(chunks, 4)


@pytest.mark.parametrize(("batches", "processors"), [(0, 8), (1, 8), (3, 2), (8, 1), (20, 1)])
def test_batches_at_once_share_the_processors(batches: int, processors: int) -> None:
    assert Settings(data=Path(), processors=8).shared_by(batches).processors == processors
