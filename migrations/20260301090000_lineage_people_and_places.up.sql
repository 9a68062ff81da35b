-- Lineage, people and places
--
-- revision: 20260301090000
-- revises:

-- Lineage comes first: every other entity names the import that wrote it.

CREATE TYPE import_outcome AS ENUM ('running', 'succeeded', 'failed');

CREATE TABLE import_run (
    id serial PRIMARY KEY,
    pipeline varchar(80) NOT NULL,
    code_version varchar(40),
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    outcome import_outcome DEFAULT 'running' NOT NULL,
    row_counts jsonb,
    CONSTRAINT uq_import_run_pipeline_started_at UNIQUE (pipeline, started_at),
    CONSTRAINT import_run_times_in_order CHECK (finished_at >= started_at)
);

COMMENT ON TABLE import_run IS 'Lineage: the pipeline runs that wrote rows';
COMMENT ON COLUMN import_run.code_version IS 'Commit of the pipeline';

-- People

CREATE TYPE organisation_kind AS ENUM (
    'university', 'government', 'laboratory', 'company', 'cooperative', 'nonprofit'
);

CREATE TABLE organisation (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    name varchar(200) NOT NULL,
    kind organisation_kind NOT NULL,
    country_code char(2) DEFAULT 'US' NOT NULL,
    website varchar(300),
    parent_id integer REFERENCES organisation (id) ON DELETE SET NULL,
    CONSTRAINT organisation_not_its_own_parent CHECK (parent_id <> id),
    CONSTRAINT organisation_country_code_format CHECK (country_code ~ '^[A-Z]{2}$')
);

CREATE UNIQUE INDEX uq_organisation_name_lower ON organisation (lower(name));
CREATE INDEX ix_organisation_parent_id ON organisation (parent_id);

COMMENT ON TABLE organisation IS
    'Bodies that fund projects, run laboratories and operate facilities';
COMMENT ON COLUMN organisation.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN organisation.country_code IS 'ISO 3166-1 alpha-2';

CREATE TABLE person (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    given_name varchar(80) NOT NULL,
    family_name varchar(80) NOT NULL,
    email varchar(254),
    orcid varchar(19),
    organisation_id integer REFERENCES organisation (id) ON DELETE SET NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT person_orcid_format CHECK (orcid ~ '^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$')
);

-- An address may pass to a successor, so it is unique only among those who are still here.
CREATE UNIQUE INDEX uq_person_email_lower ON person (lower(email)) WHERE active;
CREATE UNIQUE INDEX uq_person_orcid ON person (orcid) WHERE orcid IS NOT NULL;
CREATE INDEX ix_person_family_name_given_name ON person (family_name, given_name);
CREATE INDEX ix_person_organisation_id ON person (organisation_id);

COMMENT ON COLUMN person.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN person.orcid IS
    'The sixteen digits with their hyphens, without https://orcid.org/';

CREATE TABLE project (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    code varchar(20) NOT NULL UNIQUE,
    title varchar(200) NOT NULL,
    funder_id integer NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    starts_on date NOT NULL,
    ends_on date,
    budget numeric(14, 2),
    keywords text[] DEFAULT '{}' NOT NULL,
    CONSTRAINT project_dates_in_order CHECK (ends_on >= starts_on),
    CONSTRAINT project_budget_not_negative CHECK (budget >= 0)
);

CREATE INDEX ix_project_funder_id ON project (funder_id);
CREATE INDEX ix_project_keywords ON project USING gin (keywords);

COMMENT ON COLUMN project.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN project.budget IS 'US dollars';

CREATE TYPE project_role AS ENUM ('lead', 'researcher', 'technician', 'partner');

CREATE TABLE project_member (
    project_id integer NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    person_id integer NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    role project_role DEFAULT 'researcher' NOT NULL,
    joined_on date DEFAULT CURRENT_DATE NOT NULL,
    PRIMARY KEY (project_id, person_id)
);

CREATE UNIQUE INDEX uq_project_member_lead ON project_member (project_id) WHERE role = 'lead';
CREATE INDEX ix_project_member_person_id ON project_member (person_id);

-- Places

CREATE TYPE region_kind AS ENUM ('country', 'state', 'county');

CREATE TABLE region (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    code varchar(12) NOT NULL UNIQUE,
    name varchar(120) NOT NULL,
    kind region_kind NOT NULL,
    parent_id integer REFERENCES region (id) ON DELETE RESTRICT,
    area_km2 numeric(12, 2),
    CONSTRAINT uq_region_parent_id_name UNIQUE (parent_id, name),
    CONSTRAINT region_area_positive CHECK (area_km2 > 0),
    CONSTRAINT region_not_its_own_parent CHECK (parent_id <> id)
);

-- A unique constraint lets any number of empty parents pass, so the top level has its own.
CREATE UNIQUE INDEX uq_region_name_at_top ON region (name) WHERE parent_id IS NULL;

COMMENT ON TABLE region IS 'Administrative areas that supply is counted by';
COMMENT ON COLUMN region.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN region.code IS 'FIPS code: two digits for a state, five for a county';

CREATE TABLE site (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    latitude numeric(8, 6) NOT NULL,
    longitude numeric(9, 6) NOT NULL,
    name varchar(160) NOT NULL,
    region_id integer NOT NULL REFERENCES region (id) ON DELETE RESTRICT,
    address text,
    elevation_m numeric(6, 1),
    CONSTRAINT uq_site_region_id_name UNIQUE (region_id, name),
    CONSTRAINT site_latitude_range CHECK (latitude BETWEEN -90 AND 90),
    CONSTRAINT site_longitude_range CHECK (longitude BETWEEN -180 AND 180)
);

CREATE INDEX ix_site_latitude_longitude ON site (latitude, longitude);
CREATE INDEX ix_site_search ON site
    USING gin (to_tsvector('english'::regconfig, (name || ' ') || coalesce(address, '')));

COMMENT ON COLUMN site.import_run_id IS
    'The import that wrote this row; empty where a person did';

CREATE TYPE land_use AS ENUM ('cropland', 'orchard', 'forest', 'rangeland', 'industrial');

CREATE TABLE parcel (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    site_id integer NOT NULL REFERENCES site (id) ON DELETE CASCADE,
    region_id integer NOT NULL REFERENCES region (id) ON DELETE RESTRICT,
    assessor_number varchar(32) NOT NULL,
    land_use land_use NOT NULL,
    area_ha numeric(10, 2) NOT NULL,
    owner_id integer REFERENCES organisation (id) ON DELETE SET NULL,
    CONSTRAINT uq_parcel_region_id_assessor_number UNIQUE (region_id, assessor_number),
    CONSTRAINT parcel_area_positive CHECK (area_ha > 0)
);

CREATE INDEX ix_parcel_site_id ON parcel (site_id);
CREATE INDEX ix_parcel_owner_id ON parcel (owner_id);

COMMENT ON COLUMN parcel.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN parcel.area_ha IS 'Hectares';
