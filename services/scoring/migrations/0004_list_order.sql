-- Lists are read newest first, page after page. New indexes only: a running previous version is not touched.
CREATE INDEX candidate_newest ON candidate (tenant, create_time, id);
CREATE INDEX requisition_newest ON requisition (tenant, create_time, id);
CREATE INDEX application_newest ON application (tenant, create_time, id);
CREATE INDEX interviewer_newest ON interviewer (tenant, create_time, id);
CREATE INDEX interview_newest ON interview (tenant, start_time, id);
