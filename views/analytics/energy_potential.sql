-- The heat in what a region yields. A higher heating value in MJ/kg times dry tonnes is gigajoules.

CREATE MATERIALIZED VIEW analytics.energy_potential AS
SELECT
    supply.region_id,
    supply.resource_id,
    supply.year,
    supply.recoverable_dry_tonnes,
    profile.mean_value AS heating_value,
    round(supply.recoverable_dry_tonnes * profile.mean_value, 1) AS gigajoules,
    profile.samples AS heating_value_samples
FROM analytics.regional_supply AS supply
JOIN analytics.resource_profile AS profile
    ON profile.resource_id = supply.resource_id AND profile.symbol = 'HHV'
WITH NO DATA;

CREATE UNIQUE INDEX uq_energy_potential_region_id_resource_id_year
    ON analytics.energy_potential (region_id, resource_id, year);
CREATE INDEX ix_energy_potential_gigajoules ON analytics.energy_potential (year, gigajoules DESC);

COMMENT ON MATERIALIZED VIEW analytics.energy_potential IS
    'Recoverable energy by region, resource and year';
