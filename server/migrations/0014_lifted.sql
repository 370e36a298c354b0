-- Which ban or timeout an accepted appeal has ended, by when that began: a room that was not told finds it here.
ALTER TABLE room_appeals ADD COLUMN lifted INTEGER;

CREATE INDEX room_appeals_lifted ON room_appeals (decided_at) WHERE lifted IS NOT NULL;
