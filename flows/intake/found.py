"""What a look at folders has found: files to import, files that wait with the reason, and how many are none of ours."""

import os
from dataclasses import dataclass, field

from flows.batch import Delivery
from flows.errors import printable
from flows.results import Result

NOT_ITS_TURN = "it failed a moment ago, or is being written to; a later run takes it"


@dataclass(frozen=True, kw_only=True)
class WaitingFile:
    """A file, or a folder, that was seen and is not taken, and why."""

    file: str
    source: str
    why: str

    def as_json(self) -> dict[str, str]:
        """The object that the command's `--json` holds for it."""
        return {"file": self.file, "source": self.source, "why": self.why}

    def sentence(self) -> str:
        """What a person is told."""
        return f"{self.file} of {self.source} waits: {self.why}."


@dataclass(kw_only=True)
class Found:
    """`ignored` counts names that begin with a dot or `_`, and those under which programs keep unfinished files."""

    deliveries: list[Delivery] = field(default_factory=list)
    waiting: list[WaitingFile] = field(default_factory=list)
    ignored: int = 0

    def wait(self, name: str, source: str, why: str) -> None:
        """Tell of one that is not taken."""
        self.waiting.append(WaitingFile(file=printable(name), source=source, why=why))

    def wait_for_others(self, results: list[Result]) -> None:
        """Tell of files of the drop that were tried, still lie there, and have none of these results."""
        ended = {(result.file, result.source) for result in results}
        for delivery in self.deliveries:
            if (printable(delivery.path.name), delivery.source) not in ended and os.path.lexists(
                delivery.path
            ):
                self.wait(delivery.path.name, delivery.source, NOT_ITS_TURN)

    def add(self, other: "Found") -> None:
        """Take what another look has found behind this one's."""
        self.deliveries += other.deliveries
        self.waiting += other.waiting
        self.ignored += other.ignored
