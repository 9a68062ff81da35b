-- Field sampling: campaigns, samples and their chain of custody
--
-- revision: 20260323101000
-- revises: 20260309141500

CREATE TABLE sampling_campaign (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    project_id integer NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name varchar(120) NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    target_samples smallint,
    protocol_uri varchar(300),
    CONSTRAINT uq_sampling_campaign_project_id_name UNIQUE (project_id, name),
    CONSTRAINT sampling_campaign_dates_in_order CHECK (ends_on >= starts_on),
    CONSTRAINT sampling_campaign_target_positive CHECK (target_samples > 0)
);

COMMENT ON COLUMN sampling_campaign.import_run_id IS
    'The import that wrote this row; empty where a person did';

CREATE TABLE storage_condition (
    id serial PRIMARY KEY,
    name varchar(120) NOT NULL UNIQUE,
    description text,
    uri varchar(300),
    temperature_c numeric(5, 2),
    max_days smallint,
    CONSTRAINT storage_condition_max_days_positive CHECK (max_days > 0)
);

CREATE TYPE sample_status AS ENUM ('collected', 'received', 'analysed', 'rejected');

CREATE TABLE field_sample (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    sampling_campaign_id integer NOT NULL REFERENCES sampling_campaign (id) ON DELETE RESTRICT,
    site_id integer NOT NULL REFERENCES site (id) ON DELETE RESTRICT,
    resource_id integer NOT NULL REFERENCES resource (id) ON DELETE RESTRICT,
    collected_by_id integer REFERENCES person (id) ON DELETE SET NULL,
    storage_condition_id integer REFERENCES storage_condition (id) ON DELETE SET NULL,
    parent_sample_id integer REFERENCES field_sample (id) ON DELETE CASCADE,
    code varchar(32) NOT NULL,
    barcode varchar(48),
    taken_at timestamp without time zone NOT NULL,
    received_at timestamp with time zone,
    wet_mass_kg numeric(8, 3),
    moisture_pct numeric(5, 2),
    status sample_status DEFAULT 'collected' NOT NULL,
    notes text,
    CONSTRAINT uq_field_sample_sampling_campaign_id_code UNIQUE (sampling_campaign_id, code),
    CONSTRAINT field_sample_wet_mass_positive CHECK (wet_mass_kg > 0),
    CONSTRAINT field_sample_moisture_range CHECK (moisture_pct BETWEEN 0 AND 100),
    CONSTRAINT field_sample_not_its_own_parent CHECK (parent_sample_id <> id)
);

CREATE UNIQUE INDEX uq_field_sample_barcode ON field_sample (barcode) WHERE barcode IS NOT NULL;
CREATE INDEX ix_field_sample_in_transit ON field_sample (taken_at) WHERE received_at IS NULL;
CREATE INDEX ix_field_sample_site_id ON field_sample (site_id);
CREATE INDEX ix_field_sample_resource_id ON field_sample (resource_id);
CREATE INDEX ix_field_sample_collected_by_id ON field_sample (collected_by_id);
CREATE INDEX ix_field_sample_parent_sample_id ON field_sample (parent_sample_id);

COMMENT ON TABLE field_sample IS 'Material collected in the field, one row a bag';
COMMENT ON COLUMN field_sample.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN field_sample.taken_at IS 'Wall-clock time at the site';
COMMENT ON COLUMN field_sample.moisture_pct IS
    'Per cent of the wet mass, by the meter used in the field';

CREATE TYPE custody_event_kind AS ENUM (
    'collected', 'handed_over', 'received', 'split', 'disposed'
);

CREATE TABLE custody_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    field_sample_id integer NOT NULL REFERENCES field_sample (id) ON DELETE CASCADE,
    kind custody_event_kind NOT NULL,
    happened_at timestamp with time zone DEFAULT now() NOT NULL,
    person_id integer REFERENCES person (id) ON DELETE SET NULL,
    details jsonb,
    CONSTRAINT uq_custody_event_field_sample_id_step UNIQUE (field_sample_id, happened_at, kind)
);

-- Rows arrive in the order of time, which is what a BRIN index is small and quick for.
CREATE INDEX ix_custody_event_happened_at ON custody_event USING brin (happened_at);
CREATE INDEX ix_custody_event_person_id ON custody_event (person_id);

COMMENT ON TABLE custody_event IS 'Chain of custody; append only';
