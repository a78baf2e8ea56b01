"""Says in words why no session could be had, of which libpq has nothing but a text, in the server's language."""

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

from flows.errors import MachineError

MALFORMED = "ORDER_IMPORT_DATABASE_URL is not an address of a PostgreSQL: postgresql://user:password@host:5432/database."

# Words for what can be wrong before a session begins, looked for in libpq's text, whose exceptions carry no code.
_LASTING = {
    "password authentication failed": "refuses this user or password",
    "no password supplied": "wants a password",
    "pg_hba.conf": "does not let this user in from here, or not this way (with or without TLS)",
    "certificate": "does not agree with us on TLS, or on the certificate that the address (sslmode) asks for",
    "does not exist": "has no such database or user",
    "does not support SSL": "does not speak TLS, which the address (sslmode) asks for",
    "SSL error": "could not agree with us on TLS",
    "permission denied": "does not let this user in",
    "is not permitted to log in": "does not let this user in",
    "is not currently accepting connections": "takes no connections to this database",
    "requires a value": "does not know a setting that the address (options) or PGOPTIONS asks for",
    "invalid command-line argument": "does not know a setting that the address (options) or PGOPTIONS asks for",
    "could not access file": "cannot load a library that its settings name",
    "channel binding": "does not let us in the way that the address asks for (channel_binding)",
    "authentication method requirement": "does not let us in the way that the address asks for (require_auth)",
    "requirepeer": "is run by another user than the address, or PGREQUIREPEER, asks for",
    "GSSAPI": "does not encrypt with GSSAPI, which the address asks for (gssencmode)",
    "definition of service": "is asked for by the name of a service (PGSERVICE, or the address) that is not defined",
    "is too long": "has a socket whose path is too long: give it a shorter folder",
    "received invalid response to": "is none: something else answers there",
    "expected authentication request": "is none: something else answers there",
}
# What is said of one parameter, whose name may be told: by libpq before it goes anywhere, or by the server.
_INVALID = "is not asked: {} has a value that cannot be used, in the address or in the environment"
_NAMED = {
    r'invalid "?(\w+)"? (?:value|number): ': _INVALID,
    r'invalid integer value .* for connection option "(\w+)"': _INVALID,
    r'parameter "([\w.]+)"': "does not take the {} that the address (options), PGOPTIONS or another variable asks for",
}
# These pass, as does a server that cannot be reached because it restarts, and a standby that becomes the primary.
_PASSING = {
    "session is read-only": "is not of the kind that the address asks for (target_session_attrs)",
    "session is not read-only": "is not of the kind that the address asks for (target_session_attrs)",
    "in hot standby mode": "is not of the kind that the address asks for (target_session_attrs)",
    "too many": "has no connection free",
    "no more connections": "has no connection free",
    "remaining connection slots": "has no connection free",
    "starting up": "is starting up",
    "shutting down": "is shutting down",
    "recovery": "is starting up",
    "not yet accepting": "is starting up",
    "not accepting": "takes no connections right now",
    "terminating connection": "is shutting down",
    "server down": "does not answer the pooler in between",
    "cannot connect to server": "does not answer the pooler in between",
    "server_login_retry": "does not answer the pooler in between",
    "wait_timeout": "has no connection free",
}
# The same in German, French, Spanish, Italian, Russian, Japanese and Chinese, as PostgreSQL's own catalogues have it.
# Whatever else such a server says is no matter of a moment.
_PASSING_ELSEWHERE = (
    r"zu viele Verbindungen|verbleibenden Verbindungen|startet|fährt herunter|nimmt (noch )?keine Verbindungen|wird abgebrochen|Wiederherstellung"
    r"|trop de (clients|connexions)|connexions restants|se lance|s'arrête|n'accepte pas|arrêt de|restauration"
    r"|demasiad[ao]s|conexiones restantes|iniciándose|apagándose|no está aceptando|terminando la|recuperación"
    r"|tropp[ei] |slot di connessione|avviando|spegnendo|non accetta|interruzione|terminata|ripristino"
    r"|слишком много|слоты подключений|запускается|останавливается|не принимает|закрытие|восстановления"
    r"|多すぎます|接続スロット|起動処理中|シャットダウン|受け付けて|終了し|リカバリ"
    r"|过多|剩余连接|正在启动|正在关闭|接受连接|终止连接|恢复模式"
)

# A severity and two spaces begin what a server has said; what libpq itself has to say has none.
_SAID_BY_SERVER = re.compile(r"(^|: )\w+:  ", re.MULTILINE)


def describe_refusal(error: psycopg.OperationalError, url: str) -> MachineError:
    """What is told of a server that lets us not in: where, and why, never its own text."""
    parts = conninfo_to_dict(url)
    # libpq ends a password at its first @ and takes the rest of it for the host's name.
    host = str(parts.get("host", "localhost")).rpartition("@")[2]
    where = f"{host}:{parts.get('port', '5432')}"
    reason, passing = _find_reason(str(error))
    return MachineError(f"PostgreSQL at {where} {reason}.", passing=passing)


def _find_reason(text: str) -> tuple[str, bool]:
    """The reason, and whether it may be gone in a moment."""
    known = _find_known(text)
    if known:
        return known
    if not _SAID_BY_SERVER.search(text):
        return "cannot be reached", True
    if re.search(_PASSING_ELSEWHERE, text):
        return "has no connection free, or is starting up or shutting down", True
    return "does not let us in: the user, the password or the database may be wrong", False


def _find_known(text: str) -> tuple[str, bool] | None:
    for pattern, reason in _NAMED.items():
        if named := re.search(pattern, text):
            return reason.format(named[1]), False
    kinds = ((_LASTING, False), (_PASSING, True))
    return next(
        ((reason, passes) for kind, passes in kinds for words, reason in kind.items() if words in text), None
    )
