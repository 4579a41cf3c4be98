-- The read model: what the feeds of the other services told, by resource. It can be dropped and rebuilt. New tables only, so
-- a running previous version is not touched.

-- How far each feed was followed; one row per feed, of all tenants, moved in the transaction that applies the events.
CREATE TABLE feed_cursor (
  feed           text        PRIMARY KEY,           -- 'bank', 'scoring'
  cursor         text        NOT NULL DEFAULT '',   -- sealed by the feed's service; '' = from the beginning
  -- Rises with every rebuild; what a rebuild does not find again is swept.
  generation     bigint      NOT NULL DEFAULT 1,
  events_applied bigint      NOT NULL DEFAULT 0,
  -- Up to when the feed is known to be applied.
  as_of_time     timestamptz,
  update_time    timestamptz NOT NULL DEFAULT now()
);
INSERT INTO feed_cursor (feed) VALUES ('bank'), ('scoring');

-- Tenants seen in a feed, and the generation up to which all of their resources were read.
CREATE TABLE projected_tenant (
  feed       text   NOT NULL REFERENCES feed_cursor (feed),
  tenant     text   NOT NULL,
  generation bigint NOT NULL,
  PRIMARY KEY (feed, tenant)
);

-- One row per resource, as fetched by name at the version that an event named.
CREATE TABLE resource (
  tenant      text        NOT NULL,
  name        text        NOT NULL,
  type        text        NOT NULL,                 -- candidate, scorecard, policy …
  feed        text        NOT NULL,
  version     bigint      NOT NULL,
  generation  bigint      NOT NULL,
  state       text        NOT NULL,
  candidate   text        NOT NULL DEFAULT '',
  application text        NOT NULL DEFAULT '',
  requisition text        NOT NULL DEFAULT '',
  interview   text        NOT NULL DEFAULT '',
  document    bytea,                                -- the message without personal fields; NULL = deleted, kept for its version
  key_id      text,                                 -- the whole message, sealed under the person's data key,
  ciphertext  bytea,                                -- where it has personal fields
  update_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, name)
);
CREATE INDEX resource_by_application ON resource (tenant, application) WHERE application <> '';
CREATE INDEX resource_by_candidate ON resource (tenant, candidate) WHERE candidate <> '';
CREATE INDEX resource_by_key ON resource (tenant, key_id) WHERE key_id IS NOT NULL;
CREATE INDEX resource_by_type ON resource (tenant, type, name);

-- Events applied in the last weeks: a feed delivers at least once, and each counts once.
CREATE TABLE applied_event (
  tenant     text        NOT NULL,
  event_id   text        NOT NULL,
  apply_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, event_id)
);
CREATE INDEX applied_event_age ON applied_event (apply_time);

-- Events that could not be applied after several tries; the feed went on without them.
CREATE TABLE parked_event (
  tenant    text        NOT NULL,
  feed      text        NOT NULL,
  event_id  text        NOT NULL,
  resource  text        NOT NULL,
  event     bytea       NOT NULL,                   -- assay.runtime.v1.Event: names and states
  tries     integer     NOT NULL,
  error     text        NOT NULL,
  park_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, feed, event_id)
);
CREATE INDEX parked_event_by_resource ON parked_event (tenant, resource);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['resource', 'applied_event', 'parked_event'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_only ON %I TO assay_app USING (tenant = nullif(current_setting(''app.tenant'', true), ''''))
                    WITH CHECK (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', t);
  END LOOP;
  -- Of no tenant: how far the projector is, and for whom. Only the application role has a policy.
  FOREACH t IN ARRAY ARRAY['feed_cursor', 'projected_tenant'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY projector ON %I TO assay_app USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO assay_app', t);
  END LOOP;
  EXECUTE format($policy$CREATE POLICY maintenance ON applied_event TO %I
    USING (current_setting('assay.maintenance', true) = 'on')$policy$, current_user);
END $$;

-- Forgets events older than 45 days, which no feed delivers any more, at most `batch`; returns how many.
CREATE FUNCTION prune_applied_events(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  removed integer;
BEGIN
  PERFORM set_config('assay.maintenance', 'on', true);
  WITH gone AS (
    DELETE FROM applied_event WHERE ctid IN (
      SELECT ctid FROM applied_event WHERE apply_time < now() - interval '45 days'
      ORDER BY apply_time LIMIT batch FOR UPDATE SKIP LOCKED)
    RETURNING 1
  )
  SELECT count(*) INTO removed FROM gone;
  PERFORM set_config('assay.maintenance', 'off', true);
  RETURN removed;
END
$$;
REVOKE ALL ON FUNCTION prune_applied_events(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_applied_events(integer) TO assay_app;
