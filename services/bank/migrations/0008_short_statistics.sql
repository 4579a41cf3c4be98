-- Taking the statistics of a large bank is one transaction, which has to be over within a second. Revisions are only ever looked up by
-- key, for which a small sample does; a large one reads as much as the whole table, for their contents stand beside the keys.
CREATE OR REPLACE FUNCTION refresh_question_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  doubled boolean := (SELECT pg_relation_size(c.oid) >= 2 * c.relpages * current_setting('block_size')::bigint
                      FROM pg_class c WHERE c.oid = 'public.question_revision'::regclass);
BEGIN
  IF doubled THEN
    ANALYZE public.question (tenant, id, state, level, kind, competency, section, roles, tags, language, pack, update_time);
  END IF;
  PERFORM set_config('default_statistics_target', '10', true);
  IF NOT doubled THEN
    ANALYZE public.question (tenant, id);
  END IF;
  ANALYZE public.question_revision (tenant, id, revision);
END
$$;
