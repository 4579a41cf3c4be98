-- What questions are found by in a search: the words of each, per language, and the vocabulary that misspelt words are held against.
-- New tables only; a running previous version is not touched, and what it writes meanwhile is indexed within the hour.

CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE question_text (
  tenant text NOT NULL,
  id text NOT NULL,
  language text NOT NULL,              -- primary subtag, 'en'; '' = the question waits to be indexed
  revision integer NOT NULL,           -- the one whose words these are
  listed boolean NOT NULL,             -- not retired
  rule integer NOT NULL,               -- by which version of domain/search_text.h; 0 = not yet
  document tsvector NOT NULL,          -- A prompt, B labels, C key concepts, D the rest
  PRIMARY KEY (tenant, id, language),
  FOREIGN KEY (tenant, id) REFERENCES question (tenant, id) ON DELETE CASCADE,
  CHECK (language !~ '/')
);
-- Tenant and language stand in the same index as the words, so that nobody's search reads past everybody else's questions; as one
-- key, which no other index has, so that no plan can do without this one. The last column is the prompt alone. What was written last
-- is merged in portions of 2 MB, a fraction of a second each.
CREATE INDEX question_text_words ON question_text
  USING gin ((tenant || '/' || language), document, ts_filter(document, '{a}')) WITH (gin_pending_list_limit = 2048);
-- For the worker, which looks over all tenants.
CREATE INDEX question_text_by_rule ON question_text (rule, tenant);

-- Words as they are written, and their stems. One table for both and rows that never change, so that learning words is inserting
-- what is new: no row is locked, and there is no plan to get wrong while nothing has been analysed.
CREATE TABLE question_word (
  tenant text NOT NULL,
  language text NOT NULL,
  word text COLLATE "C" NOT NULL,      -- in lower case
  written boolean NOT NULL,            -- false: a stem
  PRIMARY KEY (tenant, language, word, written),
  CHECK (language !~ '/')
);
CREATE INDEX question_word_alike ON question_word USING gin ((tenant || '/' || language), word gin_trgm_ops) WITH (fastupdate = off);

-- Row-level security lets a condition into an index only where its operator is leakproof, which @@ and % are not: under the
-- policies of assay_app every search would read all of a tenant's texts. So it asks through the functions below, which run as the
-- owner. They name the tenant of the transaction themselves: a key that is the tenant, a slash and a language without one is that
-- tenant's and nobody else's. That the owner reads is what the second policy is for.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['question_text', 'question_word'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_only ON %I TO assay_app USING (tenant = nullif(current_setting(''app.tenant'', true), ''''))
                    WITH CHECK (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    EXECUTE format('CREATE POLICY search ON %I FOR SELECT TO %I USING (true)', t, current_user);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON question_text TO assay_app;
GRANT SELECT, INSERT ON question_word TO assay_app;

-- The planner takes @@ to be cheap, although it unpacks a document of several kilobytes for each row; left to itself it would rather
-- read them all than use the index. Hence the setting.

-- Questions of the transaction's tenant whose text in that language matches; `most` null = all of them.
-- A hundred rows is what a rare word finds: for so few the other columns are looked up by key, for more they may as well.
CREATE FUNCTION question_matches(wanted text, query tsquery, retired boolean, most integer)
RETURNS TABLE (id text, document tsvector)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off AS $$
  SELECT t.id, t.document FROM public.question_text t
  WHERE t.tenant || '/' || t.language = nullif(current_setting('app.tenant', true), '') || '/' || wanted AND wanted !~ '/'
    AND t.document @@ query AND (t.listed OR retired)
  LIMIT most
$$;

-- The same where the prompt alone matches.
CREATE FUNCTION question_prompt_matches(wanted text, query tsquery, retired boolean, most integer)
RETURNS TABLE (id text, document tsvector)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off AS $$
  SELECT t.id, t.document FROM public.question_text t
  WHERE t.tenant || '/' || t.language = nullif(current_setting('app.tenant', true), '') || '/' || wanted AND wanted !~ '/'
    AND ts_filter(t.document, '{a}') @@ query AND (t.listed OR retired)
  LIMIT most
$$;

-- Words of the tenant's vocabulary that look like one, the likest first.
CREATE FUNCTION question_words_like(wanted text, misspelt text, most integer) RETURNS TABLE (word text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off
SET pg_trgm.similarity_threshold = 0.3 AS $$
  SELECT w.word FROM public.question_word w
  WHERE w.tenant || '/' || w.language = nullif(current_setting('app.tenant', true), '') || '/' || wanted AND wanted !~ '/'
    AND w.word % misspelt AND w.written
  ORDER BY similarity(w.word, misspelt) DESC, w.word
  LIMIT most
$$;

-- Names of questions that wait to be indexed by the given rule, of all tenants; the work is then done tenant by tenant under
-- row-level security.
CREATE FUNCTION questions_to_index(wanted integer, most integer) RETURNS TABLE (tenant text, id text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
  SELECT DISTINCT d.tenant, d.id
  FROM (SELECT t.tenant, t.id FROM public.question_text t WHERE t.rule < wanted ORDER BY t.rule, t.tenant LIMIT most) d
  ORDER BY 1, 2
$$;

-- Looks through `most` questions behind the one named: those whose words are missing or of another revision, and the last one looked
-- at, to go on from.
CREATE FUNCTION questions_astray(after_tenant text, after_id text, most integer) RETURNS TABLE (tenant text, id text, astray boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM set_config('assay.maintenance', 'on', true);
  RETURN QUERY
    SELECT c.tenant, c.id, c.astray FROM (
      SELECT p.tenant, p.id, row_number() OVER (ORDER BY p.tenant DESC, p.id DESC) = 1 AS last,
             NOT EXISTS (SELECT FROM public.question_text t WHERE t.tenant = p.tenant AND t.id = p.id
                         AND (t.language = '' OR (t.revision = p.revision AND t.listed = p.listed))) AS astray
      FROM (SELECT q.tenant, q.id, q.state <> 'RETIRED' AS listed,
                   CASE WHEN q.published_revision > 0 THEN q.published_revision ELSE q.latest_revision END AS revision
            FROM public.question q WHERE (q.tenant, q.id) > (after_tenant, after_id) ORDER BY q.tenant, q.id LIMIT most) p) c
    WHERE c.astray OR c.last ORDER BY c.tenant, c.id;
  PERFORM set_config('assay.maintenance', 'off', true);
END
$$;

REVOKE ALL ON FUNCTION question_matches(text, tsquery, boolean, integer), question_prompt_matches(text, tsquery, boolean, integer),
  question_words_like(text, text, integer), questions_to_index(integer, integer), questions_astray(text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION question_matches(text, tsquery, boolean, integer), question_prompt_matches(text, tsquery, boolean, integer),
  question_words_like(text, text, integer), questions_to_index(integer, integer), questions_astray(text, text, integer) TO assay_app;
