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
