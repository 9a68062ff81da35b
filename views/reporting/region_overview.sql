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
