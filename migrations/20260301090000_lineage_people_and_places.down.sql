-- Undo: Lineage, people and places

DROP TABLE parcel;
DROP TYPE land_use;
DROP TABLE site;
DROP TABLE region;
DROP TYPE region_kind;

DROP TABLE project_member;
DROP TYPE project_role;
DROP TABLE project;
DROP TABLE person;
DROP TABLE organisation;
DROP TYPE organisation_kind;

DROP TABLE import_run;
DROP TYPE import_outcome;
