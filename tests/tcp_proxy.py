"""A proxy between a program and PostgreSQL that cuts the connection where it is told to."""

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from flows.database.postgres_server import SOCKET

# As PostgreSQL's protocol writes them: a type, a length, the words.
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
ANSWERED = b"Z\x00\x00\x00\x05"

Cut = Callable[[bytes, bool], int | None]
"""Told what is on its way, and whether to the server: how much of it goes through before the cut, None for all."""


def after_bytes(number: int) -> Cut:
    """After so many bytes to the server."""
    passed = 0

    def cut(data: bytes, to_server: bool) -> int | None:
        nonlocal passed
        if not to_server:
            return None
        passed += len(data)
        return None if passed <= number else len(data) - (passed - number)

    return cut


def before_commit(number: int) -> Cut:
    """Before the n-th COMMIT reaches the server."""
    return _before(COMMIT, number, to_server=True)


def before_committed(number: int) -> Cut:
    """After the n-th COMMIT is done, before the client hears of it."""
    return _before(COMMITTED, number, to_server=False)


def before_answer(number: int) -> Cut:
    """Before the client hears that the n-th of its requests is done."""
    return _before(ANSWERED, number, to_server=False)


def _before(words: bytes, number: int, *, to_server: bool) -> Cut:
    seen = 0

    def cut(data: bytes, is_to_server: bool) -> int | None:
        nonlocal seen
        place = -1
        while is_to_server == to_server and (place := data.find(words, place + 1)) >= 0:
            seen += 1
            if seen == number:
                return place
        return None

    return cut


class Proxy:
    """Passes on what comes to the socket in `folder`; `cut` says where to cut, once."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.cut: Cut | None = None
        self._server = server / SOCKET
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / SOCKET))
        self._door.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._door.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(str(self._server))
            other = {client: server, server: client}
            while True:
                for side in select.select(list(other), [], [])[0]:
                    data = side.recv(1 << 16)
                    if not data or self._is_cut(data, side is client, other[side]):
                        return

    def _is_cut(self, data: bytes, to_server: bool, to: socket.socket) -> bool:
        place = self.cut(data, to_server) if self.cut else None
        to.sendall(data[:place])
        if place is None:
            return False
        self.cut = None
        return True
