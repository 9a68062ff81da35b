-- Which facilities are well sited: those that fill their capacity with the least spent on hauling.

CREATE MATERIALIZED VIEW reporting.site_ranking AS
WITH reach AS (
    SELECT
        catchment.facility_id,
        count(DISTINCT catchment.region_id) AS regions,
        sum(catchment.dry_tonnes) AS dry_tonnes,
        sum(catchment.gigajoules) AS gigajoules,
        sum(catchment.dry_tonnes * catchment.haul_cost_per_tonne) AS haul_cost
    FROM reporting.facility_catchment AS catchment
    GROUP BY catchment.facility_id
)
SELECT
    facility.id AS facility_id,
    facility.name AS facility,
    facility.kind,
    facility.status,
    site.name AS site,
    region.name AS region,
    reach.regions,
    reach.dry_tonnes,
    round(reach.dry_tonnes / facility.capacity_t_per_year, 2) AS times_capacity,
    round(reach.haul_cost / nullif(reach.gigajoules, 0), 3) AS haul_cost_per_gigajoule,
    rank() OVER (
        ORDER BY
            least(reach.dry_tonnes / facility.capacity_t_per_year, 1) DESC,
            reach.haul_cost / nullif(reach.gigajoules, 0),
            facility.id
    ) AS place
FROM reach
JOIN facility ON facility.id = reach.facility_id
JOIN site ON site.id = facility.site_id
JOIN region ON region.id = site.region_id
WITH NO DATA;

CREATE UNIQUE INDEX uq_site_ranking_facility_id ON reporting.site_ranking (facility_id);
CREATE INDEX ix_site_ranking_place ON reporting.site_ranking (place);

COMMENT ON MATERIALIZED VIEW reporting.site_ranking IS
    'Facilities in the order of how well they are sited';
