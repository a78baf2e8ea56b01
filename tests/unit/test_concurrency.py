"""Several at once, and yet as one after the other: in order, faults in their place, no more of them than are allowed."""

import threading
import time
from collections.abc import Iterator

import pytest

from flows.pipeline.concurrency import make_concurrently


class Counted:
    """Makes tens, the first ones the slowest, and counts how many were being made at a time."""

    def __init__(self, bad: int | None = None) -> None:
        self.now = self.most = 0
        self._bad, self._lock = bad, threading.Lock()

    def __call__(self, one: int) -> int:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02 if one % 3 == 0 else 0)
        with self._lock:
            self.now -= 1
        if one == self._bad:
            raise ValueError(one)
        return one * 10


def given_until(bad: int | None, given: list[int]) -> Iterator[int]:
    for one in range(9):
        if one == bad:
            raise KeyError(one)
        given.append(one)
        yield one


@pytest.mark.parametrize("at_once", [1, 2, 3, 8, 20])
def test_all_are_made_in_their_order(at_once: int) -> None:
    make, given = Counted(), list[int]()
    with make_concurrently(make, given_until(None, given), at_once) as made:
        assert list(made) == [one * 10 for one in range(9)]
    assert make.most <= at_once
    assert at_once == 1 or make.most > 1


@pytest.mark.parametrize("at_once", [1, 3, 20])
def test_no_more_are_taken_than_are_made_at_once(at_once: int) -> None:
    given = list[int]()
    with make_concurrently(Counted(), given_until(None, given), at_once) as made:
        for number, _ in enumerate(made, start=1):
            assert len(given) <= number + at_once - 1


@pytest.mark.parametrize("at_once", [1, 2, 3, 20])
@pytest.mark.parametrize(
    ("bad_one", "bad_given", "raised"), [(4, None, ValueError), (None, 4, KeyError), (4, 6, ValueError)]
)
def test_a_fault_comes_behind_all_that_were_before_it(
    at_once: int, bad_one: int | None, bad_given: int | None, raised: type[Exception]
) -> None:
    make, seen = Counted(bad_one), list[int]()
    with (
        pytest.raises(raised),
        make_concurrently(make, given_until(bad_given, []), at_once) as made,
    ):
        seen.extend(made)
    assert make.now == 0, "none is being made any more"
    with make_concurrently(Counted(bad_one), given_until(bad_given, []), at_once) as made:
        assert [next(made) for _ in range(4)] == [0, 10, 20, 30]
        with pytest.raises(raised):
            next(made)
