-- External data: sources, data sets, crop statistics and prices
--
-- revision: 20260408160500
-- revises: 20260323101000

CREATE TYPE licence AS ENUM ('public_domain', 'cc_by', 'cc_by_sa', 'proprietary');

CREATE TABLE data_source (
    id serial PRIMARY KEY,
    name varchar(120) NOT NULL UNIQUE,
    description text,
    uri varchar(300),
    publisher varchar(160) NOT NULL,
    licence licence NOT NULL,
    refresh_interval interval
);

CREATE TABLE dataset (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    data_source_id integer NOT NULL REFERENCES data_source (id) ON DELETE RESTRICT,
    edition varchar(40) NOT NULL,
    published_on date,
    retrieved_at timestamp with time zone DEFAULT now() NOT NULL,
    sha256 char(64),
    size_bytes bigint,
    provenance jsonb,
    CONSTRAINT uq_dataset_data_source_id_edition UNIQUE (data_source_id, edition),
    CONSTRAINT dataset_sha256_format CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT dataset_size_not_negative CHECK (size_bytes >= 0)
);

CREATE INDEX ix_dataset_provenance ON dataset USING gin (provenance);

COMMENT ON COLUMN dataset.import_run_id IS
    'The import that wrote this row; empty where a person did';

CREATE TABLE crop_statistic (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    dataset_id integer NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
    region_id integer NOT NULL REFERENCES region (id) ON DELETE RESTRICT,
    species_id integer NOT NULL REFERENCES species (id) ON DELETE RESTRICT,
    year smallint NOT NULL,
    harvested_ha numeric(12, 2) NOT NULL,
    production_t numeric(14, 2),
    quality data_quality DEFAULT 'reported' NOT NULL,
    CONSTRAINT uq_crop_statistic_dataset_id_region_id_species_id_year
        UNIQUE (dataset_id, region_id, species_id, year),
    CONSTRAINT crop_statistic_area_not_negative CHECK (harvested_ha >= 0),
    CONSTRAINT crop_statistic_production_not_negative CHECK (production_t >= 0)
);

CREATE INDEX ix_crop_statistic_region_id_year ON crop_statistic (region_id, year);
CREATE INDEX ix_crop_statistic_species_id ON crop_statistic (species_id);

COMMENT ON COLUMN crop_statistic.import_run_id IS
    'The import that wrote this row; empty where a person did';

CREATE TYPE currency AS ENUM ('USD', 'CAD', 'EUR');
CREATE TYPE price_basis AS ENUM ('roadside', 'delivered');

CREATE TABLE price_quote (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    dataset_id integer REFERENCES dataset (id) ON DELETE SET NULL,
    resource_id integer NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    region_id integer REFERENCES region (id) ON DELETE CASCADE,
    quoted_on date NOT NULL,
    price numeric(10, 2) NOT NULL,
    currency currency DEFAULT 'USD' NOT NULL,
    basis price_basis NOT NULL,
    CONSTRAINT price_quote_price_positive CHECK (price > 0)
);

-- One quote a day and basis, both for a region and for the market as a whole.
CREATE UNIQUE INDEX uq_price_quote_regional
    ON price_quote (resource_id, region_id, quoted_on, basis)
    WHERE region_id IS NOT NULL;
CREATE UNIQUE INDEX uq_price_quote_market
    ON price_quote (resource_id, quoted_on, basis)
    WHERE region_id IS NULL;
CREATE INDEX ix_price_quote_dataset_id ON price_quote (dataset_id);
CREATE INDEX ix_price_quote_region_id ON price_quote (region_id);

COMMENT ON COLUMN price_quote.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN price_quote.region_id IS 'Empty where the quote is for the whole market';
COMMENT ON COLUMN price_quote.price IS 'A dry tonne';
