-- Scorecards, ratings, flags, decisions. New tables only: a running previous version is not touched.

CREATE TABLE scorecard (
  tenant text NOT NULL,
  interview text NOT NULL,
  interviewer text NOT NULL,          -- id
  uid uuid NOT NULL,
  version bigint NOT NULL,            -- etag
  state text NOT NULL,                -- DRAFT, SUBMITTED, AMENDED
  revision integer NOT NULL,          -- 0 while a draft
  application text NOT NULL,
  candidate text NOT NULL,
  requisition text NOT NULL,
  panel_role text NOT NULL,           -- frozen at submission
  submitted_by text NOT NULL,         -- subject; '' while a draft
  rated_after_exposure boolean NOT NULL DEFAULT false,
  amended_after_exposure boolean NOT NULL DEFAULT false,
  rated_after_assist boolean NOT NULL DEFAULT false,
  late boolean NOT NULL DEFAULT false,
  submit_time timestamptz,
  amend_time timestamptz,
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  document bytea NOT NULL,            -- Scorecard message with annotations and external_ids alone
  PRIMARY KEY (tenant, interview, interviewer)
);
CREATE INDEX scorecard_by_application ON scorecard (tenant, application);

CREATE TABLE scorecard_revision (
  tenant text NOT NULL,
  interview text NOT NULL,
  interviewer text NOT NULL,
  revision integer NOT NULL,
  submitted_by text NOT NULL,
  after_exposure boolean NOT NULL,
  recommendation text NOT NULL,       -- HIRE …; '' = none given
  external_system text NOT NULL,
  external_value text NOT NULL,
  revise_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, interview, interviewer, revision)
);

CREATE TABLE rating (
  tenant text NOT NULL,
  interview text NOT NULL,
  interviewer text NOT NULL,
  revision integer NOT NULL,
  ordinal smallint NOT NULL,
  question text NOT NULL,             -- questions/q037@3; '' = area rating
  competency text NOT NULL,
  score smallint CHECK (score BETWEEN 1 AND 5),  -- NULL = not assessed, never zero
  not_assessed_reason text NOT NULL,
  concepts text NOT NULL,             -- ids of key concepts covered, joined by spaces
  PRIMARY KEY (tenant, interview, interviewer, revision, ordinal)
);

-- ciphertext: a ScorecardContent; of a submitted revision its personal fields alone (notes by position), of a draft
-- (revision 0) the whole content. amend_reason stands in `overall` of its revision.
CREATE TABLE scorecard_personal (
  tenant text NOT NULL,
  interview text NOT NULL,
  interviewer text NOT NULL,
  revision integer NOT NULL,
  key_id text NOT NULL,
  ciphertext bytea NOT NULL,
  PRIMARY KEY (tenant, interview, interviewer, revision)
);

-- Who has read peers' cards of an application, and when first: what a later submission or amendment is marked by.
CREATE TABLE card_exposure (
  tenant text NOT NULL,
  application text NOT NULL,
  interview text NOT NULL,            -- of the cards read
  subject text NOT NULL,              -- the reader
  first_seen timestamptz NOT NULL,
  PRIMARY KEY (tenant, application, interview, subject)
);

CREATE TABLE flag (
  tenant text NOT NULL,
  application text NOT NULL,
  id text NOT NULL,
  uid uuid NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL,                -- RAISED, CONFIRMED, DISMISSED
  flag_id text NOT NULL,              -- catalogue id
  kind text NOT NULL,                 -- AUTO_NO_HIRE, RED, …
  critical boolean NOT NULL,
  interview text NOT NULL,            -- '' = raised outside a card
  interviewer text NOT NULL,          -- '' = not from a card
  raised_by text NOT NULL,            -- subject
  people_needed integer NOT NULL,
  document bytea NOT NULL,            -- Flag without personal fields (confirmations and dismissal without reasons)
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, application, id)
);

-- ciphertext: a Flag holding evidence and the reasons of its resolutions.
CREATE TABLE flag_personal (
  tenant text NOT NULL,
  application text NOT NULL,
  id text NOT NULL,
  key_id text NOT NULL,
  ciphertext bytea NOT NULL,
  PRIMARY KEY (tenant, application, id)
);

CREATE TABLE decision (
  tenant text NOT NULL,
  application text NOT NULL,
  id text NOT NULL,
  uid uuid NOT NULL,
  version bigint NOT NULL,
  state text NOT NULL,                -- PROPOSED, SIGNED, OVERRIDDEN, SUPERSEDED, VOIDED
  recommendation text NOT NULL,
  final_outcome text NOT NULL,        -- '' until signed
  proposer text NOT NULL,
  signer text NOT NULL,
  input_digest text NOT NULL,
  engine_version text NOT NULL,
  canonical bytea NOT NULL,           -- our canonical JSON, replayed byte for byte
  inputs bytea NOT NULL,              -- what was evaluated, as canonical JSON: scores, flags, policy and parameters
  document bytea NOT NULL,            -- Decision without personal fields and canonical_json
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, application, id)
);

-- ciphertext: a Decision holding signature.reason, override.rationale, override.confirm_reason and void_reason.
CREATE TABLE decision_personal (
  tenant text NOT NULL,
  application text NOT NULL,
  id text NOT NULL,
  key_id text NOT NULL,
  ciphertext bytea NOT NULL,
  PRIMARY KEY (tenant, application, id)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['scorecard', 'scorecard_revision', 'rating', 'scorecard_personal', 'card_exposure', 'flag', 'flag_personal',
                           'decision', 'decision_personal'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_only ON %I TO assay_app USING (tenant = nullif(current_setting(''app.tenant'', true), ''''))
                    WITH CHECK (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
    -- What people were judged by is append-only; erasure destroys the data key and, later, the personal row.
    IF t IN ('scorecard_revision', 'rating') THEN
      EXECUTE format('GRANT SELECT, INSERT ON %I TO assay_app', t);
    ELSE
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', t);
    END IF;
  END LOOP;
END $$;
