-- The room of a channel: what was said, by which rules, who is kept out.

CREATE TABLE rooms (
    channel_id TEXT NOT NULL PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
    -- JSON, as the API has them.
    settings   TEXT NOT NULL DEFAULT '{}',
    pinned     TEXT
) STRICT;

CREATE TABLE room_messages (
    id           TEXT    NOT NULL PRIMARY KEY,
    channel_id   TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    -- Counts up in each room: the order in which things were said.
    seq          INTEGER NOT NULL,
    account_id   TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- The client's own name for it, by which saying it twice is saying it once.
    nonce        TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    -- What was on at that moment, and how far into it.
    broadcast_id TEXT    REFERENCES broadcasts (id) ON DELETE SET NULL,
    at_ms        INTEGER,
    -- The author as they were shown then: a name, if any, and a JSON array of badges.
    name         TEXT,
    badges       TEXT    NOT NULL DEFAULT '[]',
    announcement INTEGER NOT NULL DEFAULT 0 CHECK (announcement IN (0, 1)),
    -- The message that this one answers, as JSON; its text is emptied when that one is deleted.
    reply_to     TEXT,
    reply        TEXT,
    state        TEXT    NOT NULL DEFAULT 'shown' CHECK (state IN ('shown', 'held', 'discarded', 'deleted')),
    UNIQUE (channel_id, seq),
    UNIQUE (channel_id, account_id, nonce)
) STRICT;

CREATE INDEX room_messages_by_broadcast ON room_messages (broadcast_id, at_ms);
CREATE INDEX room_messages_by_reply ON room_messages (reply_to) WHERE reply_to IS NOT NULL;

CREATE TABLE room_reactions (
    message_id TEXT NOT NULL REFERENCES room_messages (id) ON DELETE CASCADE,
    emoji      TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (message_id, emoji, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE room_moderators (
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (channel_id, account_id)
) STRICT;

-- Who must be silent: until a moment, or without one until further notice, which also shuts them out.
CREATE TABLE room_silences (
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    until      INTEGER,
    reason     TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    PRIMARY KEY (channel_id, account_id)
) STRICT;

CREATE TABLE polls (
    id         TEXT    NOT NULL PRIMARY KEY,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    question   TEXT    NOT NULL,
    -- A JSON array of texts.
    options    TEXT    NOT NULL,
    ends_at    INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT;

CREATE INDEX polls_by_channel ON polls (channel_id, id DESC);

CREATE TABLE poll_votes (
    poll_id    TEXT    NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- The answer's place, from 0.
    option     INTEGER NOT NULL,
    PRIMARY KEY (poll_id, account_id)
) STRICT, WITHOUT ROWID;

-- What moderators did, for good.
CREATE TABLE moderation_log (
    id         INTEGER NOT NULL PRIMARY KEY,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    -- Who did it; kept when the account is gone.
    actor      TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    -- The account it was done to, if any.
    subject    TEXT,
    message_id TEXT,
    detail     TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX moderation_log_by_channel ON moderation_log (channel_id, id DESC);
