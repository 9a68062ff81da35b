-- Undo: External data: sources, data sets, crop statistics and prices

DROP TABLE price_quote;
DROP TYPE price_basis;
DROP TYPE currency;
DROP TABLE crop_statistic;
DROP TABLE dataset;
DROP TABLE data_source;
DROP TYPE licence;
