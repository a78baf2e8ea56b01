"""What a batch keeps of its source's settings and of its attempts; skipped rows; how many cells a finding stands for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("settings", postgresql.JSON(), nullable=True))
    op.add_column("batches", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
    op.add_column("batch_chunks", sa.Column("rows_skipped", sa.Integer(), server_default="0", nullable=False))
    op.add_column("findings", sa.Column("count", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("findings", "count")
    op.drop_column("batch_chunks", "rows_skipped")
    op.drop_column("batches", "attempts")
    op.drop_column("batches", "settings")
