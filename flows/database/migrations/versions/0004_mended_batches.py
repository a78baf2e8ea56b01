"""Which batches' rejected rows the rows of a fix file say that they were."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch_chunks", sa.Column("mends", postgresql.ARRAY(sa.Text()), nullable=True))
    there = sa.text("mends is not null")
    op.create_index("batch_chunks_that_mend", "batch_chunks", ["batch_id"], postgresql_where=there)


def downgrade() -> None:
    op.drop_index("batch_chunks_that_mend", "batch_chunks")
    op.drop_column("batch_chunks", "mends")
