-- Sample data, part 3: resources, the species behind them, and what each county yields.

-- A number from 0 to 1 that depends on its key alone.
CREATE OR REPLACE FUNCTION pg_temp.share(key text) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(key), 1, 8))::bit(32)::bigint / 4294967296.0
$$;

INSERT INTO resource_class (name, description, sort_order)
VALUES
    ('Crop residue', 'Straw and stover left on the field', 1),
    ('Orchard residue', 'Prunings, shells and grubbed trees', 2),
    ('Forest residue', 'Thinnings, slash and cleared juniper', 3),
    ('Processing residue', 'What mills and food plants leave over', 4),
    ('Manure', 'Solids from dairies', 5)
ON CONFLICT DO NOTHING;

INSERT INTO species (name, scientific_name, woody)
VALUES
    ('Winter wheat', 'Triticum aestivum', false),
    ('Barley', 'Hordeum vulgare', false),
    ('Maize', 'Zea mays', false),
    ('Perennial ryegrass', 'Lolium perenne', false),
    ('Tall fescue', 'Lolium arundinaceum', false),
    ('Potato', 'Solanum tuberosum', false),
    ('Sugar beet', 'Beta vulgaris', false),
    ('Hop', 'Humulus lupulus', false),
    ('Hazelnut', 'Corylus avellana', true),
    ('Apple', 'Malus domestica', true),
    ('Sweet cherry', 'Prunus avium', true),
    ('Ponderosa pine', 'Pinus ponderosa', true),
    ('Douglas-fir', 'Pseudotsuga menziesii', true),
    ('Western juniper', 'Juniperus occidentalis', true)
ON CONFLICT DO NOTHING;

INSERT INTO resource (
    import_run_id, code, name, resource_class_id, harvest_months, aliases, attributes,
    discontinued_on
)
SELECT
    run.id, kind.code, kind.name, resource_class.id, kind.harvest_months::smallint[],
    kind.aliases::text[], kind.attributes::jsonb, kind.discontinued_on::date
FROM import_run AS run
CROSS JOIN (
    VALUES
        (
            'WHEAT-STRAW', 'Wheat straw', 'Crop residue', '{7,8,9}', '{straw}',
            '{"form": "bale", "bulk_density_kg_m3": 140}', NULL
        ),
        (
            'BARLEY-STRAW', 'Barley straw', 'Crop residue', '{7,8}', '{straw}',
            '{"form": "bale", "bulk_density_kg_m3": 130}', NULL
        ),
        (
            'CORN-STOVER', 'Maize stover', 'Crop residue', '{9,10,11}', '{"corn stover"}',
            '{"form": "bale", "bulk_density_kg_m3": 120}', NULL
        ),
        (
            'GRASS-STRAW', 'Grass seed straw', 'Crop residue', '{7,8}', '{"ryegrass straw"}',
            '{"form": "bale", "bulk_density_kg_m3": 150, "export_grade": true}', NULL
        ),
        (
            'HAZEL-SHELL', 'Hazelnut shells', 'Orchard residue', '{10,11,12}', '{"filbert shells"}',
            '{"form": "loose", "bulk_density_kg_m3": 320}', NULL
        ),
        (
            'HAZEL-PRUNE', 'Hazelnut prunings', 'Orchard residue', '{1,2,3}', '{}',
            '{"form": "chip", "bulk_density_kg_m3": 210}', NULL
        ),
        (
            'ORCHARD-WOOD', 'Grubbed orchard trees', 'Orchard residue', '{11,12,1,2}',
            '{"orchard removals"}', '{"form": "chip", "bulk_density_kg_m3": 230}', NULL
        ),
        (
            'PINE-THIN', 'Pine thinnings', 'Forest residue', '{5,6,7,8,9,10}', '{}',
            '{"form": "chip", "bulk_density_kg_m3": 220, "fire_fuel": true}', NULL
        ),
        (
            'FIR-SLASH', 'Fir logging slash', 'Forest residue', '{4,5,6,7,8,9,10,11}', '{slash}',
            '{"form": "chip", "bulk_density_kg_m3": 200, "fire_fuel": true}', NULL
        ),
        (
            'JUNIPER', 'Cleared juniper', 'Forest residue', '{3,4,5,9,10,11}', '{}',
            '{"form": "chip", "bulk_density_kg_m3": 240, "fire_fuel": true}', NULL
        ),
        (
            'SAWDUST', 'Sawmill sawdust', 'Processing residue', '{1,2,3,4,5,6,7,8,9,10,11,12}',
            '{"mill residue"}', '{"form": "loose", "bulk_density_kg_m3": 180}', NULL
        ),
        (
            'BEET-PULP', 'Sugar beet pulp', 'Processing residue', '{10,11,12,1,2}', '{}',
            '{"form": "wet", "bulk_density_kg_m3": 600}', NULL
        ),
        (
            'DAIRY-SOLIDS', 'Dairy manure solids', 'Manure', '{1,2,3,4,5,6,7,8,9,10,11,12}', '{}',
            '{"form": "wet", "bulk_density_kg_m3": 550}', NULL
        ),
        (
            'HOP-BINES', 'Hop bines', 'Crop residue', '{9}', '{}', '{"form": "loose"}', '2025-10-01'
        )
) AS kind (code, name, class, harvest_months, aliases, attributes, discontinued_on)
JOIN resource_class ON resource_class.name = kind.class
WHERE run.pipeline = 'sample_data'
ORDER BY kind.code
ON CONFLICT DO NOTHING;

