-- Sample data, part 6: methods, parameters, runs and their measurements.

-- A number from 0 to 1 that depends on its key alone.
CREATE OR REPLACE FUNCTION pg_temp.share(key text) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(key), 1, 8))::bit(32)::bigint / 4294967296.0
$$;

INSERT INTO analysis_method (name, uri, standard_code, edition, technique)
VALUES
    ('Proximate analysis of solid biofuels', NULL, 'ASTM E870', '1998', 'proximate'),
    (
        'Total carbon, hydrogen and nitrogen', 'https://www.iso.org/standard/58004.html',
        'ISO 16948', '2015', 'ultimate'
    ),
    (
        'Calorific value', 'https://www.iso.org/standard/61517.html',
        'ISO 18125', '2017', 'calorimetry'
    )
ON CONFLICT DO NOTHING;

-- The constraint on positions is deferred, and such a constraint cannot decide a conflict.
INSERT INTO parameter (
    name, symbol, unit, decimals, lower_limit, upper_limit, position, description
)
VALUES
    ('Ash', 'ASH', '%', 2, 0, 60, 1, 'Per cent of the dry mass'),
    ('Volatile matter', 'VM', '%', 2, 20, 95, 2, 'Per cent of the dry mass'),
    ('Fixed carbon', 'FC', '%', 2, 2, 60, 3, 'Per cent of the dry mass'),
    ('Carbon', 'C', '%', 2, 20, 65, 4, 'Per cent of the dry mass'),
    ('Hydrogen', 'H', '%', 2, 2, 9, 5, 'Per cent of the dry mass'),
    ('Nitrogen', 'N', '%', 3, 0, 8, 6, 'Per cent of the dry mass'),
    ('Higher heating value', 'HHV', 'MJ/kg', 3, 8, 26, 7, 'Of the dry mass, at constant volume')
ON CONFLICT (name) DO NOTHING;

-- One run of each method on every sample that is analysed; one in twelve failed and was repeated.
INSERT INTO analysis_run (
    import_run_id, field_sample_id, analysis_method_id, laboratory_id, run_number, started_at,
    finished_at, status, settings
)
SELECT
    sample.import_run_id,
    sample.id,
    method.id,
    laboratory.id,
    n,
    start.started_at,
    start.started_at + interval '95 minutes',
    CASE WHEN n = start.runs THEN 'accepted' ELSE 'failed' END::run_status,
    jsonb_build_object(
        'instrument', left(method.standard_code, 3) || '-' || left(md5(sample.code), 1),
        'furnace_c', CASE WHEN method.technique = 'proximate' THEN 575 END
    )
FROM field_sample AS sample
JOIN import_run ON import_run.id = sample.import_run_id AND import_run.pipeline = 'sample_data'
CROSS JOIN analysis_method AS method
JOIN organisation AS laboratory
    ON laboratory.name = CASE method.technique
        WHEN 'calorimetry' THEN 'Tamarack Fuel Laboratory'
        WHEN 'ultimate' THEN 'Fraser Bioanalytics'
        ELSE 'Bluebunch Analytical'
    END
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN pg_temp.share('again' || sample.code || method.standard_code) < 0.083 THEN 2
        ELSE 1
    END AS runs
) AS tries
CROSS JOIN LATERAL generate_series(1, tries.runs) AS n
CROSS JOIN LATERAL (
    SELECT
        tries.runs,
        sample.received_at
            + interval '24 hours' * (2 + 9 * pg_temp.share('queue' || sample.code) + n)
            AS started_at
) AS start
WHERE sample.status IN ('analysed', 'archived')
    AND method.standard_code IN ('ASTM E870', 'ISO 16948', 'ISO 18125')
ORDER BY start.started_at, sample.code, method.standard_code
ON CONFLICT DO NOTHING;

-- What arrived last is still waiting for its run.
INSERT INTO analysis_run (
    import_run_id, field_sample_id, analysis_method_id, laboratory_id, started_at, status
)
SELECT
    sample.import_run_id, sample.id, method.id, laboratory.id,
    sample.received_at + interval '1440 hours', 'planned'
