-- Undo: Facilities, what they take, and the roads to them

DROP TABLE haul_route;
DROP TABLE facility_feedstock;
DROP TABLE facility;
DROP TYPE facility_status;
DROP TYPE facility_kind;
