"""Ids, numbers and sources of orders are compared by their bytes, whatever the language of the database: its indexes cost less so."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BYTES = '"C"'


def upgrade() -> None:
    # No row is written anew, the two indexes are. Where a view of somebody's stands on one of the columns, or they are
    # inherited, PostgreSQL refuses that; then they stay as they are, and nothing is lost but the speed.
    op.execute(
        f"do $$ begin {_collated(BYTES)}; exception when feature_not_supported or invalid_table_definition then null; end $$"
    )


def downgrade() -> None:
    op.execute(_collated('"default"'))


def _collated(name: str) -> str:
    columns = (
        f"alter {column} type text collate {name}" for column in ("order_id", "source", "order_number")
    )
    return f"alter table orders {', '.join(columns)}"
