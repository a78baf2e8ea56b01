"""Ends a command: whatever went wrong, one sentence of it and an exit status."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from flows.errors import MachineError, WrongUseError
from flows.settings import Settings, load_settings

WRONG_USE, MACHINE_FAULT = 2, 4


@contextmanager
def settings_or_end(json: bool) -> Iterator[Settings]:
    """The settings; whatever a machine's fault it was, one sentence of it and the exit status 4."""
    try:
        yield load_settings()
    except (typer.Exit, KeyboardInterrupt, SystemExit):
        raise
    except WrongUseError as error:
        end(str(error), WRONG_USE, json=json)
    except MachineError as error:
        end(str(error), MACHINE_FAULT, json=json)
    except BaseException as error:  # noqa: BLE001 - its text may hold a row or a password, and nobody wants a traceback
        from flows.errors import describe_fault

        end(str(describe_fault(error)), MACHINE_FAULT, json=json)


def end(sentence: str, status: int, *, json: bool) -> NoReturn:
    """Say it, on standard output too where a program reads that, and end with this status."""
    if json:
        from flows.console import results_to_json

        typer.echo(results_to_json([], status, sentence))
    typer.echo(sentence, err=True)
    raise typer.Exit(status) from None
