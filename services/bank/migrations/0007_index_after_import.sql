-- What an import has written is noted for the search index batch by batch instead of question by question, and indexed once all of it
-- is written: indexing it meanwhile would slow down both. A running previous version goes on noting single questions, and finds those
-- of the batches with its hourly look.

CREATE TABLE question_backlog (
  tenant text NOT NULL,
  batch bigint GENERATED ALWAYS AS IDENTITY,
  questions text[] NOT NULL,           -- ids; gone ones do no harm
  PRIMARY KEY (tenant, batch)
);
ALTER TABLE question_backlog ENABLE ROW LEVEL SECURITY;
ALTER TABLE question_backlog FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON question_backlog TO assay_app USING (tenant = nullif(current_setting('app.tenant', true), ''))
  WITH CHECK (tenant = nullif(current_setting('app.tenant', true), ''));
GRANT SELECT, INSERT, DELETE ON question_backlog TO assay_app;
DO $$
BEGIN
  -- The owner sees all tenants within the function below and nowhere else.
  EXECUTE format('CREATE POLICY maintenance ON question_backlog FOR SELECT TO %I USING (current_setting(''assay.maintenance'', true) = ''on'')',
                 current_user);
END $$;

-- Batches that wait to be indexed, the oldest of each tenant first, save those of a tenant that is importing: an import that nobody
-- works on any more keeps nothing waiting.
CREATE FUNCTION question_backlogs(most integer) RETURNS TABLE (tenant text, batch bigint, questions text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('assay.maintenance', 'on', true);
  RETURN QUERY SELECT b.tenant, b.batch, b.questions FROM public.question_backlog b
    WHERE NOT EXISTS (SELECT FROM public.import i WHERE i.tenant = b.tenant AND i.state = 'APPLYING' AND i.lease_until > clock_timestamp())
    ORDER BY b.tenant, b.batch LIMIT most;
  PERFORM set_config('assay.maintenance', 'off', true);
END
$$;
REVOKE ALL ON FUNCTION question_backlogs(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION question_backlogs(integer) TO assay_app;

-- By the rule alone: for a table that is taken to be empty an index that begins with the tenant looks as good as the key.
DROP INDEX question_text_by_rule;
CREATE INDEX question_text_by_rule ON question_text (rule);
CREATE OR REPLACE FUNCTION questions_to_index(wanted integer, most integer) RETURNS TABLE (tenant text, id text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
  SELECT DISTINCT d.tenant, d.id
  FROM (SELECT t.tenant, t.id FROM public.question_text t WHERE t.rule < wanted ORDER BY t.rule LIMIT most) d
  ORDER BY 1, 2
$$;

-- The texts are written after the import, so that to look at them during it would be to take them to be none. What a look at all columns
-- costs, some thousand questions could be written in: it is worth it where half of the table is new. Where it is not, the planner must
-- still hear of the tenant, or it takes it to have next to nothing and any index that begins with it to be as good as the key.
CREATE OR REPLACE FUNCTION refresh_question_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (SELECT pg_relation_size(c.oid) >= 2 * c.relpages * current_setting('block_size')::bigint
      FROM pg_class c WHERE c.oid = 'public.question_revision'::regclass) THEN
    ANALYZE public.question (tenant, id, state, level, kind, competency, section, roles, tags, language, pack, update_time);
    ANALYZE public.question_revision (tenant, id, revision);
  ELSE
    PERFORM set_config('default_statistics_target', '10', true);
    ANALYZE public.question (tenant, id);
    ANALYZE public.question_revision (tenant, id, revision);
  END IF;
END
$$;
