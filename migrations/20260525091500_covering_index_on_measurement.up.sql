-- no-transaction
-- Covering index on measurements by parameter
--
-- revision: 20260525091500
-- revises: 20260504100000

-- Reports average one parameter at a time and can answer from this index alone. It is built
-- concurrently, since laboratories write to the table all day.
CREATE INDEX CONCURRENTLY ix_measurement_parameter_id_value
    ON measurement (parameter_id) INCLUDE (analysis_run_id, value);
