-- Give every site its time zone
--
-- revision: 20260622101500
-- revises: 20260608142000

-- Samples carry the wall-clock time of their site, which says nothing without the zone.
ALTER TABLE site ADD COLUMN time_zone varchar(40);

-- Oregon and Idaho keep Pacific time but for Malheur County and all of Idaho south of the Salmon
-- River, which keep Mountain time.
UPDATE site
SET time_zone = CASE
    WHEN region.code = '41045' THEN 'America/Boise'
    WHEN region.code LIKE '16%' AND site.latitude < 45.5 THEN 'America/Boise'
    ELSE 'America/Los_Angeles'
END
FROM region
WHERE region.id = site.region_id;

ALTER TABLE site ALTER COLUMN time_zone SET DEFAULT 'America/Los_Angeles';
ALTER TABLE site ALTER COLUMN time_zone SET NOT NULL;

COMMENT ON COLUMN site.time_zone IS 'IANA name; field_sample.taken_at is read in it';
