"""Asks Prefect's API, before anything is begun, whether it can be used; what is wrong with it is told in one sentence."""

import time
from contextlib import suppress
from ssl import SSLError
from urllib.parse import urlsplit

import httpx
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from flows.errors import MachineError
from flows.orchestration.proxy import LOOPBACK, bypass_proxy, drop_unusable_proxies

LOOK_SECONDS = 5  # a server that is busy answers in less; an address where nobody is never does
PAUSE = 0.5

_UNAUTHORIZED, _FORBIDDEN, _SERVER_ERROR = 401, 403, 500


def wait_for_api(seconds: float) -> None:
    """Wait so long for the API of PREFECT_API_URL; raises MachineError where it cannot be used, at once where waiting is no help."""
    ends = time.monotonic() + seconds
    while True:
        try:
            check_api()
        except MachineError as error:
            if not error.passing or time.monotonic() > ends:
                raise
            time.sleep(PAUSE)
        else:
            return


def check_api() -> None:
    """Raises MachineError unless the API of PREFECT_API_URL answers, and answers us; without that setting we start our own."""
    address = PREFECT_API_URL.value()
    _refuse_other_than_web(address)
    _clear_way(address)
    if not address:
        return
    try:
        _ask()
    except PrefectHTTPStatusError as error:
        raise _describe(error.response.status_code, _shown(address)) from None
    except (httpx.TransportError, httpx.InvalidURL, SSLError):
        raise _absent(_shown(address)) from None
    except ValueError:  # a page, where a word of JSON should be
        raise _no_api(_shown(address)) from None
    except ImportError:
        raise MachineError(
            "A SOCKS proxy is set, which Prefect's client knows only with the package socksio."
        ) from None


def _refuse_other_than_web(address: str | None) -> None:
    if not address:
        return
    with suppress(ValueError):  # such as half a bracket
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.hostname:
            return
    raise MachineError(
        f"PREFECT_API_URL is no web address such as http://127.0.0.1:4200/api: {_shown(address)!r}."
    )


def _clear_way(address: str | None) -> None:
    """No proxy stands before a server of this machine, as ours is."""
    host = urlsplit(address or "").hostname or LOOPBACK[0]
    if host in LOOPBACK or host.startswith("127."):
        bypass_proxy(host)
        drop_unusable_proxies()


def _ask() -> None:
    """Its health, which is told to anybody, and then what it tells only to those whom it knows."""
    with (
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
        get_client(sync_client=True, httpx_settings={"timeout": LOOK_SECONDS}) as client,
    ):
        client.request("GET", "/health").json()
        client.read_flows(limit=1)


def _describe(status: int, address: str) -> MachineError:
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return MachineError(
            f"Prefect's server at {address} wants a password, or another than PREFECT_API_AUTH_STRING (or"
            " PREFECT_API_KEY) holds."
        )
    return _absent(address) if status >= _SERVER_ERROR else _no_api(address)


def _absent(address: str) -> MachineError:
    return MachineError(f"Prefect's server does not answer at {address}.", passing=True)


def _no_api(address: str) -> MachineError:
    return MachineError(f"There is no Prefect API at {address}: does the address end in /api?")


def _shown(address: str) -> str:
    """The address without a password that somebody has written into it."""
    scheme, mark, rest = address.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"
