-- Kits with their requisition, forms of plans, uses that are not a kit of their own, leaks, the cap, and what kits are drawn from
-- in columns. A running previous version goes on: its kits count as uses, its plans get their counters with their first draw. It
-- does not know of leaks and caps.

-- Exposure counts from here: one row per question of a kit that was made for somebody. The forms of a plan are made for nobody
-- yet; each time one is given to a candidate its questions are counted in kit_use.
ALTER TABLE kit_question
  ADD COLUMN requisition text NOT NULL DEFAULT '',      -- '' = none was named
  ADD COLUMN counted boolean NOT NULL DEFAULT true;     -- false: a form, not a use
CREATE INDEX kit_question_by_requisition ON kit_question (tenant, requisition, create_time) WHERE requisition <> '';

CREATE TABLE kit_use (
  tenant text NOT NULL,
  question text NOT NULL,              -- id
  create_time timestamptz NOT NULL,
  draw uuid NOT NULL,                  -- one per candidate that was given the kit
  kit text NOT NULL,
  plan text NOT NULL,
  requisition text NOT NULL,
  PRIMARY KEY (tenant, question, create_time, draw),
  FOREIGN KEY (tenant, kit) REFERENCES kit (tenant, id)
);
CREATE INDEX kit_use_by_requisition ON kit_use (tenant, requisition, create_time) WHERE requisition <> '';

ALTER TABLE kit_plan
  ADD COLUMN requisition text NOT NULL DEFAULT '';
CREATE INDEX kit_plan_by_requisition ON kit_plan (tenant, requisition, id) WHERE requisition <> '';

-- How often each kit of a plan was given out.
CREATE TABLE kit_plan_form (
  tenant text NOT NULL,
  plan text NOT NULL,
  position integer NOT NULL,           -- as in KitPlan.kits
  kit text NOT NULL,
  uses bigint NOT NULL,
  PRIMARY KEY (tenant, plan, position),
  FOREIGN KEY (tenant, plan) REFERENCES kit_plan (tenant, id),
  FOREIGN KEY (tenant, kit) REFERENCES kit (tenant, id)
);
CREATE INDEX kit_plan_form_by_kit ON kit_plan_form (tenant, kit);

-- What choosing looks at, by published revision, so that a service that starts need not read every content. Derived: whoever
-- misses a row computes it from the content and adds it.
CREATE TABLE kit_fact (
  tenant text NOT NULL,
  id text NOT NULL,                    -- of the question
  revision integer NOT NULL,
  level smallint NOT NULL,             -- numbers of the contract's enums, as is kind and story
  kind smallint NOT NULL,
  story smallint NOT NULL,
  minutes smallint NOT NULL,
  competency text NOT NULL,
  section text NOT NULL,
  roles text NOT NULL,                 -- ids joined by spaces, "!" behind a critical one
  variants text NOT NULL,              -- ids joined by spaces
  PRIMARY KEY (tenant, id, revision)
);

CREATE TABLE exposure_policy (
  tenant text PRIMARY KEY,
  version bigint NOT NULL,             -- etag
  max_uses integer NOT NULL,           -- 0 = no cap
  days integer NOT NULL,
  update_time timestamptz NOT NULL
);

CREATE TABLE question_leak (
  tenant text NOT NULL,
  id text NOT NULL,                    -- of the question
  reason text NOT NULL,
  flagged_by text NOT NULL,            -- subject
  flag_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, id) REFERENCES question (tenant, id) ON DELETE CASCADE
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['kit_use', 'kit_plan_form', 'kit_fact', 'exposure_policy', 'question_leak'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_only ON %I TO assay_app USING (tenant = nullif(current_setting(''app.tenant'', true), ''''))
                    WITH CHECK (tenant = nullif(current_setting(''app.tenant'', true), ''''))', t);
  END LOOP;
END $$;
-- What was used stays used.
GRANT SELECT, INSERT ON kit_use, kit_fact TO assay_app;
GRANT SELECT, INSERT, UPDATE ON kit_plan_form, exposure_policy TO assay_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON question_leak TO assay_app;
