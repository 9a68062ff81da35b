-- no-transaction
-- Undo: Covering index on measurements by parameter

DROP INDEX CONCURRENTLY ix_measurement_parameter_id_value;
