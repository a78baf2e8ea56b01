"""Collects what is wrong in a cell of JSON: each check once, with its first place and how many entries fail it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from validators.formats import Severity


class Fault(NamedTuple):
    """What is wrong in a cell, or in an entry of its list: `where` is the place inside it, such as `name`."""

    check: str
    where: str
    hint: str
    severity: Severity = "error"


@dataclass(frozen=True)
class FaultSummary:
    """What is told of a cell: a check's first fault, and how many entries have it."""

    check: str
    where: str
    hint: str
    severity: Severity
    count: int


class JsonFaults:
    """What is wrong in a cell, each check once."""

    def __init__(self) -> None:
        self._first: dict[str, FaultSummary] = {}
        self._counts: dict[str, int] = {}

    def add(self, faults: Iterable[Fault], place: str = "", number: int = 0) -> None:
        """Take those of one entry, or of the cell: a check counts once. `place` and `number` say which entry it is."""
        counted: set[str] = set()
        for fault in faults:
            if fault.check in counted:
                continue
            counted.add(fault.check)
            if fault.check not in self._first:
                where = ", ".join(filter(None, (place.format(number), fault.where)))
                self._first[fault.check] = FaultSummary(fault.check, where, fault.hint, fault.severity, 1)
                self._counts[fault.check] = 0
            self._counts[fault.check] += 1

    def add_excess(self, entries: int, most: int) -> None:
        """Tell that a list of so many entries has more than it may."""
        if entries > most:
            self.add([Fault("fits_entries", "", f"Keep at most {most} entries.")], "entry {}", most + 1)
            self._counts["fits_entries"] = entries - most

    def told(self) -> list[FaultSummary]:
        """All of them."""
        return [replace(told, count=self._counts[check]) for check, told in self._first.items()]

    @property
    def are_errors(self) -> bool:
        """Whether one of them rejects the order."""
        return any(told.severity == "error" for told in self._first.values())
