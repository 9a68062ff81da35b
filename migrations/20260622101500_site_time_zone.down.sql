-- Undo: Give every site its time zone

ALTER TABLE site DROP COLUMN time_zone;
