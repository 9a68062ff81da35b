-- Facilities, what they take, and the roads to them
--
-- revision: 20260422112000
-- revises: 20260408160500

CREATE TYPE facility_kind AS ENUM (
    'power_plant', 'pellet_mill', 'gasifier', 'biochar_kiln', 'anaerobic_digester'
);
CREATE TYPE facility_status AS ENUM ('proposed', 'permitted', 'operating', 'closed');

CREATE TABLE facility (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    site_id integer NOT NULL REFERENCES site (id) ON DELETE RESTRICT,
    operator_id integer REFERENCES organisation (id) ON DELETE SET NULL,
    name varchar(160) NOT NULL,
    kind facility_kind NOT NULL,
    status facility_status DEFAULT 'proposed' NOT NULL,
    commissioned_on date,
    closed_on date,
    capacity_t_per_year numeric(12, 1) NOT NULL,
    max_haul_km smallint DEFAULT 120 NOT NULL,
    contact jsonb,
    CONSTRAINT uq_facility_site_id_name UNIQUE (site_id, name),
    CONSTRAINT facility_capacity_positive CHECK (capacity_t_per_year > 0),
    CONSTRAINT facility_max_haul_positive CHECK (max_haul_km > 0),
    CONSTRAINT facility_dates_in_order CHECK (closed_on >= commissioned_on)
);

CREATE INDEX ix_facility_operator_id ON facility (operator_id);
CREATE INDEX ix_facility_in_use ON facility (kind) WHERE status IN ('permitted', 'operating');

COMMENT ON TABLE facility IS 'Plants, from the first proposal to the closing';
COMMENT ON COLUMN facility.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN facility.capacity_t_per_year IS 'Dry tonnes a year';

CREATE TABLE facility_feedstock (
    facility_id integer NOT NULL REFERENCES facility (id) ON DELETE CASCADE,
    resource_id integer NOT NULL REFERENCES resource (id) ON DELETE RESTRICT,
    max_share numeric(4, 3) DEFAULT 1 NOT NULL,
    PRIMARY KEY (facility_id, resource_id),
    CONSTRAINT facility_feedstock_max_share_range CHECK (max_share > 0 AND max_share <= 1)
);

CREATE INDEX ix_facility_feedstock_resource_id ON facility_feedstock (resource_id);

CREATE TABLE haul_route (
    id serial PRIMARY KEY,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    import_run_id integer REFERENCES import_run (id) ON DELETE SET NULL,
    facility_id integer NOT NULL REFERENCES facility (id) ON DELETE CASCADE,
    region_id integer NOT NULL REFERENCES region (id) ON DELETE CASCADE,
    distance_km numeric(7, 2) NOT NULL,
    drive_minutes smallint,
    cost_per_tonne_km numeric(8, 4) DEFAULT 0.12 NOT NULL,
    surveyed_at timestamp without time zone,
    CONSTRAINT uq_haul_route_facility_id_region_id UNIQUE (facility_id, region_id),
    CONSTRAINT haul_route_distance_not_negative CHECK (distance_km >= 0),
    CONSTRAINT haul_route_drive_minutes_not_negative CHECK (drive_minutes >= 0)
);

CREATE INDEX ix_haul_route_region_id ON haul_route (region_id);

COMMENT ON COLUMN haul_route.import_run_id IS
    'The import that wrote this row; empty where a person did';
COMMENT ON COLUMN haul_route.cost_per_tonne_km IS 'US dollars';
