"""Which rules have skipped how many rows, and the rows of created orders that their items do not count."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch_chunks", sa.Column("skipped", postgresql.JSON(), nullable=True))
    op.create_table(
        "order_rows",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("first_row", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chunk_no", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("order_rows_batch_id_fkey")),
        sa.PrimaryKeyConstraint("batch_id", "first_row", name=op.f("order_rows_pkey")),
    )


def downgrade() -> None:
    op.drop_table("order_rows")
    op.drop_column("batch_chunks", "skipped")
