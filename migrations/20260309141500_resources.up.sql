-- Biomass resources and how much of them there is
--
-- revision: 20260309141500
-- revises: 20260301090000

CREATE TABLE resource_class (
    id serial PRIMARY KEY,
    name varchar(120) NOT NULL UNIQUE,
    description text,
    uri varchar(300),
    sort_order smallint DEFAULT 0 NOT NULL
);

CREATE TABLE species (
    id serial PRIMARY KEY,
    name varchar(120) NOT NULL UNIQUE,
    description text,
    uri varchar(300),
    scientific_name varchar(160) NOT NULL UNIQUE,
    woody boolean DEFAULT false NOT NULL
);

CREATE TABLE resource (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    code varchar(24) NOT NULL UNIQUE,
    name varchar(160) NOT NULL,
    resource_class_id integer NOT NULL REFERENCES resource_class (id) ON DELETE RESTRICT,
    harvest_months smallint[] DEFAULT '{}' NOT NULL,
    aliases text[] DEFAULT '{}' NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    discontinued_on date,
    CONSTRAINT resource_harvest_months_valid CHECK (
        harvest_months <@ ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]::smallint[]
    ),
    CONSTRAINT resource_attributes_object CHECK (jsonb_typeof(attributes) = 'object')
);

CREATE INDEX ix_resource_resource_class_id ON resource (resource_class_id);
CREATE INDEX ix_resource_current ON resource (resource_class_id, name)
    WHERE discontinued_on IS NULL;
CREATE INDEX ix_resource_aliases ON resource USING gin (aliases);
CREATE INDEX ix_resource_attributes ON resource USING gin (attributes jsonb_path_ops);

COMMENT ON TABLE resource IS 'Kinds of biomass, one row a material';
COMMENT ON COLUMN resource.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN resource.harvest_months IS 'Months in which it falls due, 1 to 12';

CREATE TABLE resource_species (
    resource_id integer NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    species_id integer NOT NULL REFERENCES species (id) ON DELETE RESTRICT,
    PRIMARY KEY (resource_id, species_id)
);

CREATE INDEX ix_resource_species_species_id ON resource_species (species_id);

CREATE TYPE data_quality AS ENUM ('measured', 'reported', 'modelled', 'assumed');

CREATE TABLE resource_availability (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    resource_id integer NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    region_id integer NOT NULL REFERENCES region (id) ON DELETE RESTRICT,
    year smallint NOT NULL,
    gross_dry_tonnes numeric(14, 3) NOT NULL,
    recoverable_fraction numeric(4, 3) DEFAULT 0.5 NOT NULL,
    recoverable_dry_tonnes numeric(14, 3)
        GENERATED ALWAYS AS (gross_dry_tonnes * recoverable_fraction) STORED,
    quality data_quality DEFAULT 'modelled' NOT NULL,
    CONSTRAINT uq_resource_availability_resource_id_region_id_year
        UNIQUE (resource_id, region_id, year),
    CONSTRAINT resource_availability_gross_not_negative CHECK (gross_dry_tonnes >= 0),
    CONSTRAINT resource_availability_fraction_range
        CHECK (recoverable_fraction BETWEEN 0 AND 1),
    CONSTRAINT resource_availability_year_range CHECK (year BETWEEN 1990 AND 2100)
);

CREATE INDEX ix_resource_availability_region_id_year
    ON resource_availability (region_id, year DESC);

COMMENT ON TABLE resource_availability IS 'Dry tonnes a year by resource and region';
COMMENT ON COLUMN resource_availability.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN resource_availability.recoverable_fraction IS
    'Share that can be taken without harm to the soil';
