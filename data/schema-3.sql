-- Format 3 of the history: what tells runs of one kind from others, and which code was tested. ASCII only: this text is compiled
-- into the program.

-- The commit under test: the tag "commit", else HEAD of the Git repository that the run was started in. '': not known.
ALTER TABLE run ADD COLUMN commit_id TEXT NOT NULL DEFAULT '';

-- A hash of workload, profile, mode and options without those that runs of one kind may differ in: equal for runs whose figures
-- lie on one line. NULL: not known, of runs from before this format.
ALTER TABLE run ADD COLUMN kind INTEGER;

UPDATE run SET commit_id = substr(tags || ' ', instr(' ' || tags, ' commit=') + 7,
	instr(substr(tags || ' ', instr(' ' || tags, ' commit=') + 7), ' ') - 1)
	WHERE instr(' ' || tags, ' commit=') > 0;
