-- The desk of a room: notes about people, appeals against bans and timeouts, reports.

CREATE TABLE room_notes (
    id         TEXT    NOT NULL PRIMARY KEY,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Who wrote it; kept when that account is gone.
    author     TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX room_notes_by_account ON room_notes (channel_id, account_id, created_at DESC);

CREATE TABLE room_appeals (
    id         TEXT    NOT NULL PRIMARY KEY,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    text       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    decided_at INTEGER,
    accepted   INTEGER CHECK (accepted IN (0, 1)),
    answer     TEXT    NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX room_appeals_by_account ON room_appeals (channel_id, account_id, created_at DESC);
CREATE INDEX room_appeals_open ON room_appeals (channel_id, created_at) WHERE decided_at IS NULL;

CREATE TABLE room_reports (
    id          TEXT    NOT NULL PRIMARY KEY,
    channel_id  TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    account_id  TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Who reports.
    reporter    TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Empty if it is about somebody and no message.
    message_id  TEXT    NOT NULL DEFAULT '',
    reason      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    resolved_at INTEGER,
    UNIQUE (channel_id, reporter, account_id, message_id)
) STRICT;

CREATE INDEX room_reports_open ON room_reports (channel_id, created_at) WHERE resolved_at IS NULL;

CREATE INDEX moderation_log_by_subject ON moderation_log (channel_id, subject, id DESC) WHERE subject IS NOT NULL;
CREATE INDEX room_messages_by_account ON room_messages (channel_id, account_id);
