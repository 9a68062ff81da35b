-- Let field samples be archived
--
-- revision: 20260608142000
-- revises: 20260525091500

ALTER TYPE sample_status ADD VALUE 'archived' AFTER 'analysed';
