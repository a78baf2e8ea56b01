"""Faults of the database are said in words, whatever language its server speaks; never in its own."""

import re
from collections.abc import Iterator

import psycopg
import pytest

from conftest import Command
from flows.database.refused_connection import describe_refusal
from flows.errors import describe_fault
from import_environment import ImportEnvironment
from order_files import row, write

URL = "postgresql://anna:geheim@db.example:5433/laden"
AT = 'connection failed: connection to server at "10.0.0.5", port 5433 failed: '

# What libpq tells of servers of several languages, and whether another try may help.
REFUSALS = [
    ('FATAL:  password authentication failed for user "anna"', "refuses this user or password", False),
    ("FATAL:  Passwort-Authentifizierung für Benutzer »anna« fehlgeschlagen", "does not let us in", False),
    (
        "FATAL:  authentification par mot de passe échouée pour l'utilisateur « anna »",
        "does not let us in",
        False,
    ),
    ("FATAL:  Datenbank »laden« existiert nicht", "does not let us in", False),
    ('ВАЖНО:  база данных "laden" не существует', "does not let us in", False),
    ('FATAL:  database "laden" does not exist', "has no such database or user", False),
    ("FATAL:  tut mir leid, schon zu viele Verbindungen", "has no connection free", True),
    ("FATAL:  désolé, trop de clients sont déjà connectés", "has no connection free", True),
    ("FATAL:  sorry, too many clients already", "has no connection free", True),
    ("FATAL:  das Datenbanksystem startet", "is starting up", True),
    ("FATAL:  das Datenbanksystem fährt herunter", "shutting down", True),
    ("FATAL:  le système de bases de données se lance", "is starting up", True),
    ("ВАЖНО:  извините, уже слишком много клиентов", "has no connection free", True),
    ("FATAL:  データベースシステムは起動処理中です", "is starting up", True),
    ("FATAL:  the database system is in recovery mode", "is starting up", True),
    ("server does not support SSL, but SSL was required", "does not speak TLS", False),
    (
        'FATAL:  no pg_hba.conf entry for host "10.0.0.5", user "anna", database "laden", no encryption',
        "TLS",
        False,
    ),
    (
        "FATAL:  kein pg_hba.conf-Eintrag für Host »10.0.0.5«, Benutzer »anna«, keine Verschlüsselung",
        "TLS",
        False,
    ),
    ("SSL error: certificate verify failed", "TLS, or on the certificate", False),
    ('root certificate file "/home/x/.postgresql/root.crt" does not exist', "certificate", False),
    ('server certificate for "a" does not match host name "b"', "certificate", False),
    ('FATAL:  role "anna" is not permitted to log in', "does not let this user in", False),
    (
        'FATAL:  database "laden" is not currently accepting connections',
        "takes no connections to this",
        False,
    ),
    ('FATAL:  unrecognized configuration parameter "nope"', "does not take the nope that", False),
    ('FATAL:  invalid value for parameter "TimeZone": "s3cret"', "does not take the TimeZone that", False),
    (
        'FATAL:  1 kB is outside the valid range for parameter "work_mem" (64 kB .. 9 kB)',
        "does not take the work_mem that",
        False,
    ),
    ("FATAL:  --nope requires a value", "a setting that the address (options)", False),
    ('requirepeer specifies "bob", but actual peer user name is "postgres"', "PGREQUIREPEER", False),
    (
        'invalid "ssl_min_protocol_version" value: "x"',
        "not asked: ssl_min_protocol_version has a value",
        False,
    ),
    ('invalid integer value "x" for connection option "port"', "not asked: port has a value", False),
    ('FATAL:  could not access file "nope": No such file or directory', "cannot load a library", False),
    ("channel binding required, but server authenticated client without it", "(channel_binding)", False),
    ('authentication method requirement "scram-sha-256" failed: no', "(require_auth)", False),
    ("GSSAPI encryption required but it is not supported over a local socket", "(gssencmode)", False),
    ("server is not in hot standby mode", "(target_session_attrs)", True),
    ("session is not read-only", "(target_session_attrs)", True),
    ('definition of service "nope" not found', "that is not defined", False),
    ('Unix-domain socket path "/a" is too long (maximum 107 bytes)', "path is too long", False),
    ("received invalid response to SSL negotiation: H", "something else answers there", False),
    ("expected authentication request from server, but received H", "something else answers there", False),
    ('invalid sslmode value: "s3cret"', "not asked: sslmode has a value", False),
    ('invalid port number: "0"', "not asked: port has a value", False),
    ("Connection refused\n\tIs the server running on that host?", "cannot be reached", True),
    ("timeout expired", "cannot be reached", True),
    ("server closed the connection unexpectedly", "cannot be reached", True),
]


