-- Questions with immutable revisions, the catalogue, packs, kits. New tables only: a running previous version is not touched.

CREATE TABLE question (
  tenant text NOT NULL,
  id text NOT NULL,
  uid uuid NOT NULL,
  version bigint NOT NULL,             -- etag
  state text NOT NULL,                 -- DRAFT, PUBLISHED, RETIRED
  published_revision integer NOT NULL, -- 0 = never published
  latest_revision integer NOT NULL,    -- the draft where it is above published_revision
  level text NOT NULL,                 -- of the current revision, as are the next ones
  kind text NOT NULL,
  competency text NOT NULL,
  section text NOT NULL,
  roles text[] NOT NULL,
  tags text[] NOT NULL,
  pack text NOT NULL,                  -- '' = the tenant's own
  retire_reason text NOT NULL DEFAULT '',
  document bytea NOT NULL,             -- Question with external_ids, annotations and upstream alone
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  publish_time timestamptz,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX question_by_competency ON question (tenant, competency, id);

CREATE TABLE question_revision (
  tenant text NOT NULL,
  id text NOT NULL,
  revision integer NOT NULL,
  content bytea NOT NULL,              -- QuestionContent
  wording_hash text NOT NULL,
  structure_hash text NOT NULL,
  content_hash text NOT NULL,
  author text NOT NULL,                -- subject
  create_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id, revision),
  FOREIGN KEY (tenant, id) REFERENCES question (tenant, id)
);

CREATE TABLE question_external_id (
  tenant text NOT NULL,
  system text NOT NULL,
  external_id text NOT NULL,
  id text NOT NULL,
  CONSTRAINT question_external_id_once PRIMARY KEY (tenant, system, external_id)
);

-- Competencies, scales, roles, formats, loops, policies, flags … : a new revision per change.
CREATE TABLE catalog_entry (
  tenant text NOT NULL,
  collection text NOT NULL,            -- policies, roleGuides …
  id text NOT NULL,
  revision integer NOT NULL,
  pack text NOT NULL,                  -- '' = the tenant's own
  content bytea NOT NULL,
  content_hash text NOT NULL,
  create_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, collection, id, revision)
);

CREATE TABLE pack (
  tenant text NOT NULL,
  id text NOT NULL,
  header bytea NOT NULL,               -- Pack without questions and catalogue
  questions integer NOT NULL,
  import_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE kit (
  tenant text NOT NULL,
  id text NOT NULL,
  content_hash text NOT NULL,
  document bytea NOT NULL,             -- Kit
  create_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);

-- Which questions a kit holds: exposure counts from here.
CREATE TABLE kit_question (
  tenant text NOT NULL,
  kit text NOT NULL,
  question text NOT NULL,              -- id
  revision integer NOT NULL,
  create_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, kit, question),
  FOREIGN KEY (tenant, kit) REFERENCES kit (tenant, id)
);
CREATE INDEX kit_question_by_question ON kit_question (tenant, question, create_time);

CREATE TABLE kit_plan (
  tenant text NOT NULL,
  id text NOT NULL,
  version bigint NOT NULL,
  document bytea NOT NULL,             -- KitPlan
  create_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['question', 'question_revision', 'question_external_id', 'catalog_entry', 'pack', 'kit', 'kit_question',
                           'kit_plan'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_only ON %I TO assay_app USING (tenant = nullif(current_setting(''app.tenant'', true), ''''))
                    WITH CHECK (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    -- Revisions and kits never change and are never deleted: ratings refer to them.
    IF t IN ('question_revision', 'catalog_entry', 'kit', 'kit_question') THEN
      EXECUTE format('GRANT SELECT, INSERT ON %I TO assay_app', t);
    ELSE
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', t);
    END IF;
  END LOOP;
END $$;
