"""The settings that a batch was begun under, as the ledger keeps them: how its source writes, and how it is cut.

A chunk that is done must stay the same chunk, so a batch of which one is committed goes on under these.
"""

import json
from dataclasses import dataclass

from flows.errors import BatchError, MachineError
from flows.settings import Settings
from flows.sources.source import Source
from flows.sources.toml_table import SettingsError

CUTTING = 1
"""Which way of cutting chunks this program has: one more whenever the same bytes and settings make other chunks."""

FIRST_CUTTING = 1
"""The way of the programs that kept no settings yet."""


@dataclass(frozen=True, kw_only=True)
class KeptSettings:
    """`source` has the settings of the file's source; `chunk_rows` and `cutting` say how the rows are cut into chunks."""

    source: Source
    chunk_rows: int
    cutting: int = CUTTING

    def to_text(self) -> str:
        """As they are kept; the same settings are the same text."""
        kept = {"cutting": self.cutting, "chunk_rows": self.chunk_rows, "source": self.source.to_json()}
        return json.dumps(kept, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> "KeptSettings":
        """What was kept; raises MachineError when this program would cut otherwise, or cannot read it."""
        try:
            kept = json.loads(text)
            refuse_other_cutting(kept["cutting"])
            return cls(source=Source.from_json(kept["source"]), chunk_rows=int(kept["chunk_rows"]))
        except (KeyError, TypeError, ValueError, SettingsError):
            raise MachineError(_OTHER_PROGRAM) from None


def refuse_other_cutting(cutting: int) -> None:
    """Raise MachineError unless this program cuts so."""
    if cutting != CUTTING:
        raise MachineError(_OTHER_PROGRAM)


def is_kept_source(text: str, source: Source | None) -> bool:
    """Whether a source's settings are still those that were kept; `source` is None when it may not send any more."""
    kept = json.loads(text).get("source")
    return source is not None and kept == json.loads(json.dumps(source.to_json()))


def kept_source(text: str | None) -> Source | None:
    """The source's settings that were kept; None where none were, or none that this program can read."""
    if text is None:
        return None
    try:
        return Source.from_json(json.loads(text)["source"])
    except (KeyError, TypeError, ValueError, SettingsError):
        return None


def present_source(settings: Settings, name: str) -> Source | None:
    """How the source writes now; None when it may not send any more."""
    try:
        return settings.source(name)
    except BatchError:
        return None


_OTHER_PROGRAM = (
    "This batch was begun by another version of this program, which cuts its rows otherwise."
    " Finish it with that version."
)
