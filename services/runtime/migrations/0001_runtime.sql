-- What every service's database stands on: idempotent writes, the outbox of the change feed, the audit chain and the data
-- keys of personal text. First migration, so there is no running previous version.

-- Group roles are shared by all databases of the PostgreSQL instance; another service may have made them, even just now.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'assay_app') THEN
    CREATE ROLE assay_app NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'assay_feed') THEN
    CREATE ROLE assay_feed NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO assay_app, assay_feed;

-- One row per request_id, committed with the effect it stands for. Kept 14 days.
CREATE TABLE idempotency (
  tenant          text        NOT NULL,
  subject         text        NOT NULL,
  method          text        NOT NULL,
  request_id      text        NOT NULL,
  request_hash    bytea       NOT NULL,
  result_name     text        NOT NULL DEFAULT '',
  result_revision bigint      NOT NULL DEFAULT 0,
  -- Position in the feed, from which the same cursor is answered again.
  xid             xid8        NOT NULL DEFAULT pg_current_xact_id(),
  sequence        bigint      NOT NULL DEFAULT 0,
  create_time     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, subject, method, request_id)
) WITH (fillfactor = 80);
CREATE INDEX idempotency_age ON idempotency (create_time);

-- The transactional outbox: names and states only, never a score, a note or a personal field.
CREATE TABLE outbox (
  tenant            text        NOT NULL,
  xid               xid8        NOT NULL DEFAULT pg_current_xact_id(),
  sequence          bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  event_id          uuid        NOT NULL,
  aggregate_type    text        NOT NULL,
  aggregate_id      text        NOT NULL,
  aggregate_version bigint      NOT NULL,
  type              text        NOT NULL,
  actor             text        NOT NULL,
  audience          smallint    NOT NULL,
  state             text        NOT NULL,
  -- {"annotations":{…},"related":{…}}
  payload           jsonb       NOT NULL,
  occurred_at       timestamptz NOT NULL,
  PRIMARY KEY (tenant, xid, sequence)
);
-- The order of the whole feed, which is one per PostgreSQL node and not per tenant.
CREATE UNIQUE INDEX outbox_order ON outbox (xid, sequence);

-- Identity of this feed. One row and no tenant's data, so no row-level security.
CREATE TABLE feed_epoch (
  singleton         boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
  epoch             uuid        NOT NULL,
  system_identifier text        NOT NULL,
  -- Everything up to this position may have been removed by retention.
  pruned_xid        xid8        NOT NULL DEFAULT '0',
  pruned_sequence   bigint      NOT NULL DEFAULT 0,
  create_time       timestamptz NOT NULL DEFAULT now()
);

-- The chain: hash = SHA-256(0x00, framed fields, previous_hash). Never updated, never deleted.
CREATE TABLE audit (
  tenant        text        NOT NULL,
  sequence      bigint      NOT NULL CHECK (sequence > 0),
  time          timestamptz NOT NULL,
  actor         text        NOT NULL,
  on_behalf_of  text        NOT NULL,
  method        text        NOT NULL,
  resource      text        NOT NULL,
  category      text        NOT NULL,
  request_id    text        NOT NULL,
  -- SHA-256 of the sealed reason; empty without one. So a reason can be erased and the chain still verifies.
  reason_hash   bytea       NOT NULL,
  previous_hash bytea       NOT NULL,
  hash          bytea       NOT NULL,
  PRIMARY KEY (tenant, sequence)
);
CREATE INDEX audit_by_resource ON audit (tenant, resource, sequence);

CREATE TABLE audit_head (
  tenant   text   PRIMARY KEY,
  sequence bigint NOT NULL,
  hash     bytea  NOT NULL
) WITH (fillfactor = 50);

-- Reasons are free text about people: sealed, and erased with them.
CREATE TABLE audit_personal (
  tenant     text   NOT NULL,
  sequence   bigint NOT NULL,
  key_id     text   NOT NULL,
  ciphertext bytea  NOT NULL,
  PRIMARY KEY (tenant, sequence)
);
CREATE INDEX audit_personal_by_key ON audit_personal (tenant, key_id);

