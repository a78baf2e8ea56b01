-- Two roles with no more rights than they need. Run it as the owner of the tables, after every `order-import db upgrade`:
--
--   psql "$OWNER_URL" -f docs/grants.sql
--   psql "$OWNER_URL" -c "create role importer login password '…' in role order_importer"
--
-- The tests import under this very script. It may be run again.

do $$ begin
    -- A role is the server's, not the database's: another database may have made it.
    if to_regrole('order_importer') is null then create role order_importer nologin; end if;
    if to_regrole('order_watcher') is null then create role order_watcher nologin; end if;
    execute format('grant connect, temporary on database %I to order_importer', current_database());
    execute format('grant connect on database %I to order_watcher', current_database());
end $$;

grant usage on schema public to order_importer, order_watcher;

-- Imports: `run`, `check`, `backfill`, `replay`, `report`, `serve`. No right to change or delete an order.
grant select on id_key, order_import_version to order_importer;
grant select, insert on orders, order_items, batch_chunks, order_results, findings, rejected_rows to order_importer;
grant select, insert, update on batches to order_importer;
grant usage on sequence orders_order_key_seq to order_importer;

-- Sees what became of batches and orders, and nothing of a person: no address, no row as it came, no settings.
grant select on batch_chunks, order_results, findings to order_watcher;
grant select (batch_id, source, sha256, file, replay_of, status, reason, chunk_rows, nested, failures, attempts,
    started_at, finished_at) on batches to order_watcher;
grant select (order_key, order_id, source, order_number, status, batch_id, first_row, created_at)
    on orders to order_watcher;
