-- Cards, flags and decisions are listed newest first, page after page. New indexes only: a running previous version is not
-- touched.
CREATE INDEX scorecard_newest ON scorecard (tenant, create_time, interview, interviewer);
CREATE INDEX flag_newest ON flag (tenant, create_time, application, id);
CREATE INDEX decision_newest ON decision (tenant, create_time, application, id);