INSERT INTO resource_species (resource_id, species_id)
SELECT resource.id, species.id
FROM (
    VALUES
        ('WHEAT-STRAW', 'Winter wheat'),
        ('BARLEY-STRAW', 'Barley'),
        ('CORN-STOVER', 'Maize'),
        ('GRASS-STRAW', 'Perennial ryegrass'),
        ('GRASS-STRAW', 'Tall fescue'),
        ('HAZEL-SHELL', 'Hazelnut'),
        ('HAZEL-PRUNE', 'Hazelnut'),
        ('ORCHARD-WOOD', 'Apple'),
        ('ORCHARD-WOOD', 'Sweet cherry'),
        ('PINE-THIN', 'Ponderosa pine'),
        ('FIR-SLASH', 'Douglas-fir'),
        ('JUNIPER', 'Western juniper'),
        ('SAWDUST', 'Douglas-fir'),
        ('SAWDUST', 'Ponderosa pine'),
        ('BEET-PULP', 'Sugar beet'),
        ('HOP-BINES', 'Hop')
) AS link (code, species)
JOIN resource ON resource.code = link.code
JOIN species ON species.name = link.species
ON CONFLICT DO NOTHING;

-- About half of the resources are found in a county. The yield of a year swings by a fifth around
-- what is usual for the county.
INSERT INTO resource_availability (
    import_run_id, resource_id, region_id, year, gross_dry_tonnes, recoverable_fraction, quality
)
SELECT
    region.import_run_id,
    resource.id,
    region.id,
    year,
    round((
        region.area_km2::double precision
        * yield.tonnes_per_km2
        * (0.2 + 1.6 * pg_temp.share('usual' || region.code || resource.code))
        * (0.8 + 0.4 * pg_temp.share('year' || region.code || resource.code || year))
    )::numeric, 3),
    yield.recoverable,
    CASE
        WHEN year = 2025 THEN 'modelled'
        WHEN pg_temp.share('quality' || region.code || resource.code) < 0.3 THEN 'measured'
        ELSE 'reported'
    END::data_quality
FROM (
    VALUES
        ('WHEAT-STRAW', 9.0, 0.35),
        ('BARLEY-STRAW', 2.5, 0.35),
        ('CORN-STOVER', 3.0, 0.4),
        ('GRASS-STRAW', 4.0, 0.8),
        ('HAZEL-SHELL', 0.6, 0.95),
        ('HAZEL-PRUNE', 0.5, 0.7),
        ('ORCHARD-WOOD', 0.8, 0.85),
        ('PINE-THIN', 6.0, 0.5),
        ('FIR-SLASH', 8.0, 0.45),
        ('JUNIPER', 2.0, 0.6),
        ('SAWDUST', 3.5, 0.9),
        ('BEET-PULP', 1.5, 0.9),
        ('DAIRY-SOLIDS', 2.2, 0.65),
        ('HOP-BINES', 0.2, 0.5)
) AS yield (code, tonnes_per_km2, recoverable)
JOIN resource ON resource.code = yield.code
JOIN region ON region.kind = 'county'
    AND pg_temp.share('found' || region.code || yield.code) < 0.5
JOIN import_run ON import_run.id = region.import_run_id AND import_run.pipeline = 'sample_data'
CROSS JOIN generate_series(2023, 2025) AS year
ORDER BY region.code, resource.code, year
ON CONFLICT DO NOTHING;
