-- Which cards were reported overdue, and how the tenants are found that may have some. A new table, index and function: a
-- running previous version is not touched.

-- One row per card, inserted with the event that it stands for: whoever inserts it emits, so that several processes may look.
-- Not a column of interview_panel, whose rows are written anew with every change of the panel.
CREATE TABLE scorecard_overdue (
  tenant text NOT NULL,
  interview text NOT NULL,
  interviewer text NOT NULL,          -- id
  emit_time timestamptz NOT NULL,
  PRIMARY KEY (tenant, interview, interviewer),
  FOREIGN KEY (tenant, interview) REFERENCES interview (tenant, id) ON DELETE CASCADE
);
ALTER TABLE scorecard_overdue ENABLE ROW LEVEL SECURITY;
ALTER TABLE scorecard_overdue FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON scorecard_overdue TO assay_app USING (tenant = nullif(current_setting('app.tenant', true), ''))
  WITH CHECK (tenant = nullif(current_setting('app.tenant', true), ''));
GRANT SELECT, INSERT ON scorecard_overdue TO assay_app;

CREATE INDEX interview_past_due ON interview (tenant, due_time) WHERE state NOT IN ('CLOSED', 'CANCELED');

-- The owner sees the interviews of all tenants within the function below and nowhere else.
DO $$
BEGIN
  EXECUTE format($policy$CREATE POLICY maintenance ON interview FOR SELECT TO %I
    USING (current_setting('assay.maintenance', true) = 'on')$policy$, current_user);
END
$$;

-- Names of the tenants with open interviews whose cards came due after `since` and up to `until`. Names are all it tells, and
-- only to the role that reads them off the outbox anyway; the work is then done tenant by tenant under row-level security.
-- The outbox itself would not do: it forgets after 30 days, an interview may be planned further ahead.
CREATE FUNCTION tenants_past_due(since timestamptz, until timestamptz) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('assay.maintenance', 'on', true);
  RETURN QUERY SELECT DISTINCT i.tenant FROM interview i
    WHERE i.state NOT IN ('CLOSED', 'CANCELED') AND i.due_time > since AND i.due_time <= until;
  PERFORM set_config('assay.maintenance', 'off', true);
END
$$;
REVOKE ALL ON FUNCTION tenants_past_due(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_past_due(timestamptz, timestamptz) TO assay_feed;
