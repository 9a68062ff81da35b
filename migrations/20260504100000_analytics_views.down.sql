-- Undo: Analytics views: composition, supply, energy and prices

DROP MATERIALIZED VIEW analytics.price_trend;
DROP MATERIALIZED VIEW analytics.energy_potential;
DROP MATERIALIZED VIEW analytics.regional_supply;
DROP MATERIALIZED VIEW analytics.resource_profile;
DROP MATERIALIZED VIEW analytics.sample_composition;

DROP SCHEMA analytics;
