-- Moments of a broadcast that its creator marked: the chapters of its replay.

CREATE TABLE markers (
    id           TEXT    NOT NULL PRIMARY KEY,
    broadcast_id TEXT    NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
    -- Milliseconds on the broadcast's timeline.
    at_ms        INTEGER NOT NULL CHECK (at_ms >= 0),
    text         TEXT    NOT NULL CHECK (length(text) <= 100),
    created_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX markers_by_broadcast ON markers (broadcast_id, at_ms, id);
