-- Sample data, part 5: campaigns, samples and who had them when.

-- A number from 0 to 1 that depends on its key alone.
CREATE OR REPLACE FUNCTION pg_temp.share(key text) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(key), 1, 8))::bit(32)::bigint / 4294967296.0
$$;

INSERT INTO storage_condition (name, description, temperature_c, max_days)
VALUES
    ('Dried, room temperature', 'Dried at 105 °C and kept in a sealed jar', 21, 730),
    ('Refrigerated', 'As taken, in a closed bag', 4, 14),
    ('Frozen', 'As taken, in a closed bag', -20, 365),
    ('Under cover', 'In the yard, out of the rain', NULL, 60)
ON CONFLICT DO NOTHING;

INSERT INTO sampling_campaign (
    import_run_id, project_id, name, starts_on, ends_on, target_samples, protocol_uri
)
SELECT
    project.import_run_id, project.id, plan.name, plan.starts_on::date, plan.ends_on::date,
    plan.target, 'https://protocols.example/' || lower(plan.project)
FROM (
    VALUES
        ('STRAW-24', 'Harvest 2024', '2024-07-08', '2024-10-31', 90),
        ('STRAW-24', 'Harvest 2025', '2025-07-07', '2025-10-31', 120),
        ('THIN-25', 'Spring thinning 2025', '2025-04-14', '2025-06-30', 80),
        ('THIN-25', 'Autumn slash 2025', '2025-09-08', '2025-11-28', 80),
        ('SHELL-25', 'Shelling season 2025', '2025-10-06', '2025-12-19', 60),
        ('SHELL-25', 'Winter pruning 2026', '2026-01-12', NULL, 40),
        -- Planned, with nothing taken yet.
        ('THIN-25', 'Spring thinning 2026', '2026-04-13', NULL, 80),
        ('STRAW-24', 'Harvest 2026', '2026-07-06', NULL, 120)
) AS plan (project, name, starts_on, ends_on, target)
JOIN project ON project.code = plan.project
ORDER BY plan.starts_on
ON CONFLICT DO NOTHING;

-- Each campaign takes its own resources, a few samples a day, at sites given by the hash.
INSERT INTO field_sample (
    import_run_id, sampling_campaign_id, site_id, resource_id, collected_by_id,
    storage_condition_id, code, barcode, taken_at, received_at, wet_mass_kg, moisture_pct, status,
    notes
)
SELECT
    campaign.import_run_id,
    campaign.id,
    site.id,
    resource.id,
    collector.id,
    storage.id,
    bag.code,
    CASE WHEN bag.fate > 0.05 THEN 'BS' || upper(substr(md5(bag.code), 1, 10)) END,
    bag.taken_at,
    CASE
        WHEN bag.status <> 'collected'
            THEN (bag.taken_at + interval '50 hours' * (0.3 + bag.fate)) AT TIME ZONE site.time_zone
    END,
    round((0.8 + 4 * pg_temp.share('mass' || bag.code))::numeric, 3),
    round((plan.moisture * (0.7 + 0.6 * pg_temp.share('moisture' || bag.code)))::numeric, 2),
    bag.status::sample_status,
    CASE WHEN bag.status = 'rejected' THEN 'The bag was torn on arrival' END
