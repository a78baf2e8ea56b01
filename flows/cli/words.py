"""The words that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

from flows.errors import WrongUseError

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")
]
Sender = Annotated[str | None, typer.Option("--source", help="Who sent the files.")]
DropSender = Annotated[
    str | None, typer.Option("--source", help="Who sent the files; in the drop, its sub-folder says so.")
]
BatchId = Annotated[str, typer.Argument(help="The batch's id, or its beginning where that is unique.")]


def as_paths(words: list[str]) -> list[Path]:
    """The paths; an empty word, of a variable that is not set perhaps, is not the folder that we are in."""
    if any(not word.strip() for word in words):
        raise WrongUseError("An empty path names nothing.")
    return [Path(word) for word in words]
