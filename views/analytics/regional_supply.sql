-- What a region yields in a year, with its share of what the state yields.

CREATE MATERIALIZED VIEW analytics.regional_supply AS
SELECT
    availability.region_id,
    availability.resource_id,
    availability.year,
    region.parent_id AS state_id,
    region.name AS region,
    resource.name AS resource,
    availability.gross_dry_tonnes,
    availability.recoverable_dry_tonnes,
    availability.quality,
    round(
        availability.recoverable_dry_tonnes / nullif(sum(availability.recoverable_dry_tonnes) OVER (
            PARTITION BY region.parent_id, availability.resource_id, availability.year
        ), 0),
        4
    ) AS share_of_state
FROM resource_availability AS availability
JOIN region ON region.id = availability.region_id
JOIN resource ON resource.id = availability.resource_id
WHERE resource.discontinued_on IS NULL
WITH NO DATA;

CREATE UNIQUE INDEX uq_regional_supply_region_id_resource_id_year
    ON analytics.regional_supply (region_id, resource_id, year);
CREATE INDEX ix_regional_supply_year ON analytics.regional_supply (year DESC, resource_id);

COMMENT ON MATERIALIZED VIEW analytics.regional_supply IS
    'Dry tonnes by region, resource and year';
