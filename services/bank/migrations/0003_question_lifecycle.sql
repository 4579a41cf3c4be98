-- Lists by filter and order, the history of questions, planned publication and deletion of drafts. Columns with defaults, so a
-- running previous version goes on writing; what it leaves at its default is filled in by the next write of that question.

ALTER TABLE question
  ADD COLUMN language text NOT NULL DEFAULT 'en',              -- of the current revision, as is the next one
  ADD COLUMN estimated_minutes integer NOT NULL DEFAULT 0,
  ADD COLUMN overridden boolean NOT NULL DEFAULT false,        -- differs from what was imported
  ADD COLUMN scheduled_publish_time timestamptz,               -- when the draft is to be published; null = not planned
  ADD COLUMN scheduled_by text NOT NULL DEFAULT '';            -- subject who planned it
ALTER TABLE question_revision
  ADD COLUMN change_note text NOT NULL DEFAULT '';

-- Each order of a list is one index, read from where the page before ended. Never published sorts before everything.
CREATE INDEX question_by_update_time ON question (tenant, update_time, id);
CREATE INDEX question_by_create_time ON question (tenant, create_time, id);
-- CASE, because row-level security lets no condition with coalesce() into an index scan.
CREATE INDEX question_by_publish_time
  ON question (tenant, (CASE WHEN publish_time IS NULL THEN '-infinity'::timestamptz ELSE publish_time END), id);
CREATE INDEX question_scheduled ON question (tenant, scheduled_publish_time, id) WHERE scheduled_publish_time IS NOT NULL;

-- Which question a revision of another one refers to: what is referred to is not deleted.
CREATE TABLE question_link (
  tenant text NOT NULL,
  target text NOT NULL,                -- id; it need not exist
  question text NOT NULL,              -- id of the one that refers to it
  PRIMARY KEY (tenant, target, question),
  FOREIGN KEY (tenant, question) REFERENCES question (tenant, id) ON DELETE CASCADE
);
CREATE INDEX question_link_of ON question_link (tenant, question);
ALTER TABLE question_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE question_link FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON question_link TO assay_app USING (tenant = nullif(current_setting('app.tenant', true), ''))
  WITH CHECK (tenant = nullif(current_setting('app.tenant', true), ''));
GRANT SELECT, INSERT ON question_link TO assay_app;

-- A draft that was never published may be deleted, and nothing else: its revisions go with it, while the service itself still
-- cannot delete a revision.
CREATE POLICY drafts_alone ON question AS RESTRICTIVE FOR DELETE TO assay_app USING (published_revision = 0 AND state = 'DRAFT');
ALTER TABLE question_revision DROP CONSTRAINT question_revision_tenant_id_fkey;
ALTER TABLE question_revision ADD CONSTRAINT question_revision_of FOREIGN KEY (tenant, id) REFERENCES question (tenant, id)
  ON DELETE CASCADE;

-- What the new columns say of the questions there are, read from their content: field 12 is estimated_minutes, 23 language_code,
-- 21 a link whose first field is the other question's id.
CREATE FUNCTION pg_temp.content_facts(content bytea, OUT minutes integer, OUT language text, OUT targets text[])
LANGUAGE plpgsql AS $$
DECLARE
  at     integer := 0;
  number bigint[] := ARRAY[0, 0];  -- tag, then value or length
  byte   integer;
  shift  integer;
  link   bytea;
BEGIN
  minutes := 0;
  language := 'en';
  targets := '{}';
  WHILE at < length(content) LOOP
    FOR part IN 1..2 LOOP
      number[part] := 0;
      shift := 0;
      LOOP
        byte := get_byte(content, at);
        at := at + 1;
        number[part] := number[part] | ((byte & 127)::bigint << shift);
        shift := shift + 7;
        EXIT WHEN byte < 128 OR shift > 56;
      END LOOP;
    END LOOP;
    IF number[1] & 7 NOT IN (0, 2) THEN
      RETURN;  -- QuestionContent has varints and texts alone
    END IF;
    CASE number[1] >> 3
      WHEN 12 THEN minutes := number[2];
      WHEN 23 THEN language := convert_from(substring(content FROM at + 1 FOR number[2]::integer), 'UTF8');
      WHEN 21 THEN
        link := substring(content FROM at + 1 FOR number[2]::integer);
        IF length(link) > 2 AND get_byte(link, 0) = 10 THEN
          targets := targets || convert_from(substring(link FROM 3 FOR get_byte(link, 1)), 'UTF8');
        END IF;
      ELSE NULL;
    END CASE;
    IF number[1] & 7 = 2 THEN
      at := at + number[2]::integer;
    END IF;
  END LOOP;
END
$$;
CREATE POLICY backfill ON question TO CURRENT_USER USING (true);
CREATE POLICY backfill ON question_revision TO CURRENT_USER USING (true);
CREATE POLICY backfill ON question_link TO CURRENT_USER USING (true);
UPDATE question q SET language = f.language, estimated_minutes = f.minutes
FROM question_revision r, LATERAL pg_temp.content_facts(r.content) f
WHERE r.tenant = q.tenant AND r.id = q.id
  AND r.revision = CASE WHEN q.published_revision > 0 THEN q.published_revision ELSE q.latest_revision END;
-- The document holds the hash of what was imported as text.
UPDATE question q SET overridden = true
FROM question_revision r
WHERE r.tenant = q.tenant AND r.id = q.id AND r.revision = q.latest_revision AND q.pack <> ''
  AND position(convert_to(r.content_hash, 'UTF8') IN q.document) = 0;
INSERT INTO question_link (tenant, target, question)
SELECT DISTINCT r.tenant, target, r.id
FROM question_revision r, LATERAL pg_temp.content_facts(r.content) f, LATERAL unnest(f.targets) AS target;
DROP POLICY backfill ON question;
DROP POLICY backfill ON question_revision;
DROP POLICY backfill ON question_link;

-- The owner sees the plans of all tenants within the function below and nowhere else.
DO $$
BEGIN
  EXECUTE format($policy$CREATE POLICY maintenance ON question FOR SELECT TO %I
    USING (current_setting('assay.maintenance', true) = 'on')$policy$, current_user);
END
$$;

-- Names of the tenants that planned a publication up to `until`. Names are all it tells, and only to the role that reads them off
-- the outbox anyway; the work is then done tenant by tenant under row-level security.
CREATE FUNCTION tenants_with_due_plans(until timestamptz) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('assay.maintenance', 'on', true);
  RETURN QUERY SELECT DISTINCT q.tenant FROM question q WHERE q.scheduled_publish_time <= until;
  PERFORM set_config('assay.maintenance', 'off', true);
END
$$;
REVOKE ALL ON FUNCTION tenants_with_due_plans(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_with_due_plans(timestamptz) TO assay_feed;
