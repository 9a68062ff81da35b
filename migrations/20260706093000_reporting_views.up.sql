-- Reporting views: catchments, rankings, regions and campaigns
--
-- revision: 20260706093000
-- revises: 20260622101500

CREATE SCHEMA reporting;

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

-- A region at a glance: what it yields in its latest year, what was sampled and what stands there.

CREATE MATERIALIZED VIEW reporting.region_overview AS
WITH yield_of_year AS (
    SELECT
        potential.region_id,
        potential.year,
        sum(potential.recoverable_dry_tonnes) AS dry_tonnes,
        sum(potential.gigajoules) AS gigajoules,
        row_number() OVER (
            PARTITION BY potential.region_id ORDER BY potential.year DESC
        ) AS years_back
    FROM analytics.energy_potential AS potential
    GROUP BY potential.region_id, potential.year
),

on_the_ground AS (
    SELECT
        site.region_id,
        count(DISTINCT site.id) AS sites,
        count(DISTINCT sample.id) AS samples,
        count(DISTINCT facility.id) AS facilities
    FROM site
    LEFT JOIN field_sample AS sample ON sample.site_id = site.id
    LEFT JOIN facility ON facility.site_id = site.id AND facility.status <> 'closed'
    GROUP BY site.region_id
)
SELECT
    region.id AS region_id,
    region.code,
    region.name AS region,
    state.name AS state,
    latest.year,
    coalesce(latest.dry_tonnes, 0) AS dry_tonnes,
    coalesce(latest.gigajoules, 0) AS gigajoules,
    round(latest.dry_tonnes / region.area_km2, 2) AS dry_tonnes_per_km2,
    coalesce(ground.sites, 0) AS sites,
    coalesce(ground.samples, 0) AS samples,
    coalesce(ground.facilities, 0) AS facilities
FROM region
JOIN region AS state ON state.id = region.parent_id
LEFT JOIN yield_of_year AS latest ON latest.region_id = region.id AND latest.years_back = 1
LEFT JOIN on_the_ground AS ground ON ground.region_id = region.id
WHERE region.kind = 'county'
WITH NO DATA;

CREATE UNIQUE INDEX uq_region_overview_region_id ON reporting.region_overview (region_id);
CREATE INDEX ix_region_overview_gigajoules ON reporting.region_overview (gigajoules DESC);

COMMENT ON MATERIALIZED VIEW reporting.region_overview IS
    'Yield, samples and facilities of each county';

-- How far a campaign has come: samples wanted, taken, received and analysed.

CREATE MATERIALIZED VIEW reporting.campaign_progress AS
SELECT
    campaign.id AS sampling_campaign_id,
    project.code AS project_code,
    campaign.name AS campaign,
    campaign.target_samples,
    count(sample.id) AS samples,
    count(sample.received_at) AS received,
    count(sample.id) FILTER (WHERE sample.status IN ('analysed', 'archived')) AS analysed,
    count(sample.id) FILTER (WHERE sample.status = 'rejected') AS rejected,
    round(100.0 * count(sample.id) / nullif(campaign.target_samples, 0), 1) AS per_cent_of_target,
    min(sample.taken_at AT TIME ZONE site.time_zone) AS first_taken_at,
    max(sample.taken_at AT TIME ZONE site.time_zone) AS last_taken_at
FROM sampling_campaign AS campaign
JOIN project ON project.id = campaign.project_id
LEFT JOIN field_sample AS sample ON sample.sampling_campaign_id = campaign.id
LEFT JOIN site ON site.id = sample.site_id
GROUP BY campaign.id, project.code
WITH NO DATA;

CREATE UNIQUE INDEX uq_campaign_progress_sampling_campaign_id
    ON reporting.campaign_progress (sampling_campaign_id);

COMMENT ON MATERIALIZED VIEW reporting.campaign_progress IS
    'Samples of each campaign by how far they have come';