FROM (
    VALUES
        (
            'Harvest 2024', 'H24', 84, ARRAY['WHEAT-STRAW', 'BARLEY-STRAW', 'CORN-STOVER'], 14
        ),
        (
            'Harvest 2025', 'H25', 114,
            ARRAY['WHEAT-STRAW', 'BARLEY-STRAW', 'CORN-STOVER', 'GRASS-STRAW'], 14
        ),
        ('Spring thinning 2025', 'T25', 78, ARRAY['PINE-THIN', 'JUNIPER', 'SAWDUST'], 42),
        ('Autumn slash 2025', 'S25', 66, ARRAY['FIR-SLASH', 'PINE-THIN', 'JUNIPER'], 38),
        (
            'Shelling season 2025', 'N25', 58,
            ARRAY['HAZEL-SHELL', 'HAZEL-PRUNE', 'BEET-PULP', 'DAIRY-SOLIDS'], 24
        ),
        ('Winter pruning 2026', 'W26', 22, ARRAY['HAZEL-PRUNE', 'ORCHARD-WOOD'], 36)
) AS plan (campaign, prefix, samples, resources, moisture)
JOIN sampling_campaign AS campaign ON campaign.name = plan.campaign
JOIN import_run ON import_run.id = campaign.import_run_id AND import_run.pipeline = 'sample_data'
CROSS JOIN LATERAL generate_series(1, plan.samples) AS n
CROSS JOIN LATERAL (
    SELECT
        plan.prefix || '-' || lpad(n::text, 3, '0') AS code,
        pg_temp.share('fate' || plan.prefix || n) AS fate,
        campaign.starts_on + (n - 1) / 2 + time '08:30' + interval '95 minutes' * (n % 4)
            AS taken_at,
        CASE
            WHEN campaign.ends_on IS NULL AND n > 8 THEN 'collected'
            WHEN pg_temp.share('fate' || plan.prefix || n) < 0.05 THEN 'rejected'
            WHEN pg_temp.share('fate' || plan.prefix || n) < 0.15 THEN 'received'
            WHEN campaign.ends_on < date '2025-01-01' THEN 'archived'
            ELSE 'analysed'
        END AS status
) AS bag
JOIN resource ON resource.code = plan.resources[1 + n % cardinality(plan.resources)]
JOIN (
    SELECT
        site.*,
        row_number() OVER (ORDER BY region.code, site.name) AS turn,
        count(*) OVER () AS turns
    FROM site
    JOIN region ON region.id = site.region_id
    JOIN import_run ON import_run.id = site.import_run_id
    WHERE import_run.pipeline = 'sample_data' AND site.name <> 'Industrial park'
) AS site ON site.turn = 1 + floor(site.turns * pg_temp.share('site' || bag.code))
LEFT JOIN (
    SELECT
        person.id,
        member.project_id,
        row_number() OVER (PARTITION BY member.project_id ORDER BY person.given_name) AS turn
    FROM project_member AS member
    JOIN person ON person.id = member.person_id
) AS collector ON collector.project_id = campaign.project_id AND collector.turn = 1 + n % 5
LEFT JOIN storage_condition AS storage
    ON bag.status <> 'collected'
    AND storage.name = (ARRAY['Dried, room temperature', 'Refrigerated', 'Frozen'])[1 + n % 3]
ORDER BY bag.taken_at, bag.code
ON CONFLICT DO NOTHING;

-- Every eighth sample that was received is split, and the half is kept frozen.
INSERT INTO field_sample (
    import_run_id, sampling_campaign_id, site_id, resource_id, collected_by_id,
    storage_condition_id, parent_sample_id, code, taken_at, received_at, wet_mass_kg,
    moisture_pct, status
)
SELECT
    whole.import_run_id, whole.sampling_campaign_id, whole.site_id, whole.resource_id,
    whole.collected_by_id, frozen.id, whole.id, whole.code || '/B', whole.taken_at,
    whole.received_at, round(whole.wet_mass_kg / 2, 3), whole.moisture_pct, 'received'
FROM field_sample AS whole
JOIN import_run ON import_run.id = whole.import_run_id AND import_run.pipeline = 'sample_data'
JOIN storage_condition AS frozen ON frozen.name = 'Frozen'
WHERE whole.parent_sample_id IS NULL
    AND whole.received_at IS NOT NULL
    AND right(whole.code, 3)::integer % 8 = 0
ORDER BY whole.taken_at, whole.code
ON CONFLICT DO NOTHING;

INSERT INTO custody_event (field_sample_id, kind, happened_at, person_id, details)
SELECT
    sample.id,
    step.kind::custody_event_kind,
    step.happened_at,
    CASE WHEN step.kind = 'collected' THEN sample.collected_by_id END,
    step.details
FROM field_sample AS sample
JOIN import_run ON import_run.id = sample.import_run_id AND import_run.pipeline = 'sample_data'
JOIN site ON site.id = sample.site_id
CROSS JOIN LATERAL (
    VALUES
        ('collected', sample.taken_at AT TIME ZONE site.time_zone, NULL::jsonb),
        (
            'handed_over', sample.received_at - interval '9 hours',
            jsonb_build_object('carrier', 'courier', 'seal', upper(left(md5(sample.code), 6)))
        ),
        ('received', sample.received_at, jsonb_build_object('moisture_pct', sample.moisture_pct)),
        (
            CASE WHEN sample.parent_sample_id IS NOT NULL THEN 'split' END,
            sample.received_at + interval '2 hours', NULL
        ),
        (
            CASE WHEN sample.status = 'rejected' THEN 'disposed' END,
            sample.received_at + interval '24 hours', '{"reason": "torn bag"}'
        )
) AS step (kind, happened_at, details)
WHERE step.kind IS NOT NULL AND step.happened_at IS NOT NULL
ORDER BY step.happened_at, sample.code
ON CONFLICT DO NOTHING;
