-- What an import is writing is indexed for search once all of it is written: indexing it meanwhile would slow down both. An import
-- that nobody works on any more keeps nothing waiting. A running previous version asks the same function.
CREATE OR REPLACE FUNCTION questions_to_index(wanted integer, most integer) RETURNS TABLE (tenant text, id text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  importing text[];
BEGIN
  PERFORM set_config('assay.maintenance', 'on', true);
  importing := ARRAY(SELECT i.tenant FROM public.import i WHERE i.state = 'APPLYING' AND i.lease_until > clock_timestamp());
  PERFORM set_config('assay.maintenance', 'off', true);
  RETURN QUERY
    SELECT DISTINCT d.tenant, d.id
    FROM (SELECT t.tenant, t.id FROM public.question_text t WHERE t.rule < wanted AND t.tenant <> ALL (importing)
          ORDER BY t.rule, t.tenant LIMIT most) d
    ORDER BY 1, 2;
END
$$;
