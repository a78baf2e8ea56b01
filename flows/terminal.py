"""Makes standard output and error fit for whoever reads them: a terminal that knows few letters, nobody any more, nobody at all."""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from typing_extensions import Buffer


WIDE = 10_000
"""Columns of what is no terminal, a pipe or a file: no line ever has as many, so that nothing is cut or broken there."""


class _Unread(io.FileIO):
    """A stream whose reader may be gone, as behind `| head`: what is written then is lost, and no fault."""

    def __init__(self, handle: int, *, is_vital: bool) -> None:
        super().__init__(handle, "w", closefd=False)
        self._is_vital, self._is_lost = is_vital, False

    def write(self, text: "Buffer") -> int:
        """Write; what else goes wrong with a vital stream, such as a full disk, is raised once."""
        if not self._is_lost:
            try:
                return super().write(text)
            except OSError as error:
                self._is_lost = True
                if self._is_vital and not isinstance(error, BrokenPipeError):
                    raise
        return memoryview(text).nbytes


def prepare_streams() -> None:
    """Have the streams of this process so that no letter and no reader that is gone ends it."""
    for handle in (0, 1, 2):  # a file that is opened later must not become standard output
        try:
            os.fstat(handle)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdout = _prepare(sys.stdout, is_vital=True)
    sys.stderr = _prepare(sys.stderr, is_vital=False)


def is_unicode(stream: TextIO) -> bool:
    """Whether every letter can be written there as it is."""
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")


def open_console(*, stderr: bool = False) -> "Console":
    """Standard output, or error, for tables and colours: neither is broken in a pipe, and NO_COLOR leaves no code at all."""
    from rich.console import Console  # which a command that prints JSON can do without

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDE
    colors = None if os.environ.get("NO_COLOR") else "auto"
    return Console(file=stream, highlight=False, width=width, color_system=colors)  # type: ignore[arg-type]


def _prepare(stream: TextIO | None, *, is_vital: bool) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # closed when the process began
        nowhere = _Unread(os.open(os.devnull, os.O_WRONLY), is_vital=False)
        return io.TextIOWrapper(io.BufferedWriter(nowhere), encoding="utf-8")
    raw = _Unread(stream.fileno(), is_vital=is_vital)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        # Where Python shall not buffer, it does not say of its streams that they are flushed by the line.
        line_buffering=stream.line_buffering or stream.write_through,
    )
