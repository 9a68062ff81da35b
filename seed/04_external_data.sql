-- Sample data, part 4: sources, their editions, crop statistics and prices.

-- A number from 0 to 1 that depends on its key alone.
CREATE OR REPLACE FUNCTION pg_temp.share(key text) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(key), 1, 8))::bit(32)::bigint / 4294967296.0
$$;

INSERT INTO data_source (name, description, uri, publisher, licence, refresh_interval)
VALUES
    (
        'County crop survey', 'Area and production of field crops by county',
        'https://statistics.example/crops', 'Office of Farm Statistics', 'public_domain', '1 year'
    ),
    (
        'Fibre price bulletin', 'Prices of straw, chips and residues',
        'https://prices.example/fibre', 'Fibre Market News', 'proprietary', '1 mon'
    ),
    (
        'Road distance service', 'Distances by lorry between counties and plants',
        'https://roads.example', 'Open Road Register', 'cc_by_sa', NULL
    )
ON CONFLICT DO NOTHING;

INSERT INTO dataset (
    import_run_id, data_source_id, edition, published_on, retrieved_at, sha256, size_bytes,
    provenance
)
SELECT
    run.id,
    data_source.id,
    year::text,
    make_date(year + 1, 3, 15),
    make_timestamptz(year + 1, 4, 1, 6, 0, 0, 'UTC'),
    md5(data_source.name || year) || md5(year || data_source.name),
    100000 + floor(900000 * pg_temp.share(data_source.name || year)),
    jsonb_build_object('format', 'csv', 'files', jsonb_build_array(year || '.csv'))
FROM import_run AS run
CROSS JOIN data_source
CROSS JOIN generate_series(2023, 2025) AS year
WHERE run.pipeline = 'sample_data'
    AND data_source.name IN ('County crop survey', 'Fibre price bulletin')
ORDER BY data_source.name, year
ON CONFLICT DO NOTHING;

INSERT INTO crop_statistic (
    import_run_id, dataset_id, region_id, species_id, year, harvested_ha, production_t, quality
)
SELECT
    dataset.import_run_id,
    dataset.id,
    region.id,
    species.id,
    dataset.edition::smallint,
    harvest.area_ha,
    -- Where a county has too few farms the survey keeps the production to itself.
    CASE
        WHEN pg_temp.share('secret' || region.code || species.name) > 0.1
            THEN round(harvest.area_ha * crop.tonnes_per_ha, 2)
    END,
    CASE WHEN dataset.edition = '2025' THEN 'modelled' ELSE 'reported' END::data_quality
FROM (
    VALUES
        ('Winter wheat', 5.2),
        ('Barley', 4.6),
        ('Maize', 11.5),
        ('Perennial ryegrass', 1.9),
        ('Potato', 58.0),
        ('Sugar beet', 82.0),
        ('Hazelnut', 2.3),
        ('Sweet cherry', 9.4)
) AS crop (name, tonnes_per_ha)
JOIN species ON species.name = crop.name
JOIN region ON region.kind = 'county'
    AND pg_temp.share('grown' || region.code || crop.name) < 0.4
JOIN data_source ON data_source.name = 'County crop survey'
JOIN dataset ON dataset.data_source_id = data_source.id
JOIN import_run ON import_run.id = dataset.import_run_id AND import_run.pipeline = 'sample_data'
CROSS JOIN LATERAL (
    SELECT round((
        100 + 12000 * pg_temp.share('area' || region.code || crop.name)
            * (0.9 + 0.2 * pg_temp.share(dataset.edition || region.code || crop.name))
    )::numeric, 2) AS area_ha
) AS harvest
ORDER BY dataset.edition, region.code, species.name
ON CONFLICT DO NOTHING;

-- The market as a whole, each month from January 2024: dear in winter, cheap at harvest.
INSERT INTO price_quote (
    import_run_id, dataset_id, resource_id, quoted_on, price, currency, basis
)
SELECT
    dataset.import_run_id,
    dataset.id,
    resource.id,
    month::date,
    round((
        offer.price
        * (1 + 0.08 * cos(2 * pi() * (extract(month FROM month) - 1) / 12))
        * (0.96 + 0.08 * pg_temp.share(resource.code || to_char(month, 'YYYY-MM') || basis.name))
        + basis.haulage
    )::numeric, 2),
    'USD',
    basis.name::price_basis
FROM (
    VALUES
        ('WHEAT-STRAW', 62), ('BARLEY-STRAW', 60), ('CORN-STOVER', 58), ('GRASS-STRAW', 74),
        ('HAZEL-SHELL', 88), ('HAZEL-PRUNE', 42), ('ORCHARD-WOOD', 46), ('PINE-THIN', 39),
        ('FIR-SLASH', 34), ('JUNIPER', 36), ('SAWDUST', 52), ('BEET-PULP', 28),
        ('DAIRY-SOLIDS', 12)
) AS offer (code, price)
JOIN resource ON resource.code = offer.code
CROSS JOIN (VALUES ('roadside', 0), ('delivered', 17)) AS basis (name, haulage)
CROSS JOIN generate_series(timestamp '2024-01-15', '2025-12-15', interval '1 month') AS month
JOIN data_source ON data_source.name = 'Fibre price bulletin'
JOIN dataset
    ON dataset.data_source_id = data_source.id
    AND dataset.edition = extract(year FROM month)::text
ORDER BY month, resource.code, basis.name
ON CONFLICT DO NOTHING;

-- Single counties, each quarter, where somebody asked.
INSERT INTO price_quote (
    import_run_id, resource_id, region_id, quoted_on, price, currency, basis
)
SELECT
    region.import_run_id,
    resource.id,
    region.id,
    quarter::date,
    round((
        25 + 50 * pg_temp.share(resource.code || region.code || to_char(quarter, 'YYYY-MM'))
    )::numeric, 2),
    'USD',
    'roadside'
FROM resource
JOIN region ON region.kind = 'county'
    AND pg_temp.share('asked' || region.code || resource.code) < 0.1
JOIN import_run ON import_run.id = region.import_run_id AND import_run.pipeline = 'sample_data'
CROSS JOIN generate_series(timestamp '2025-01-10', '2025-10-10', interval '3 months') AS quarter
WHERE resource.code IN ('WHEAT-STRAW', 'GRASS-STRAW', 'PINE-THIN', 'FIR-SLASH', 'JUNIPER')
ORDER BY quarter, region.code, resource.code
ON CONFLICT DO NOTHING;
