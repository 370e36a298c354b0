-- What keeps a room in order besides its settings.

CREATE TABLE room_filters (
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    pattern    TEXT    NOT NULL,
    action     TEXT    NOT NULL CHECK (action IN ('hold', 'refuse')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (channel_id, pattern)
) STRICT;

-- Why a message is held.
ALTER TABLE room_messages ADD COLUMN reason TEXT NOT NULL DEFAULT '';
