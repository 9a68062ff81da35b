-- Sample data, part 2: the counties of Oregon and Idaho, with invented sites and parcels in them.
--
-- Areas are of the land and rounded; positions are of the middle of a county, to about a kilometre.

-- A number from 0 to 1 that depends on its key alone.
CREATE OR REPLACE FUNCTION pg_temp.share(key text) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(key), 1, 8))::bit(32)::bigint / 4294967296.0
$$;

CREATE TEMPORARY TABLE IF NOT EXISTS county (
    code text PRIMARY KEY,
    name text,
    square_miles integer,
    latitude numeric,
    longitude numeric
);

INSERT INTO county (code, name, square_miles, latitude, longitude)
VALUES
    ('41001', 'Baker', 3068, 44.71, -117.68),
    ('41003', 'Benton', 676, 44.49, -123.43),
    ('41005', 'Clackamas', 1868, 45.19, -122.22),
    ('41007', 'Clatsop', 827, 46.00, -123.71),
    ('41009', 'Columbia', 657, 45.94, -123.09),
    ('41011', 'Coos', 1596, 43.18, -124.06),
    ('41013', 'Crook', 2979, 44.14, -120.36),
    ('41015', 'Curry', 1627, 42.46, -124.16),
    ('41017', 'Deschutes', 3018, 43.92, -121.23),
    ('41019', 'Douglas', 5037, 43.28, -123.17),
    ('41021', 'Gilliam', 1205, 45.38, -120.21),
    ('41023', 'Grant', 4529, 44.49, -119.01),
    ('41025', 'Harney', 10134, 43.06, -118.97),
    ('41027', 'Hood River', 522, 45.52, -121.65),
    ('41029', 'Jackson', 2785, 42.43, -122.73),
    ('41031', 'Jefferson', 1781, 44.63, -121.18),
    ('41033', 'Josephine', 1640, 42.37, -123.56),
    ('41035', 'Klamath', 5941, 42.69, -121.65),
    ('41037', 'Lake', 8138, 42.79, -120.39),
    ('41039', 'Lane', 4554, 43.94, -122.88),
    ('41041', 'Lincoln', 980, 44.64, -123.91),
    ('41043', 'Linn', 2291, 44.49, -122.53),
    ('41045', 'Malheur', 9888, 43.19, -117.62),
    ('41047', 'Marion', 1181, 44.90, -122.58),
    ('41049', 'Morrow', 2032, 45.42, -119.58),
    ('41051', 'Multnomah', 431, 45.55, -122.42),
    ('41053', 'Polk', 741, 44.90, -123.41),
    ('41055', 'Sherman', 823, 45.40, -120.69),
    ('41057', 'Tillamook', 1103, 45.46, -123.76),
    ('41059', 'Umatilla', 3215, 45.59, -118.73),
    ('41061', 'Union', 2037, 45.31, -118.01),
    ('41063', 'Wallowa', 3146, 45.58, -117.18),
    ('41065', 'Wasco', 2382, 45.16, -121.17),
    ('41067', 'Washington', 724, 45.56, -123.10),
    ('41069', 'Wheeler', 1715, 44.73, -120.03),
    ('41071', 'Yamhill', 716, 45.23, -123.31),
    ('16001', 'Ada', 1053, 43.45, -116.24),
    ('16003', 'Adams', 1363, 44.89, -116.45),
    ('16005', 'Bannock', 1112, 42.67, -112.22),
    ('16007', 'Bear Lake', 975, 42.28, -111.33),
    ('16009', 'Benewah', 777, 47.22, -116.66),
    ('16011', 'Bingham', 2094, 43.22, -112.40),
    ('16013', 'Blaine', 2644, 43.41, -113.98),
    ('16015', 'Boise', 1899, 43.99, -115.73),
    ('16017', 'Bonner', 1735, 48.30, -116.60),
    ('16019', 'Bonneville', 1866, 43.39, -111.61),
    ('16021', 'Boundary', 1269, 48.77, -116.46),
    ('16023', 'Butte', 2232, 43.72, -113.17),
    ('16025', 'Camas', 1074, 43.46, -114.81),
    ('16027', 'Canyon', 587, 43.63, -116.71),
    ('16029', 'Caribou', 1764, 42.77, -111.56),
    ('16031', 'Cassia', 2566, 42.28, -113.60),
    ('16033', 'Clark', 1764, 44.28, -112.35),
    ('16035', 'Clearwater', 2457, 46.67, -115.66),
    ('16037', 'Custer', 4921, 44.24, -114.28),
    ('16039', 'Elmore', 3075, 43.35, -115.47),
    ('16041', 'Franklin', 663, 42.18, -111.81),
    ('16043', 'Fremont', 1864, 44.23, -111.48),
    ('16045', 'Gem', 561, 44.06, -116.40),
    ('16047', 'Gooding', 729, 42.97, -114.81),
    ('16049', 'Idaho', 8477, 45.84, -115.47),
    ('16051', 'Jefferson', 1094, 43.82, -112.31),
    ('16053', 'Jerome', 597, 42.69, -114.26),
    ('16055', 'Kootenai', 1244, 47.67, -116.70),
    ('16057', 'Latah', 1076, 46.82, -116.71),
    ('16059', 'Lemhi', 4563, 44.94, -113.93),
    ('16061', 'Lewis', 479, 46.24, -116.43),
    ('16063', 'Lincoln', 1201, 43.00, -114.14),
    ('16065', 'Madison', 469, 43.78, -111.66),
    ('16067', 'Minidoka', 758, 42.85, -113.64),
    ('16069', 'Nez Perce', 848, 46.33, -116.75),
    ('16071', 'Oneida', 1200, 42.19, -112.54),
    ('16073', 'Owyhee', 7666, 42.58, -116.17),
    ('16075', 'Payette', 407, 44.01, -116.76),
    ('16077', 'Power', 1404, 42.69, -112.84),
    ('16079', 'Shoshone', 2630, 47.35, -115.89),
    ('16081', 'Teton', 449, 43.76, -111.21),
    ('16083', 'Twin Falls', 1921, 42.36, -114.67),
    ('16085', 'Valley', 3665, 44.77, -115.57),
    ('16087', 'Washington', 1453, 44.45, -116.78)
