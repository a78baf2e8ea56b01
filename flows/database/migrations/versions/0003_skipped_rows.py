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
    op.add_column("batch_chunks", sa.Column("odd_rows", postgresql.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("batch_chunks", "odd_rows")
    op.drop_column("batch_chunks", "skipped")
