-- Undo: Rename measurement error to uncertainty

COMMENT ON COLUMN measurement.uncertainty IS 'In the unit of the parameter';

ALTER TABLE measurement
    RENAME CONSTRAINT measurement_uncertainty_not_negative TO measurement_error_not_negative;
ALTER TABLE measurement RENAME COLUMN uncertainty TO error;
