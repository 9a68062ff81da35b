-- What a facility can draw on: the resources that it takes, in the regions within its reach, with
-- the cost of bringing a tonne in. Figures are of the latest year that a region has.

CREATE MATERIALIZED VIEW reporting.facility_catchment AS
WITH latest AS (
    SELECT DISTINCT ON (potential.region_id, potential.resource_id)
        potential.region_id,
        potential.resource_id,
        potential.year,
        potential.recoverable_dry_tonnes,
        potential.gigajoules
    FROM analytics.energy_potential AS potential
    ORDER BY potential.region_id, potential.resource_id, potential.year DESC
)
SELECT
    facility.id AS facility_id,
    route.region_id,
    feedstock.resource_id,
    facility.name AS facility,
    region.name AS region,
    latest.year,
    route.distance_km,
    round(latest.recoverable_dry_tonnes * feedstock.max_share, 1) AS dry_tonnes,
    round(latest.gigajoules * feedstock.max_share, 1) AS gigajoules,
    round(route.distance_km * route.cost_per_tonne_km, 2) AS haul_cost_per_tonne
FROM facility
JOIN haul_route AS route
    ON route.facility_id = facility.id AND route.distance_km <= facility.max_haul_km
JOIN facility_feedstock AS feedstock ON feedstock.facility_id = facility.id
JOIN latest
    ON latest.region_id = route.region_id AND latest.resource_id = feedstock.resource_id
JOIN region ON region.id = route.region_id
WHERE facility.status <> 'closed'
WITH NO DATA;

CREATE UNIQUE INDEX uq_facility_catchment_facility_id_region_id_resource_id
    ON reporting.facility_catchment (facility_id, region_id, resource_id);
CREATE INDEX ix_facility_catchment_region_id ON reporting.facility_catchment (region_id);

COMMENT ON MATERIALIZED VIEW reporting.facility_catchment IS
    'Tonnes, energy and haul cost within reach of each facility';