@pytest.mark.parametrize(("text", "words", "passing"), REFUSALS)
def test_why_no_session_is_to_be_had(text: str, words: str, passing: bool) -> None:
    error = describe_refusal(psycopg.OperationalError(AT + text), URL)
    assert words in str(error)
    assert error.passing == passing
    assert str(error).startswith("PostgreSQL at db.example:5433 ")
    assert "anna" not in str(error)
    assert "geheim" not in str(error)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("25006", "the database is read-only (25006)"),
        ("42501", "lacks a right (42501)"),
        ("53100", "the disk of the server is full (53100)"),
        ("53200", "out of memory (53200)"),
        ("53300", "no connection free (53300)"),
        ("42P01", "a table of ours is missing from the database (42P01)"),
        ("42P05", "pooler"),
        ("26000", "pooler"),
        ("57P01", "(57P01)"),
        ("22003", "(22003)"),
        ("XX001", "(XX001)"),
        ("42601", "with 42601"),
    ],
)
def test_a_state_is_said_in_words(state: str, words: str) -> None:
    error = psycopg.errors.lookup(state)("ein Text des Servers mit einem Namen")
    told = str(describe_fault(error))
    assert words in told
    assert "Text des Servers" not in told
    assert re.fullmatch(r"PostgreSQL ended it.*\.", told)


# A right that is missing


@pytest.fixture
def poor(imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A role that may import, as long as nothing is taken from it."""
    ((database,),) = imports.ask("select current_database()")
    name = f"poor_{database}"
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", imports.create_importer(name))
    yield name
    imports.ask(f"drop owned by {name}; drop role {name}")


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ("insert on orders", "INSERT on orders"),
        ("insert on order_items", "INSERT on order_items"),
        ("insert on findings", "INSERT on findings"),
        ("update on batches", "UPDATE on batches"),
        ("select on orders", "SELECT on orders"),
        ("select on order_import_version", "SELECT on order_import_version"),
        ("usage on sequence orders_order_key_seq", "USAGE on orders_order_key_seq"),
    ],
)
def test_a_missing_right_is_named(
    imports: ImportEnvironment, command: Command, poor: str, taken: str, told: str
) -> None:
    file = write(imports.data / "a.csv", [row("A-1"), row("A-2", items__quantity="0")])
    imports.ask(f"revoke {taken} from order_importer")
    answer = command("run", "--direct", "--json", file)
    assert answer.status == 4
    reason = answer.json.get("error") or answer.batch["reason"]
    assert told in reason
    assert "42501" in reason
    imports.ask(f"grant {taken} to order_importer")
    assert command("run", "--direct", "--json", file).status == 1


def test_a_policy_that_hides_rows_is_named(imports: ImportEnvironment, command: Command, poor: str) -> None:
    imports.ask("alter table orders enable row level security; create policy none on orders using (false)")
    answer = command("run", "--direct", "--json", write(imports.data / "a.csv", [row("A-1")]))
    assert answer.status == 4
    assert "row-level security on orders" in answer.batch["reason"]
