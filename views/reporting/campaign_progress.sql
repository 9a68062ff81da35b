-- How far a campaign has come: samples wanted, taken, received and analysed.

CREATE MATERIALIZED VIEW reporting.campaign_progress AS
SELECT
    campaign.id AS sampling_campaign_id,
    project.code AS project_code,
    campaign.name AS campaign,
    campaign.target_samples,
    count(sample.id) AS samples,
    count(sample.received_at) AS received,
    count(sample.id) FILTER (WHERE sample.status IN ('analysed', 'archived')) AS analysed,
    count(sample.id) FILTER (WHERE sample.status = 'rejected') AS rejected,
    round(100.0 * count(sample.id) / nullif(campaign.target_samples, 0), 1) AS per_cent_of_target,
    min(sample.taken_at AT TIME ZONE site.time_zone) AS first_taken_at,
    max(sample.taken_at AT TIME ZONE site.time_zone) AS last_taken_at
FROM sampling_campaign AS campaign
JOIN project ON project.id = campaign.project_id
LEFT JOIN field_sample AS sample ON sample.sampling_campaign_id = campaign.id
LEFT JOIN site ON site.id = sample.site_id
GROUP BY campaign.id, project.code
WITH NO DATA;

CREATE UNIQUE INDEX uq_campaign_progress_sampling_campaign_id
    ON reporting.campaign_progress (sampling_campaign_id);

COMMENT ON MATERIALIZED VIEW reporting.campaign_progress IS
    'Samples of each campaign by how far they have come';
