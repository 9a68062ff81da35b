-- Undo: Biomass resources and how much of them there is

DROP TABLE resource_availability;
DROP TYPE data_quality;
DROP TABLE resource_species;
DROP TABLE resource;
DROP TABLE species;
DROP TABLE resource_class;
