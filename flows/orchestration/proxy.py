"""Keeps what we say to this machine, and to the server that we start, out of any proxy."""

import os
from importlib.util import find_spec

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_NAMES = ("no_proxy", "NO_PROXY")  # of which the first counts where both are set
_PROXIES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY")


def bypass_proxy(*hosts: str) -> None:
    """Add loopback and these hosts to NO_PROXY, for this process and its children; what is named there stays."""
    told = {name: os.environ[name] for name in _NAMES if name in os.environ}
    for name in _NAMES:
        before = told.get(name, next(iter(told.values()), ""))
        named = [host.strip() for host in before.split(",") if host.strip()]
        if "*" not in named:
            os.environ[name] = ",".join(dict.fromkeys([*named, *LOOPBACK, *hosts]))


def drop_unusable_proxies() -> None:
    """Take out a SOCKS proxy that the client of HTTP has no package for: it refuses to start, even to talk to loopback."""
    if find_spec("socksio"):
        return
    for name in [name for name in os.environ if name.upper() in _PROXIES]:
        if os.environ[name].lower().startswith("socks"):
            del os.environ[name]
