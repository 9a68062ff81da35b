-- Rename measurement error to uncertainty
--
-- revision: 20260420084500
-- revises: 20260406093000

-- What the laboratories report is a standard uncertainty; an error would be the distance from the
-- true value, which nobody knows.

ALTER TABLE measurement RENAME COLUMN error TO uncertainty;
ALTER TABLE measurement
    RENAME CONSTRAINT measurement_error_not_negative TO measurement_uncertainty_not_negative;

COMMENT ON COLUMN measurement.uncertainty IS
    'One standard uncertainty, in the unit of the parameter';
