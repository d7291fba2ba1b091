-- Format 2 of the history: what later runs are held against. ASCII only: this text is compiled into the program.

CREATE TABLE baseline (
	name       TEXT PRIMARY KEY,
	created_ns INTEGER NOT NULL, -- Unix time
	document   TEXT    NOT NULL  -- JSON, as baseline export writes it
);
