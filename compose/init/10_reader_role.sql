-- Runs once, when the database is new: a role for those who only read, and what it may see.
--
-- `GRANT biositing_reader TO somebody` lets somebody read every table and view, those of later
-- migrations included, as long as they are created by the owner of the database.

DO $$
BEGIN
    -- Roles belong to the whole server, so another database may have made it already.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'biositing_reader') THEN
        CREATE ROLE biositing_reader NOLOGIN;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO biositing_reader;

ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO biositing_reader;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO biositing_reader;
