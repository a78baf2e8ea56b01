"""All SQL: connections, tables, migrations, the ledger, loading, and the embedded server."""
