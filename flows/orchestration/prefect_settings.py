"""Imports Prefect; which of its settings cannot be used is told in a sentence.

Prefect reads its settings when it is imported, and says of a bad one a page that ends in a traceback.
"""

import re
import sys
import warnings
from contextlib import redirect_stderr
from io import StringIO

from pydantic import ValidationError

from flows.errors import MachineError

_DERIVED = "default_factory_not_called"
"""What is told of a setting that only follows from another one that is wrong."""


def import_prefect() -> None:
    """Import it; raises MachineError where one of its settings, or a file of them, cannot be used."""
    with redirect_stderr(StringIO()) as said, warnings.catch_warnings():
        warnings.simplefilter(
            "default", UserWarning
        )  # of profiles that it cannot read it warns before it fails
        try:
            from prefect.settings import get_current_settings

            get_current_settings()
        except ValidationError as error:
            raise MachineError(f"Prefect cannot use its setting {_names(error)}.") from None
        except ValueError:  # of TOML, and what Prefect makes of it
            raise MachineError(
                "A file of Prefect's settings is no TOML: profiles.toml in PREFECT_HOME, prefect.toml or pyproject.toml."
            ) from None
    sys.stderr.write(said.getvalue())


def _names(error: ValidationError) -> str:
    """The variables of these settings; they may stand in a profile too, by the same names. Never their values."""
    group = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error.title.removesuffix("Settings"))
    wrong = [each for each in error.errors(include_input=False) if each["type"] != _DERIVED]
    names = ("_".join(("PREFECT", group, *map(str, each["loc"]))).upper() for each in wrong if each["loc"])
    told = ", ".join(name.replace("__", "_") for name in names)
    return told or "of an address (PREFECT_API_URL, perhaps)"  # which it takes apart only once all are read
