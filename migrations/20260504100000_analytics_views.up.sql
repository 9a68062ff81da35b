-- Analytics views: composition, supply, energy and prices
--
-- revision: 20260504100000
-- revises: 20260427150000

CREATE SCHEMA analytics;

-- What one sample is made of: the accepted measurements of each parameter, put together.
-- Outliers are left out; replicates and repeated runs count alike.

CREATE MATERIALIZED VIEW analytics.sample_composition AS
SELECT
    analysis_run.field_sample_id,
    measurement.parameter_id,
    field_sample.resource_id,
    count(*) AS measurements,
    round(avg(measurement.value), 4) AS mean_value,
    round(stddev_samp(measurement.value), 4) AS standard_deviation,
    max(analysis_run.finished_at) AS last_measured_at
FROM measurement
JOIN analysis_run ON analysis_run.id = measurement.analysis_run_id
JOIN field_sample ON field_sample.id = analysis_run.field_sample_id
WHERE analysis_run.status = 'accepted'
    AND measurement.qualifier IS DISTINCT FROM 'outlier'
GROUP BY analysis_run.field_sample_id, measurement.parameter_id, field_sample.resource_id
WITH NO DATA;

CREATE UNIQUE INDEX uq_sample_composition_field_sample_id_parameter_id
    ON analytics.sample_composition (field_sample_id, parameter_id);
CREATE INDEX ix_sample_composition_resource_id_parameter_id
    ON analytics.sample_composition (resource_id, parameter_id);

COMMENT ON MATERIALIZED VIEW analytics.sample_composition IS
    'Mean value of each parameter of each sample, from accepted runs';

-- What a resource is like: how its samples spread on each parameter.

CREATE MATERIALIZED VIEW analytics.resource_profile AS
SELECT
    resource.id AS resource_id,
    parameter.id AS parameter_id,
    resource.name AS resource,
    parameter.symbol,
    parameter.unit,
    count(*) AS samples,
    round(avg(composition.mean_value), 4) AS mean_value,
    round(
        percentile_cont(0.1) WITHIN GROUP (ORDER BY composition.mean_value)::numeric, 4
    ) AS p10,
    round(
        percentile_cont(0.5) WITHIN GROUP (ORDER BY composition.mean_value)::numeric, 4
    ) AS median,
    round(
        percentile_cont(0.9) WITHIN GROUP (ORDER BY composition.mean_value)::numeric, 4
    ) AS p90
FROM analytics.sample_composition AS composition
JOIN resource ON resource.id = composition.resource_id
JOIN parameter ON parameter.id = composition.parameter_id
GROUP BY resource.id, parameter.id
WITH NO DATA;

CREATE UNIQUE INDEX uq_resource_profile_resource_id_parameter_id
    ON analytics.resource_profile (resource_id, parameter_id);
CREATE INDEX ix_resource_profile_symbol ON analytics.resource_profile (symbol, mean_value);

COMMENT ON MATERIALIZED VIEW analytics.resource_profile IS
    'Spread of each parameter over the samples of a resource';

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

-- What a dry tonne costs month by month, and on the average of three months. US dollars only.

CREATE MATERIALIZED VIEW analytics.price_trend AS
WITH monthly AS (
    SELECT
        price_quote.resource_id,
        price_quote.basis,
        date_trunc('month', price_quote.quoted_on::timestamp)::date AS month,
        count(*) AS quotes,
        round(avg(price_quote.price), 2) AS mean_price
    FROM price_quote
    WHERE price_quote.currency = 'USD'
    GROUP BY 1, 2, 3
)
SELECT
    monthly.resource_id,
    monthly.basis,
    monthly.month,
    resource.name AS resource,
    monthly.quotes,
    monthly.mean_price,
    round(avg(monthly.mean_price) OVER (
        PARTITION BY monthly.resource_id, monthly.basis
        ORDER BY monthly.month
        ROWS BETWEEN 2 PRECEDING AND CURRENT ROW
    ), 2) AS three_month_price
FROM monthly
JOIN resource ON resource.id = monthly.resource_id
WITH NO DATA;

CREATE UNIQUE INDEX uq_price_trend_resource_id_basis_month
    ON analytics.price_trend (resource_id, basis, month);

COMMENT ON MATERIALIZED VIEW analytics.price_trend IS
    'Monthly prices by resource and basis';