ON CONFLICT DO NOTHING;

INSERT INTO region (import_run_id, code, name, kind, area_km2)
SELECT run.id, state.code, state.name, 'state', state.area_km2
FROM import_run AS run
CROSS JOIN (VALUES ('41', 'Oregon', 248608), ('16', 'Idaho', 214045))
    AS state (code, name, area_km2)
WHERE run.pipeline = 'sample_data'
ON CONFLICT DO NOTHING;

INSERT INTO region (import_run_id, code, name, kind, parent_id, area_km2)
SELECT
    state.import_run_id, county.code, county.name || ' County', 'county', state.id,
    round(county.square_miles * 2.59)
FROM county
JOIN region AS state ON state.code = left(county.code, 2)
ORDER BY county.code
ON CONFLICT DO NOTHING;

-- Three places to sample in each county, and in every third county one to build on.
INSERT INTO site (
    import_run_id, latitude, longitude, name, region_id, address, elevation_m, time_zone
)
SELECT
    region.import_run_id,
    round((county.latitude + 0.3 * (pg_temp.share(place.name || county.code) - 0.5))::numeric, 6),
    round((county.longitude + 0.3 * (pg_temp.share(county.code || place.name) - 0.5))::numeric, 6),
    place.name,
    region.id,
    (1 + floor(990 * pg_temp.share('no' || county.code || place.name)))::text
        || ' ' || place.road || ', ' || region.name,
    round((20 + 1500 * pg_temp.share('height' || county.code || place.name))::numeric, 1),
    CASE
        WHEN county.code = '41045' THEN 'America/Boise'
        WHEN county.code LIKE '16%' AND county.latitude < 45.5 THEN 'America/Boise'
        ELSE 'America/Los_Angeles'
    END
FROM county
JOIN region ON region.code = county.code
JOIN (
    VALUES
        (1, 'North bench', 'Bench Road'),
        (2, 'River bottom', 'Ferry Lane'),
        (3, 'Upper landing', 'Forest Road 12'),
        (4, 'Industrial park', 'Railway Avenue')
) AS place (n, name, road) ON place.n < 4 OR county.code::integer % 3 = 0
ORDER BY county.code, place.n
ON CONFLICT DO NOTHING;

-- One or two parcels a site, each owned by one of the organisations or by somebody unknown.
INSERT INTO parcel (
    import_run_id, site_id, region_id, assessor_number, land_use, area_ha, owner_id
)
SELECT
    site.import_run_id,
    site.id,
    site.region_id,
    region.code || '-' || left(md5(site.name), 4) || '-' || n,
    (ARRAY['cropland', 'orchard', 'forest', 'rangeland', 'industrial'])[
        CASE site.name
            WHEN 'North bench' THEN 1 + 3 * (n - 1)
            WHEN 'River bottom' THEN n
            WHEN 'Upper landing' THEN 3
            ELSE 5
        END
    ]::land_use,
    round((4 + 400 * pg_temp.share('area' || region.code || site.name || n))::numeric, 2),
    owner.id
FROM site
JOIN region ON region.id = site.region_id
JOIN import_run ON import_run.id = site.import_run_id AND import_run.pipeline = 'sample_data'
CROSS JOIN generate_series(1, 2) AS n
LEFT JOIN organisation AS owner ON owner.name = (ARRAY[
    'Wheatland Growers Cooperative', 'High Desert Forest Agency',
    'Filbert Shellers Cooperative', 'Lodgepole Power'
])[1 + floor(6 * pg_temp.share('owner' || region.code || site.name || n))]
WHERE n = 1 OR pg_temp.share('second' || region.code || site.name) < 0.4
ORDER BY region.code, site.name, n
ON CONFLICT DO NOTHING;

DROP TABLE county;
