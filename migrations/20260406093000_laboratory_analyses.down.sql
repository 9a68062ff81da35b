-- Undo: Laboratory analyses: methods, parameters, runs and measurements

DROP TABLE measurement;
DROP TYPE qualifier;
DROP TABLE analysis_run;
DROP TYPE run_status;
DROP TABLE parameter;
DROP TABLE analysis_method;
DROP TYPE analysis_technique;
