-- Imports, running and ended, and what they have staged; an index to list a pack's questions by. New tables only; a running previous
-- version is not touched, save that it waits with writing questions while the index is made.

CREATE TABLE import (
  tenant text NOT NULL,
  id text NOT NULL,
  state text NOT NULL,                 -- STAGING, APPLYING, COMPLETED, FAILED
  pack text NOT NULL DEFAULT '',       -- known from APPLYING on
  header bytea NOT NULL,               -- ImportHeader
  catalogue bytea NOT NULL DEFAULT '', -- Pack without its questions, while APPLYING
  report bytea NOT NULL DEFAULT '',    -- ImportReport
  error text NOT NULL DEFAULT '',
  subject text NOT NULL,               -- who imports
  on_behalf_of text NOT NULL,
  bytes bigint NOT NULL DEFAULT 0,
  staged bigint NOT NULL DEFAULT 0,
  applied bigint NOT NULL DEFAULT 0,   -- once it has ended; until then the batches tell
  lease_owner text NOT NULL,           -- who works on it …
  lease_until timestamptz NOT NULL,    -- … and until when nobody else may
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX import_by_time ON import (tenant, create_time DESC, id DESC);
CREATE INDEX import_by_lease ON import (lease_until) WHERE state IN ('STAGING', 'APPLYING');
CREATE INDEX import_by_age ON import (create_time) WHERE state IN ('COMPLETED', 'FAILED');
-- Two documents of one pack are never written at the same time.
CREATE UNIQUE INDEX import_applying_once ON import (tenant, pack) WHERE state = 'APPLYING';

CREATE TABLE import_batch (
  tenant text NOT NULL,
  import text NOT NULL,
  batch integer NOT NULL,
  questions integer NOT NULL,
  payload bytea NOT NULL,              -- the questions (domain/import_batch.h); '' once they are applied
  outcome bytea,                       -- ImportReport of this batch, once it is applied
  PRIMARY KEY (tenant, import, batch),
  FOREIGN KEY (tenant, import) REFERENCES import (tenant, id)
);
-- Written once, read once: not worth compressing.
ALTER TABLE import_batch ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE INDEX import_batch_waiting ON import_batch (tenant, import, batch) WHERE outcome IS NULL;

CREATE INDEX question_by_pack ON question (tenant, pack, id);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['import', 'import_batch'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_only ON %I TO assay_app USING (tenant = nullif(current_setting(''app.tenant'', true), ''''))
                    WITH CHECK (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    -- The owner sees all tenants within the functions below and nowhere else.
    EXECUTE format('CREATE POLICY maintenance ON %I TO %I USING (current_setting(''assay.maintenance'', true) = ''on'')', t, current_user);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', t);
  END LOOP;
END $$;

-- Names of imports that nobody works on any more, the longest waiting first.
CREATE FUNCTION abandoned_imports(most integer) RETURNS TABLE (tenant text, id text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('assay.maintenance', 'on', true);
  RETURN QUERY SELECT i.tenant, i.id FROM public.import i
    WHERE i.state IN ('STAGING', 'APPLYING') AND i.lease_until < clock_timestamp() ORDER BY i.lease_until LIMIT most;
  PERFORM set_config('assay.maintenance', 'off', true);
END
$$;

-- Removes what ended imports still hold staged, and records of imports older than 30 days; at most `most` rows each. Returns how
-- many.
CREATE FUNCTION prune_imports(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  batches integer;
  imports integer;
BEGIN
  PERFORM set_config('assay.maintenance', 'on', true);
  WITH gone AS (
    DELETE FROM public.import_batch b WHERE b.ctid IN (
      SELECT c.ctid FROM public.import i JOIN public.import_batch c ON c.tenant = i.tenant AND c.import = i.id
      WHERE i.state IN ('COMPLETED', 'FAILED') LIMIT most)
    RETURNING 1
  )
  SELECT count(*) INTO batches FROM gone;
  WITH gone AS (
    DELETE FROM public.import i WHERE i.ctid IN (
      SELECT o.ctid FROM public.import o
      WHERE o.state IN ('COMPLETED', 'FAILED') AND o.create_time < now() - interval '30 days'
        AND NOT EXISTS (SELECT 1 FROM public.import_batch b WHERE b.tenant = o.tenant AND b.import = o.id)
      ORDER BY o.create_time LIMIT most FOR UPDATE SKIP LOCKED)
    RETURNING 1
  )
  SELECT count(*) INTO imports FROM gone;
  PERFORM set_config('assay.maintenance', 'off', true);
  RETURN batches + imports;
END
$$;

-- What an import makes large is planned for as large before autovacuum comes by. Not the texts, which take long to look at and are
-- never compared.
CREATE FUNCTION refresh_question_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  ANALYZE public.question (tenant, id, state, level, kind, competency, section, roles, tags, language, pack, update_time);
  ANALYZE public.question_revision (tenant, id, revision);
  ANALYZE public.question_text (tenant, id, language, revision, rule);
END
$$;

REVOKE ALL ON FUNCTION abandoned_imports(integer), prune_imports(integer), refresh_question_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION abandoned_imports(integer), prune_imports(integer), refresh_question_statistics() TO assay_app;
