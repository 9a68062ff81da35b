-- Undo: Field sampling: campaigns, samples and their chain of custody

DROP TABLE custody_event;
DROP TYPE custody_event_kind;
DROP TABLE field_sample;
DROP TYPE sample_status;
DROP TABLE storage_condition;
DROP TABLE sampling_campaign;
