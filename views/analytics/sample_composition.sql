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
