-- Sample data, part 1: the import that everything is said to come from, people and projects.
--
-- All of it is invented. Every statement may run again: rows that are there already stay as they
-- are. Numbers that look random are hashes of the row's own key, hence the same on every machine.

INSERT INTO import_run (pipeline, code_version, started_at, finished_at, outcome, row_counts)
VALUES (
    'sample_data', 'seed-1', '2026-01-05 08:00:00+00', '2026-01-05 08:00:02+00', 'succeeded',
    '{"note": "rows of the seed files"}'
)
ON CONFLICT DO NOTHING;

INSERT INTO organisation (import_run_id, name, kind, country_code, website)
SELECT run.id, body.name, body.kind::organisation_kind, body.country_code, body.website
FROM import_run AS run
CROSS JOIN (
    VALUES
        ('Cascade Valley University', 'university', 'US', 'https://cascade-valley.example'),
        ('Snake River Polytechnic', 'university', 'US', 'https://snake-river.example'),
        ('Northwest Rural Energy Office', 'government', 'US', 'https://nreo.example'),
        ('High Desert Forest Agency', 'government', 'US', NULL),
        ('Bluebunch Analytical', 'laboratory', 'US', 'https://bluebunch.example'),
        ('Tamarack Fuel Laboratory', 'laboratory', 'US', 'https://tamarack.example'),
        ('Fraser Bioanalytics', 'laboratory', 'CA', 'https://fraser-bio.example'),
        ('Wheatland Growers Cooperative', 'cooperative', 'US', NULL),
        ('Filbert Shellers Cooperative', 'cooperative', 'US', NULL),
        ('Lodgepole Power', 'company', 'US', 'https://lodgepole-power.example'),
        ('Basalt Biochar', 'company', 'US', 'https://basalt-biochar.example'),
        ('Three Forks Pellets', 'company', 'US', NULL),
        ('Meadowlark Digesters', 'company', 'US', NULL),
        ('Soil and Smoke Alliance', 'nonprofit', 'US', 'https://soil-smoke.example')
) AS body (name, kind, country_code, website)
WHERE run.pipeline = 'sample_data'
ORDER BY body.name
ON CONFLICT DO NOTHING;

INSERT INTO organisation (import_run_id, name, kind, parent_id)
SELECT parent.import_run_id, department.name, parent.kind, parent.id
FROM (
    VALUES
        ('Cascade Valley University', 'Department of Wood Science'),
        ('Cascade Valley University', 'Department of Crop Science'),
        ('Snake River Polytechnic', 'School of Bioenergy')
) AS department (parent, name)
JOIN organisation AS parent ON parent.name = department.parent
ORDER BY department.name
ON CONFLICT DO NOTHING;

-- Twenty-four people, given out to the organisations in turn.
INSERT INTO person (
    import_run_id, given_name, family_name, email, orcid, organisation_id, active
)
SELECT
    employer.import_run_id,
    name.given,
    name.family,
    lower(name.given || '.' || name.family) || '@siting.example',
    CASE WHEN n % 3 <> 0 THEN '0000-0009-9999-' || lpad((n * 7)::text, 4, '0') END,
    employer.id,
    n % 12 <> 0
FROM generate_series(1, 24) AS n
CROSS JOIN LATERAL (
    SELECT
        (ARRAY[
            'Ada', 'Bram', 'Chiara', 'Dov', 'Edda', 'Farid', 'Greta', 'Hiro', 'Ines', 'Jonas',
            'Kaya', 'Lior', 'Maren', 'Nils', 'Oona', 'Pavel', 'Quinn', 'Rosa', 'Sven', 'Tala',
            'Umar', 'Vera', 'Wendel', 'Yara'
        ])[n] AS given,
        (ARRAY[
            'Alder', 'Birch', 'Cedar', 'Dogwood', 'Elder', 'Fir', 'Gorse', 'Hazel'
        ])[1 + n % 8] AS family
) AS name
JOIN (
    SELECT
        organisation.*,
        row_number() OVER (ORDER BY organisation.name) AS turn,
        count(*) OVER () AS turns
    FROM organisation
    JOIN import_run ON import_run.id = organisation.import_run_id
    WHERE import_run.pipeline = 'sample_data'
) AS employer ON employer.turn = 1 + n % employer.turns
-- Those who left are not held to a unique address, so they are looked for by name.
WHERE NOT EXISTS (
    SELECT FROM person
    WHERE person.given_name = name.given AND person.family_name = name.family
)
ORDER BY n
ON CONFLICT DO NOTHING;

INSERT INTO project (
    import_run_id, code, title, funder_id, starts_on, ends_on, budget, keywords
)
SELECT
    funder.import_run_id, plan.code, plan.title, funder.id,
    plan.starts_on::date, plan.ends_on::date, plan.budget, plan.keywords
FROM (
    VALUES
        (
            'STRAW-24', 'Straw and stover for rural heat', 'Northwest Rural Energy Office',
            '2024-01-15', '2026-12-31', 840000.00, ARRAY['straw', 'heat', 'supply']
        ),
        (
            'THIN-25', 'Forest thinnings as a fuel', 'High Desert Forest Agency',
            '2025-03-01', '2027-02-28', 1250000.00, ARRAY['forest', 'fire', 'gasification']
        ),
        (
            'SHELL-25', 'Biochar from orchards and shells', 'Soil and Smoke Alliance',
            '2025-06-01', NULL, 310000.00, ARRAY['orchard', 'biochar']
        )
) AS plan (code, title, funder, starts_on, ends_on, budget, keywords)
JOIN organisation AS funder ON funder.name = plan.funder
ORDER BY plan.code
ON CONFLICT DO NOTHING;

-- Each project has eight people; the first of them leads it.
INSERT INTO project_member (project_id, person_id, role, joined_on)
SELECT
    project.id,
    member.id,
    (ARRAY['lead', 'researcher', 'technician', 'partner'])[
        CASE WHEN member.turn <= 3 THEN 1 ELSE 2 + member.turn::integer / 3 % 3 END
    ]::project_role,
    project.starts_on + member.turn::integer
FROM (
    SELECT project.*, row_number() OVER (ORDER BY code) AS turn
    FROM project
    WHERE code IN ('STRAW-24', 'THIN-25', 'SHELL-25')
) AS project
JOIN (
    SELECT person.id, row_number() OVER (ORDER BY given_name, family_name) AS turn
    FROM person
    JOIN import_run ON import_run.id = person.import_run_id
    WHERE import_run.pipeline = 'sample_data'
) AS member ON member.turn % 3 = project.turn % 3
ON CONFLICT DO NOTHING;
