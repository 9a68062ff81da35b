-- Sample data, part 7: facilities, what they take, and how far it is to them.

-- A number from 0 to 1 that depends on its key alone.
CREATE OR REPLACE FUNCTION pg_temp.share(key text) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(key), 1, 8))::bit(32)::bigint / 4294967296.0
$$;

-- One facility on each industrial park, of a kind and a size given by the hash.
INSERT INTO facility (
    import_run_id, site_id, operator_id, name, kind, status, commissioned_on, closed_on,
    capacity_t_per_year, max_haul_km, contact
)
SELECT
    site.import_run_id,
    site.id,
    operator.id,
    replace(region.name, ' County', '') || ' ' || build.noun,
    build.kind::facility_kind,
    plan.status::facility_status,
    CASE
        WHEN plan.status IN ('operating', 'closed')
            THEN date '2004-05-01' + floor(6500 * pg_temp.share('built' || region.code))::integer
    END,
    CASE WHEN plan.status = 'closed' THEN date '2024-09-30' END,
    round((build.capacity * (0.5 + pg_temp.share('size' || region.code)))::numeric, -2),
    build.max_haul_km,
    jsonb_build_object('desk', 'plant-' || region.code || '@siting.example')
FROM site
JOIN region ON region.id = site.region_id
JOIN import_run ON import_run.id = site.import_run_id AND import_run.pipeline = 'sample_data'
JOIN (
    VALUES
        (0, 'power_plant', 'power plant', 'Lodgepole Power', 180000, 160),
        (1, 'pellet_mill', 'pellet mill', 'Three Forks Pellets', 90000, 130),
        (2, 'gasifier', 'gasifier', 'Lodgepole Power', 45000, 120),
        (3, 'biochar_kiln', 'biochar kiln', 'Basalt Biochar', 25000, 90),
        (4, 'anaerobic_digester', 'digester', 'Meadowlark Digesters', 30000, 60)
) AS build (n, kind, noun, operator, capacity, max_haul_km)
    ON build.n = floor(5 * pg_temp.share('kind' || region.code))
JOIN organisation AS operator ON operator.name = build.operator
CROSS JOIN LATERAL (
    SELECT (ARRAY['proposed', 'proposed', 'permitted', 'operating', 'operating', 'closed'])[
        1 + floor(6 * pg_temp.share('status' || region.code))
    ] AS status
) AS plan
WHERE site.name = 'Industrial park'
ORDER BY region.code
ON CONFLICT DO NOTHING;

INSERT INTO facility_feedstock (facility_id, resource_id, max_share)
SELECT facility.id, resource.id, taken.max_share
FROM facility
JOIN import_run ON import_run.id = facility.import_run_id AND import_run.pipeline = 'sample_data'
JOIN (
    VALUES
        ('power_plant', '{PINE-THIN,FIR-SLASH,JUNIPER,ORCHARD-WOOD,SAWDUST}', 1),
        ('power_plant', '{WHEAT-STRAW}', 0.2),
        ('pellet_mill', '{SAWDUST,PINE-THIN,FIR-SLASH}', 1),
        ('pellet_mill', '{GRASS-STRAW}', 0.3),
        ('gasifier', '{HAZEL-SHELL,HAZEL-PRUNE,ORCHARD-WOOD,PINE-THIN,JUNIPER}', 1),
        ('gasifier', '{CORN-STOVER}', 0.25),
        ('biochar_kiln', '{HAZEL-SHELL,ORCHARD-WOOD,JUNIPER,FIR-SLASH}', 1),
        ('biochar_kiln', '{WHEAT-STRAW,BARLEY-STRAW}', 0.5),
        ('anaerobic_digester', '{BEET-PULP,DAIRY-SOLIDS}', 1)
) AS taken (kind, codes, max_share) ON taken.kind = facility.kind::text
JOIN resource ON resource.code = ANY (taken.codes::text[])
ON CONFLICT DO NOTHING;

-- From the middle of the sites of a county, as the crow flies and a third more for the road.
INSERT INTO haul_route (
    import_run_id, facility_id, region_id, distance_km, drive_minutes, cost_per_tonne_km,
    surveyed_at
)
SELECT
    facility.import_run_id,
    facility.id,
    centre.region_id,
    road.km,
    round(road.km / 62 * 60) + 4,
    round((0.1 + 0.05 * pg_temp.share('cost' || plant.name || centre.code))::numeric, 4),
    CASE WHEN road.km < 60 THEN timestamp '2025-11-03 09:00' END
FROM facility
JOIN import_run ON import_run.id = facility.import_run_id AND import_run.pipeline = 'sample_data'
JOIN site AS plant ON plant.id = facility.site_id
CROSS JOIN (
    SELECT
        site.region_id,
        region.code,
        radians(avg(site.latitude)) AS latitude,
        radians(avg(site.longitude)) AS longitude
    FROM site
    JOIN region ON region.id = site.region_id
    JOIN import_run ON import_run.id = site.import_run_id
    WHERE import_run.pipeline = 'sample_data'
    GROUP BY site.region_id, region.code
) AS centre
CROSS JOIN LATERAL (
    SELECT round((1.33 * 6371 * 2 * asin(sqrt(
        sin((centre.latitude - radians(plant.latitude)) / 2) ^ 2
        + cos(centre.latitude) * cos(radians(plant.latitude))
        * sin((centre.longitude - radians(plant.longitude)) / 2) ^ 2
    )))::numeric, 2) AS km
) AS road
WHERE road.km < 220
ORDER BY facility.name, centre.code
ON CONFLICT DO NOTHING;
