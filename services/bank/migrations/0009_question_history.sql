-- The service that planned a publication for `scheduled_by`; '' = they did it themselves.
ALTER TABLE question ADD COLUMN scheduled_through text NOT NULL DEFAULT '';

-- When a revision was published that no longer is the current one, which the question's row cannot tell. Written by the row's own
-- change, so that no writer, of whatever version, forgets it.
CREATE TABLE question_publication (
  tenant text NOT NULL,
  id text NOT NULL,
  revision integer NOT NULL,
  publish_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id, revision),
  FOREIGN KEY (tenant, id) REFERENCES question (tenant, id)
);
-- The version at which a question was deleted: another one of the same id goes on from there, so that neither an etag nor an event of
-- the first can be taken for one of the second.
CREATE TABLE question_tombstone (
  tenant text NOT NULL,
  id text NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant, id)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['question_publication', 'question_tombstone'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_only ON %I TO assay_app USING (tenant = nullif(current_setting(''app.tenant'', true), ''''))
                    WITH CHECK (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT ON question_publication TO assay_app;
GRANT SELECT, INSERT, UPDATE ON question_tombstone TO assay_app;

-- Earlier revisions that kits hold were published, at the earliest when they were written.
CREATE POLICY backfill ON question_publication TO CURRENT_USER WITH CHECK (true);
CREATE POLICY backfill ON question TO CURRENT_USER USING (true);
CREATE POLICY backfill ON question_revision TO CURRENT_USER USING (true);
CREATE POLICY backfill ON kit_question TO CURRENT_USER USING (true);
INSERT INTO question_publication (tenant, id, revision, publish_time)
SELECT DISTINCT r.tenant, r.id, r.revision, r.create_time
FROM kit_question k
JOIN question q ON q.tenant = k.tenant AND q.id = k.question
JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id AND r.revision = k.revision AND r.revision < q.published_revision;
DROP POLICY backfill ON question_publication;
DROP POLICY backfill ON question;
DROP POLICY backfill ON question_revision;
DROP POLICY backfill ON kit_question;

CREATE FUNCTION keep_publication() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.question_publication (tenant, id, revision, publish_time)
  VALUES (OLD.tenant, OLD.id, OLD.published_revision, OLD.publish_time);
  RETURN NULL;
END
$$;
CREATE TRIGGER keep_publication AFTER UPDATE ON question FOR EACH ROW
  WHEN (OLD.published_revision > 0 AND OLD.publish_time IS NOT NULL AND NEW.published_revision <> OLD.published_revision)
  EXECUTE FUNCTION keep_publication();

CREATE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- The deletion is an event of its own.
  INSERT INTO public.question_tombstone (tenant, id, version) VALUES (OLD.tenant, OLD.id, OLD.version + 1)
  ON CONFLICT (tenant, id) DO UPDATE SET version = greatest(question_tombstone.version, EXCLUDED.version);
  RETURN NULL;
END
$$;
CREATE TRIGGER keep_version AFTER DELETE ON question FOR EACH ROW EXECUTE FUNCTION keep_version();
