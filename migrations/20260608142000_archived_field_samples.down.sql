-- Undo: Let field samples be archived

-- PostgreSQL cannot take a value out of a type, so the type is made anew without it. Samples that
-- were archived go back to 'analysed', which is what they were before.
ALTER TYPE sample_status RENAME TO sample_status_with_archived;
CREATE TYPE sample_status AS ENUM ('collected', 'received', 'analysed', 'rejected');

ALTER TABLE field_sample ALTER COLUMN status DROP DEFAULT;
ALTER TABLE field_sample ALTER COLUMN status TYPE sample_status
    USING (CASE status::text WHEN 'archived' THEN 'analysed' ELSE status::text END)::sample_status;
ALTER TABLE field_sample ALTER COLUMN status SET DEFAULT 'collected';

DROP TYPE sample_status_with_archived;
