-- Undo: Reporting views: catchments, rankings, regions and campaigns

DROP MATERIALIZED VIEW reporting.campaign_progress;
DROP MATERIALIZED VIEW reporting.region_overview;
DROP MATERIALIZED VIEW reporting.site_ranking;
DROP MATERIALIZED VIEW reporting.facility_catchment;

DROP SCHEMA reporting;
