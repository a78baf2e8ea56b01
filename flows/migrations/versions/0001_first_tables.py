"""The first tables: orders and their items, batches and their chunks, and the answer for every order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Each call takes a block of a million keys, a chunk's.
    op.execute("create sequence orders_order_key_seq increment by 1000000 start with 1")
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("chunk_rows", sa.Integer(), nullable=False),
        sa.Column("header", postgresql.JSON(), nullable=True),
        sa.Column("nested", sa.Boolean(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("batches_pkey")),
    )
    op.create_table(
        "id_key",
        sa.Column("one", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("id_key_pkey")),
    )
    op.create_table(
        "orders",
        sa.Column(
            "order_key",
            sa.BigInteger(),
            server_default=sa.text("nextval('orders_order_key_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="UNFULFILLED", nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("first_row", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("order_message_type", sa.Text(), nullable=True),
        sa.Column("order_message_message", sa.Text(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), nullable=True),
        sa.Column("charges_currency", sa.Text(), nullable=True),
        sa.Column("charges_billing_status", sa.Text(), nullable=True),
        sa.Column("charges_gmv", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("charges_sub_total", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("charges_total_paid", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("charges_payment_type", sa.Text(), nullable=True),
        sa.Column("shipping_reference_reference1", sa.Text(), nullable=True),
        sa.Column("shipping_reference_reference2", sa.Text(), nullable=True),
        sa.Column("shipping_reference_reference3", sa.Text(), nullable=True),
        sa.Column("shipping_reference_reference4", sa.Text(), nullable=True),
        sa.Column("shipping_reference_shipper_reference", sa.Text(), nullable=True),
        sa.Column("shipping_reference_transportation_reference", sa.Text(), nullable=True),
        sa.Column("shipping_reference_shipping_notes", sa.Text(), nullable=True),
        sa.Column("customer_info_first_name", sa.Text(), nullable=True),
        sa.Column("customer_info_last_name", sa.Text(), nullable=True),
        sa.Column("customer_info_email", sa.Text(), nullable=True),
        sa.Column("customer_info_customer_id", sa.Text(), nullable=True),
        sa.Column("from_address_name", sa.Text(), nullable=True),
        sa.Column("from_address_company", sa.Text(), nullable=True),
        sa.Column("from_address_address_line1", sa.Text(), nullable=True),
        sa.Column("from_address_address_line2", sa.Text(), nullable=True),
        sa.Column("from_address_address_line3", sa.Text(), nullable=True),
        sa.Column("from_address_city_town", sa.Text(), nullable=True),
        sa.Column("from_address_state_province", sa.Text(), nullable=True),
        sa.Column("from_address_postal_code", sa.Text(), nullable=True),
        sa.Column("from_address_country_code", sa.Text(), nullable=True),
        sa.Column("from_address_phone", sa.Text(), nullable=True),
        sa.Column("from_address_email", sa.Text(), nullable=True),
        sa.Column("from_address_residential", sa.Boolean(), nullable=True),
        sa.Column("to_address_name", sa.Text(), nullable=True),
        sa.Column("to_address_company", sa.Text(), nullable=True),
        sa.Column("to_address_address_line1", sa.Text(), nullable=True),
        sa.Column("to_address_address_line2", sa.Text(), nullable=True),
        sa.Column("to_address_address_line3", sa.Text(), nullable=True),
        sa.Column("to_address_city_town", sa.Text(), nullable=True),
        sa.Column("to_address_state_province", sa.Text(), nullable=True),
        sa.Column("to_address_postal_code", sa.Text(), nullable=True),
        sa.Column("to_address_country_code", sa.Text(), nullable=True),
        sa.Column("to_address_phone", sa.Text(), nullable=True),
        sa.Column("to_address_email", sa.Text(), nullable=True),
        sa.Column("to_address_residential", sa.Boolean(), nullable=True),
        sa.Column("additional_addresses", postgresql.JSONB(), nullable=True),
        sa.Column("shipping_preferences_carrier", sa.Text(), nullable=True),
        sa.Column("shipping_preferences_custom_carrier_code", sa.Text(), nullable=True),
        sa.Column("shipping_preferences_service", sa.Text(), nullable=True),
        sa.Column("shipping_preferences_parcel_id", sa.Text(), nullable=True),
        sa.Column("shipping_preferences_parcel_type", sa.Text(), nullable=True),
        sa.Column("shipping_preferences_parcel_length", sa.Numeric(precision=8, scale=3), nullable=True),
        sa.Column("shipping_preferences_parcel_width", sa.Numeric(precision=8, scale=3), nullable=True),
        sa.Column("shipping_preferences_parcel_height", sa.Numeric(precision=8, scale=3), nullable=True),
        sa.Column("shipping_preferences_parcel_dim_unit", sa.Text(), nullable=True),
        sa.Column("shipping_preferences_parcel_weight_unit", sa.Text(), nullable=True),
        sa.Column("shipping_preferences_parcel_weight", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("shipping_preferences_special_services", postgresql.JSONB(), nullable=True),
        sa.Column("shipping_preferences_customs", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("order_key", name=op.f("orders_pkey")),
        sa.UniqueConstraint("order_id", name=op.f("orders_order_id_key")),
        sa.UniqueConstraint("source", "order_number", name=op.f("orders_source_order_number_key")),
    )
    op.create_table(
        "batch_chunks",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("chunk_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_key", sa.BigInteger(), nullable=False),
        sa.Column("rows_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_created", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_rejected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_held_back", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_blank", sa.Integer(), server_default="0", nullable=False),
        sa.Column("orders_created", sa.Integer(), server_default="0", nullable=False),
        sa.Column("orders_unchanged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("orders_rejected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("orders_warned", sa.Integer(), server_default="0", nullable=False),
        sa.Column("items", sa.Integer(), server_default="0", nullable=False),
        sa.Column("errors", sa.Integer(), server_default="0", nullable=False),
        sa.Column("warnings", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "committed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("batch_chunks_batch_id_fkey")),
        sa.PrimaryKeyConstraint("batch_id", "chunk_no", name=op.f("batch_chunks_pkey")),
    )
    op.create_table(
        "findings",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("chunk_no", sa.Integer(), nullable=True),
        sa.Column("first_row", sa.BigInteger(), nullable=True),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("item", sa.Integer(), nullable=True),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("check_name", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("findings_batch_id_fkey")),
    )
    op.create_index(op.f("findings_batch_id_idx"), "findings", ["batch_id"], unique=False)
    op.create_table(
        "order_items",
        sa.Column("order_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("custom_product_id", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("h_s_tariff_code", sa.Text(), nullable=True),
        sa.Column("h_s_tariff_code_country", sa.Text(), nullable=True),
        sa.Column("origin_country_code", sa.Text(), nullable=True),
        sa.Column("origin_state_province", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("unit_weight_unit_of_measurement", sa.Text(), nullable=True),
        sa.Column("unit_weight_weight", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.ForeignKeyConstraint(["order_key"], ["orders.order_key"], name=op.f("order_items_order_key_fkey")),
        sa.PrimaryKeyConstraint("order_key", "item_no", name=op.f("order_items_pkey")),
    )
    op.create_table(
        "order_results",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("first_row", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chunk_no", sa.Integer(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("order_results_batch_id_fkey")),
        sa.PrimaryKeyConstraint("batch_id", "first_row", name=op.f("order_results_pkey")),
    )
    op.create_table(
        "rejected_rows",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chunk_no", sa.Integer(), nullable=False),
        sa.Column("first_row", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("cells", postgresql.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.batch_id"], name=op.f("rejected_rows_batch_id_fkey")),
        sa.PrimaryKeyConstraint("batch_id", "row_number", "item", name=op.f("rejected_rows_pkey")),
    )


def downgrade() -> None:
    for table in (
        "rejected_rows",
        "findings",
        "order_results",
        "order_items",
        "orders",
        "batch_chunks",
        "batches",
        "id_key",
    ):
        op.drop_table(table)
    op.execute("drop sequence orders_order_key_seq")
