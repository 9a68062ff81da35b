-- Laboratory analyses: methods, parameters, runs and measurements
--
-- revision: 20260406093000
-- revises: 20260309141500
-- depends-on: 20260323101000
-- branch-labels: laboratory

-- The laboratory works on a branch of its own. It left the trunk before field sampling was there,
-- but a run is made on a field sample: hence the dependency.

CREATE TYPE analysis_technique AS ENUM (
    'proximate', 'ultimate', 'calorimetry', 'compositional', 'ash_chemistry'
);

CREATE TABLE analysis_method (
    id serial PRIMARY KEY,
    name varchar(120) NOT NULL UNIQUE,
    description text,
    uri varchar(300),
    standard_code varchar(40) NOT NULL,
    edition varchar(20) NOT NULL,
    technique analysis_technique NOT NULL,
    retired_on date,
    CONSTRAINT uq_analysis_method_standard_code_edition UNIQUE (standard_code, edition)
);

CREATE INDEX ix_analysis_method_technique ON analysis_method (technique);

CREATE TABLE parameter (
    id serial PRIMARY KEY,
    name varchar(120) NOT NULL UNIQUE,
    description text,
    uri varchar(300),
    symbol varchar(16) NOT NULL UNIQUE,
    unit varchar(24) NOT NULL,
    decimals smallint DEFAULT 2 NOT NULL,
    lower_limit numeric(14, 6),
    upper_limit numeric(14, 6),
    position smallint NOT NULL,
    -- Deferred, so that two parameters can change places in one transaction.
    CONSTRAINT uq_parameter_position UNIQUE (position) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT parameter_decimals_range CHECK (decimals BETWEEN 0 AND 6),
    CONSTRAINT parameter_limits_in_order CHECK (lower_limit < upper_limit)
);

COMMENT ON COLUMN parameter.unit IS 'UCUM code';
COMMENT ON COLUMN parameter.position IS 'Place in reports, from 1';

CREATE TYPE run_status AS ENUM ('planned', 'running', 'accepted', 'failed');

CREATE TABLE analysis_run (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    field_sample_id integer NOT NULL REFERENCES field_sample (id) ON DELETE CASCADE,
    analysis_method_id integer NOT NULL REFERENCES analysis_method (id) ON DELETE RESTRICT,
    laboratory_id integer NOT NULL REFERENCES organisation (id) ON DELETE RESTRICT,
    analyst_id integer REFERENCES person (id) ON DELETE SET NULL,
    run_number smallint DEFAULT 1 NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    status run_status DEFAULT 'planned' NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT uq_analysis_run_field_sample_id_method_run_number
        UNIQUE (field_sample_id, analysis_method_id, run_number),
    CONSTRAINT analysis_run_times_in_order CHECK (finished_at >= started_at),
    CONSTRAINT analysis_run_accepted_is_finished
        CHECK (status <> 'accepted' OR finished_at IS NOT NULL)
);

CREATE INDEX ix_analysis_run_analysis_method_id ON analysis_run (analysis_method_id);
CREATE INDEX ix_analysis_run_laboratory_id ON analysis_run (laboratory_id);
CREATE INDEX ix_analysis_run_open ON analysis_run (laboratory_id, started_at)
    WHERE finished_at IS NULL;

COMMENT ON COLUMN analysis_run.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN analysis_run.settings IS 'Instrument settings as the instrument wrote them';

CREATE TYPE qualifier AS ENUM ('below_detection', 'estimated', 'outlier');

CREATE TABLE measurement (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    analysis_run_id integer NOT NULL REFERENCES analysis_run (id) ON DELETE CASCADE,
    parameter_id integer NOT NULL REFERENCES parameter (id) ON DELETE RESTRICT,
    replicate smallint DEFAULT 1 NOT NULL,
    value numeric(14, 6) NOT NULL,
    error numeric(14, 6),
    qualifier qualifier,
    CONSTRAINT uq_measurement_analysis_run_id_parameter_id_replicate
        UNIQUE (analysis_run_id, parameter_id, replicate),
    CONSTRAINT measurement_replicate_positive CHECK (replicate > 0),
    CONSTRAINT measurement_error_not_negative CHECK (error >= 0)
);

COMMENT ON COLUMN measurement.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN measurement.error IS 'In the unit of the parameter';
