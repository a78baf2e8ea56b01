"""Makes standard output and error fit for whoever reads them: a terminal that knows few letters, nobody any more, nobody at all."""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing_extensions import Buffer


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


def _prepare(stream: TextIO | None, *, is_vital: bool) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # closed when the process began
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - as long as the process
    raw = _Unread(stream.fileno(), is_vital=is_vital)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        # Where Python shall not buffer, it does not say of its streams that they are flushed by the line.
        line_buffering=stream.line_buffering or stream.write_through,
    )
