-- The history of runs, format 1 (PRAGMA user_version; PRAGMA application_id is 0x62656e63, "benc").
-- Times ending in _ns are nanoseconds. Unknown is NULL. Unsigned 64-bit numbers are stored as the signed ones of the same
-- bits. ASCII only: this text is compiled into the program.

-- What a line of the history shows. A row is committed before the run's first operation.
CREATE TABLE run (
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	started_ns    INTEGER NOT NULL, -- Unix time
	workload      TEXT    NOT NULL,
	profile       TEXT    NOT NULL,
	tags          TEXT    NOT NULL, -- "k=v k2=v2"
	host          TEXT    NOT NULL,
	open_loop     INTEGER NOT NULL,
	boot_id       TEXT    NOT NULL, -- with pid and process_start: the process that writes the run
	pid           INTEGER NOT NULL,
	process_start INTEGER NOT NULL, -- /proc/PID/stat, field 22
	ending        TEXT,             -- ended, stopped, failed; interrupted: so imported; NULL: not ended
	-- As of the last second:
	duration_ns   INTEGER NOT NULL DEFAULT 0,
	verdict       TEXT,             -- of the measurement
	throughput    REAL,             -- op/s
	peak_rate     REAL,             -- op/s, over a second
	error_rate    REAL,
	p50_ns        INTEGER,          -- response time; service time when the loop is closed
	p99_ns        INTEGER,
	rss_peak      INTEGER,          -- bytes
	finding       TEXT
);

-- The rest of a run's description, and its result.
CREATE TABLE detail (
	run         INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
	description TEXT NOT NULL, -- JSON: options, metrics, error classes, seed, command line
	environment TEXT NOT NULL, -- JSON: machine and libraries
	report      TEXT           -- JSON: what run --json prints, as of the last second
);

-- What happened over time, at most 3,600 rows a run.
CREATE TABLE sample (
	run         INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	start_ns    INTEGER NOT NULL, -- since the run's start
	t_ns        INTEGER NOT NULL, -- end of the interval
	span_ns     INTEGER NOT NULL,
	wall_ns     INTEGER NOT NULL, -- Unix time at t_ns
	offered     INTEGER NOT NULL, -- of the interval, and so the next four
	completed   INTEGER NOT NULL,
	failed      INTEGER NOT NULL,
	expired     INTEGER NOT NULL,
	units       INTEGER NOT NULL,
	target_rate REAL,             -- op/s at t_ns; NULL: closed loop
	rss_bytes   INTEGER,
	cpu_ns      INTEGER,          -- of the process, up to t_ns
	queue       BLOB NOT NULL,    -- histograms of the interval: varints, see hist.h
	service     BLOB NOT NULL,
	response    BLOB NOT NULL,
	slow        TEXT NOT NULL,    -- JSON: the slowest operations of the interval
	state       TEXT NOT NULL,    -- JSON: totals and readings at t_ns
	PRIMARY KEY (run, start_ns)
);

CREATE TABLE segment (
	run       INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	n         INTEGER NOT NULL,
	closed_ns INTEGER,       -- since the run's start; NULL: not closed
	record    TEXT NOT NULL, -- JSON: plan and result
	PRIMARY KEY (run, n)
);

CREATE TABLE event (
	id   INTEGER PRIMARY KEY,
	run  INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	t_ns INTEGER NOT NULL,
	kind TEXT NOT NULL,      -- rate, pause, resume, step, error, note, stop, spike, baseline
	text TEXT NOT NULL
);
CREATE INDEX event_by_run ON event (run, t_ns);

-- The first examples of each class of error.
CREATE TABLE note (
	id          INTEGER PRIMARY KEY,
	run         INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	t_ns        INTEGER NOT NULL,
	error_class INTEGER NOT NULL, -- row of the description's error_classes
	worker      INTEGER NOT NULL,
	text        TEXT NOT NULL
);
CREATE INDEX note_by_run ON note (run, t_ns);
