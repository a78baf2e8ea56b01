"""Writes what stands below each command's help: two examples, each of which a test tries, and the exit statuses."""

_DONE = "0  done"
_ACCEPTED = "0  every order created or unchanged, now or when the file came first"
_REJECTED = "1  orders were rejected"
_WRONG_USE = "2  wrong use: an option, a path or a batch that is not there"
_REFUSED = "3  a file was refused: it cannot be read as orders"
_FAULT = "4  a fault of the machine, the database or the settings"
_GRAVEST = "The gravest of several counts."

IMPORTS = (_ACCEPTED, _REJECTED, _WRONG_USE, _REFUSED, _FAULT, _GRAVEST)
LOOKS_AT_A_FILE = (_DONE, _WRONG_USE, _REFUSED, _FAULT)
OTHERS = (_DONE, _WRONG_USE, _FAULT)


def epilog(statuses: tuple[str, ...], *examples: str) -> str:
    """The examples, a line each to be copied, and the statuses."""
    parts = (("Examples:", examples), ("Exit status:", statuses))
    return "\n\n".join("\n  ".join((title, *lines)) for title, lines in parts)
