-- Candidates, requisitions, applications, interviewers, interviews. New tables only: a running previous version is not touched.
-- `document` is the resource as protobuf without personal fields; what SQL filters, joins or locks on stands in columns.
-- Personal text stands in *_personal, encrypted under the data key of the person it is about.

CREATE TABLE candidate (
  tenant text NOT NULL,
  id text NOT NULL,
  uid uuid NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL,
  legal_hold boolean NOT NULL DEFAULT false,
  document bytea NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);

-- ciphertext: a Candidate message holding display_name, email and phone.
CREATE TABLE candidate_personal (
  tenant text NOT NULL,
  id text NOT NULL,
  key_id text NOT NULL,
  ciphertext bytea NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, id) REFERENCES candidate (tenant, id) ON DELETE CASCADE
);

CREATE TABLE requisition (
  tenant text NOT NULL,
  id text NOT NULL,
  uid uuid NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL,
  role text NOT NULL,
  policy text NOT NULL,               -- policies/{id}@{revision}, pinned
  document bytea NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE application (
  tenant text NOT NULL,
  id text NOT NULL,
  uid uuid NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL,
  candidate text NOT NULL,            -- id
  requisition text NOT NULL,          -- id
  document bytea NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id),
  CONSTRAINT application_once UNIQUE (tenant, candidate, requisition),
  CONSTRAINT application_candidate FOREIGN KEY (tenant, candidate) REFERENCES candidate (tenant, id),
  CONSTRAINT application_requisition FOREIGN KEY (tenant, requisition) REFERENCES requisition (tenant, id)
);
CREATE INDEX application_by_requisition ON application (tenant, requisition, id);

CREATE TABLE interviewer (
  tenant text NOT NULL,
  id text NOT NULL,
  uid uuid NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL,
  issuer text NOT NULL,               -- '' = any issuer of the tenant
  subject text NOT NULL,
  document bytea NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id),
  CONSTRAINT interviewer_subject UNIQUE (tenant, issuer, subject)
);
CREATE INDEX interviewer_by_subject ON interviewer (tenant, subject);

CREATE TABLE interviewer_personal (
  tenant text NOT NULL,
  id text NOT NULL,
  key_id text NOT NULL,
  ciphertext bytea NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, id) REFERENCES interviewer (tenant, id) ON DELETE CASCADE
);

CREATE TABLE interview (
  tenant text NOT NULL,
  id text NOT NULL,
  uid uuid NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL,                -- SCHEDULED, IN_PROGRESS, COMPLETED, CLOSED, CANCELED
  application text NOT NULL,          -- id
  candidate text NOT NULL,
  requisition text NOT NULL,
  stage text NOT NULL,
  kit_hash text NOT NULL,             -- '' while no kit is pinned; content of kit_copy
  start_time timestamptz NOT NULL,
  due_time timestamptz NOT NULL,
  document bytea NOT NULL,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id),
  CONSTRAINT interview_application FOREIGN KEY (tenant, application) REFERENCES application (tenant, id)
);
CREATE INDEX interview_by_application ON interview (tenant, application, id);
CREATE INDEX interview_by_requisition ON interview (tenant, requisition, id);

CREATE TABLE interview_panel (
  tenant text NOT NULL,
  interview text NOT NULL,
  interviewer text NOT NULL,          -- id
  role text NOT NULL,                 -- LEAD, PANELIST, SHADOW, REVERSE_SHADOW
  rated_after_exposure boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant, interview, interviewer),
  FOREIGN KEY (tenant, interview) REFERENCES interview (tenant, id) ON DELETE CASCADE,
  CONSTRAINT panel_interviewer FOREIGN KEY (tenant, interviewer) REFERENCES interviewer (tenant, id)
);
CREATE INDEX interview_panel_by_interviewer ON interview_panel (tenant, interviewer);

-- Identities in other systems, of every type of resource.
CREATE TABLE external_id (
  tenant text NOT NULL,
  type text NOT NULL,                 -- candidate, requisition, application, interviewer, interview, scorecard, …
  system text NOT NULL,
  external_id text NOT NULL,
  id text NOT NULL,                   -- of the resource; interview/interviewer for a scorecard
  CONSTRAINT external_id_once PRIMARY KEY (tenant, type, system, external_id)
);
CREATE INDEX external_id_by_resource ON external_id (tenant, type, id);

-- Scoring's own copies of the bank content that it judges by, so that it works while the bank is down.
CREATE TABLE kit_copy (
  tenant text NOT NULL,
  content_hash text NOT NULL,
  name text NOT NULL,                 -- kits/{id}
  document bytea NOT NULL,            -- assay.bank.v1.Kit
  PRIMARY KEY (tenant, name)
);
-- Kits that ask the same share a hash.
CREATE INDEX kit_copy_by_hash ON kit_copy (tenant, content_hash);

CREATE TABLE catalog_copy (
  tenant text NOT NULL,
  name text NOT NULL,                 -- policies/x@2, roleGuides/mlops@1, flagDefinitions/no-trade-offs@1
  content_hash text NOT NULL,
  document bytea NOT NULL,            -- assay.bank.v1.Catalog… message
  copy_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, name)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['candidate', 'candidate_personal', 'requisition', 'application', 'interviewer', 'interviewer_personal',
                           'interview', 'interview_panel', 'external_id', 'kit_copy', 'catalog_copy'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_only ON %I TO assay_app USING (tenant = nullif(current_setting(''app.tenant'', true), ''''))
                    WITH CHECK (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', t);
  END LOOP;
END $$;