-- One wrapped data key per person; deleting it erases every text that was sealed with it.
CREATE TABLE data_key (
  tenant      text        NOT NULL,
  key_id      text        NOT NULL,
  wrapped     bytea       NOT NULL,
  -- Transaction that made the key: until it commits, no process may keep the key in memory.
  xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, key_id)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['idempotency', 'outbox', 'audit', 'audit_head', 'audit_personal', 'data_key'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format($policy$CREATE POLICY tenant_only ON %I
      USING (tenant = nullif(current_setting('app.tenant', true), ''))
      WITH CHECK (tenant = nullif(current_setting('app.tenant', true), ''))$policy$, name);
  END LOOP;
  -- The owner sees all tenants within the maintenance functions below and nowhere else.
  FOREACH name IN ARRAY ARRAY['idempotency', 'outbox'] LOOP
    EXECUTE format($policy$CREATE POLICY maintenance ON %I TO %I
      USING (current_setting('assay.maintenance', true) = 'on')$policy$, name, current_user);
  END LOOP;
END
$$;
CREATE POLICY every_tenant ON outbox FOR SELECT TO assay_feed USING (true);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- Removes the oldest events, at most `batch` and none younger than 30 days; returns how many. Remembers how far it went, so
-- that a cursor from before is told that it has expired.
CREATE FUNCTION prune_outbox(keep interval, batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  removed    integer;
  last_xid   xid8;
  last_place bigint;
BEGIN
  PERFORM set_config('assay.maintenance', 'on', true);
  PERFORM 1 FROM feed_epoch FOR UPDATE;
  WITH oldest AS (
    SELECT xid, sequence, occurred_at FROM outbox
    WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, sequence LIMIT batch
  ), gone AS (
    DELETE FROM outbox o USING oldest d
    WHERE o.xid = d.xid AND o.sequence = d.sequence AND d.occurred_at < now() - greatest(keep, interval '30 days')
    RETURNING o.xid, o.sequence
  )
  SELECT xid, sequence, count(*) OVER () INTO last_xid, last_place, removed
  FROM gone ORDER BY xid DESC, sequence DESC LIMIT 1;
  PERFORM set_config('assay.maintenance', 'off', true);
  IF removed IS NULL THEN
    RETURN 0;
  END IF;
  UPDATE feed_epoch SET pruned_xid = last_xid, pruned_sequence = last_place
  WHERE (pruned_xid, pruned_sequence) < (last_xid, last_place);
  RETURN removed;
END
$$;

-- Removes idempotency rows older than 14 days, at most `batch`; returns how many.
CREATE FUNCTION prune_idempotency(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  removed integer;
BEGIN
  PERFORM set_config('assay.maintenance', 'on', true);
  WITH gone AS (
    DELETE FROM idempotency WHERE ctid IN (
      SELECT ctid FROM idempotency WHERE create_time < now() - interval '14 days'
      ORDER BY create_time LIMIT batch FOR UPDATE SKIP LOCKED)
    RETURNING 1
  )
  SELECT count(*) INTO removed FROM gone;
  PERFORM set_config('assay.maintenance', 'off', true);
  RETURN removed;
END
$$;

-- The feed's epoch: a new one on first use and when the data came to another PostgreSQL instance. Transaction ids of another
-- instance mean nothing here, so what came along moves to the front in its order.
CREATE FUNCTION ensure_feed_epoch() RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  here text := (SELECT c.system_identifier::text FROM pg_control_system() c);
  feed feed_epoch%ROWTYPE;
BEGIN
  INSERT INTO feed_epoch (epoch, system_identifier) VALUES (gen_random_uuid(), here) ON CONFLICT DO NOTHING;
  SELECT * INTO feed FROM feed_epoch FOR UPDATE;
  IF feed.system_identifier = here THEN
    RETURN feed.epoch;
  END IF;
  PERFORM set_config('assay.maintenance', 'on', true);
  UPDATE outbox SET xid = '1';
  UPDATE idempotency SET xid = '1';
  PERFORM set_config('assay.maintenance', 'off', true);
  UPDATE feed_epoch SET epoch = gen_random_uuid(), system_identifier = here, pruned_xid = '0', pruned_sequence = 0,
    create_time = now() RETURNING * INTO feed;
  RETURN feed.epoch;
END
$$;

-- To be called by the owner after a point-in-time restore, which keeps the instance's identifier but forgets events that
-- readers may have seen.
CREATE FUNCTION renew_feed_epoch() RETURNS uuid LANGUAGE sql AS $$
  UPDATE feed_epoch SET epoch = gen_random_uuid(), create_time = now() RETURNING epoch
$$;

REVOKE ALL ON idempotency, outbox, feed_epoch, audit, audit_head, audit_personal, data_key FROM PUBLIC;
REVOKE ALL ON FUNCTION prune_outbox(interval, integer), prune_idempotency(integer), ensure_feed_epoch(), renew_feed_epoch()
  FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON idempotency TO assay_app;
GRANT SELECT, INSERT ON outbox TO assay_app;
GRANT SELECT ON feed_epoch TO assay_app;
GRANT SELECT, INSERT ON audit TO assay_app;
GRANT SELECT, INSERT, UPDATE ON audit_head TO assay_app;
GRANT SELECT, INSERT, DELETE ON audit_personal TO assay_app;
GRANT SELECT, INSERT, DELETE ON data_key TO assay_app;
GRANT EXECUTE ON FUNCTION prune_outbox(interval, integer), prune_idempotency(integer), ensure_feed_epoch() TO assay_app;
GRANT SELECT ON outbox, feed_epoch TO assay_feed;
