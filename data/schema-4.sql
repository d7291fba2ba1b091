-- Format 4 of the history: an import finds the run that it brings without reading all of them. ASCII only: this text is compiled
-- into the program.

CREATE INDEX run_by_start ON run (started_ns);