FROM field_sample AS sample
JOIN import_run ON import_run.id = sample.import_run_id AND import_run.pipeline = 'sample_data'
JOIN analysis_method AS method ON method.standard_code = 'ASTM E870'
JOIN organisation AS laboratory ON laboratory.name = 'Bluebunch Analytical'
WHERE sample.status = 'received' AND sample.parent_sample_id IS NULL
ORDER BY sample.code
ON CONFLICT DO NOTHING;

-- Two replicates of each parameter around what is usual for the resource. Fixed carbon is what ash
-- and volatile matter leave.
INSERT INTO measurement (
    import_run_id, analysis_run_id, parameter_id, replicate, value, uncertainty, qualifier
)
SELECT
    run.import_run_id,
    run.id,
    parameter.id,
    replicate,
    round((
        usual.value
        * (0.94 + 0.12 * pg_temp.share('sample' || sample.code || usual.symbol))
        * (0.99 + 0.02 * pg_temp.share('replicate' || replicate || sample.code || usual.symbol))
        * CASE WHEN odd.one THEN 1.35 ELSE 1 END
    )::numeric, 6),
    round((usual.value * 0.01)::numeric, 6),
    CASE
        WHEN odd.one THEN 'outlier'
        WHEN usual.symbol = 'N' AND usual.value < 0.2 THEN 'estimated'
    END::qualifier
FROM (
    VALUES
        ('WHEAT-STRAW', 7.0, 76.0, 45.6, 5.7, 0.62, 18.1),
        ('BARLEY-STRAW', 6.1, 77.2, 45.9, 5.8, 0.58, 18.2),
        ('CORN-STOVER', 6.4, 75.4, 46.1, 5.7, 0.71, 18.0),
        ('GRASS-STRAW', 6.9, 75.8, 45.2, 5.6, 1.05, 17.9),
        ('HAZEL-SHELL', 1.4, 76.3, 51.2, 5.9, 0.35, 20.2),
        ('HAZEL-PRUNE', 2.6, 78.9, 48.8, 6.0, 0.66, 19.3),
        ('ORCHARD-WOOD', 1.9, 80.2, 49.1, 5.9, 0.42, 19.4),
        ('PINE-THIN', 0.8, 82.1, 51.0, 6.1, 0.15, 20.4),
        ('FIR-SLASH', 1.6, 80.6, 50.7, 6.0, 0.24, 20.3),
        ('JUNIPER', 2.1, 79.4, 50.9, 6.0, 0.31, 20.6),
        ('SAWDUST', 0.6, 83.0, 50.3, 6.1, 0.12, 20.1),
        ('BEET-PULP', 4.3, 78.5, 44.1, 6.0, 1.45, 17.4),
        ('DAIRY-SOLIDS', 16.2, 66.4, 42.3, 5.3, 2.3, 16.8)
) AS typical (code, ash, volatile, carbon, hydrogen, nitrogen, heating_value)
JOIN resource ON resource.code = typical.code
JOIN field_sample AS sample ON sample.resource_id = resource.id
JOIN analysis_run AS run ON run.field_sample_id = sample.id AND run.status = 'accepted'
JOIN import_run ON import_run.id = run.import_run_id AND import_run.pipeline = 'sample_data'
JOIN analysis_method AS method ON method.id = run.analysis_method_id
CROSS JOIN LATERAL (
    VALUES
        ('ASH', 'proximate', typical.ash),
        ('VM', 'proximate', typical.volatile),
        ('FC', 'proximate', 100 - typical.ash - typical.volatile),
        ('C', 'ultimate', typical.carbon),
        ('H', 'ultimate', typical.hydrogen),
        ('N', 'ultimate', typical.nitrogen),
        ('HHV', 'calorimetry', typical.heating_value)
) AS usual (symbol, technique, value)
JOIN parameter ON parameter.symbol = usual.symbol
CROSS JOIN generate_series(1, 2) AS replicate
CROSS JOIN LATERAL (
    SELECT pg_temp.share('odd' || replicate || sample.code || usual.symbol) < 0.01 AS one
) AS odd
WHERE usual.technique = method.technique::text
ORDER BY run.id, parameter.position, replicate
ON CONFLICT DO NOTHING;
