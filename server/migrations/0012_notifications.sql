-- What people are told of without having been there.

-- Whether followers are told when the channel goes live.
ALTER TABLE channels ADD COLUMN announce INTEGER NOT NULL DEFAULT 1 CHECK (announce IN (0, 1));

-- That a channel went live: one row for all its followers, who find it by what they follow when they read.
CREATE TABLE announcements (
    broadcast_id TEXT    NOT NULL PRIMARY KEY REFERENCES broadcasts (id) ON DELETE CASCADE,
    channel_id   TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    -- What the show was called then.
    title        TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    -- Whether followers were told. They are not when the show before has only just ended.
    told         INTEGER NOT NULL CHECK (told IN (0, 1))
) STRICT;

CREATE INDEX announcements_by_channel ON announcements (channel_id, at DESC, broadcast_id DESC);
CREATE INDEX announcements_by_age ON announcements (at);

-- That somebody was named in a room, or answered, while they were not in it. What was said, by whom and where stands with
-- the message, and only there: when that is deleted, it is deleted here.
CREATE TABLE notices (
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    message_id TEXT    NOT NULL REFERENCES room_messages (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL CHECK (kind IN ('mention', 'reply')),
    at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, message_id)
) STRICT;

CREATE INDEX notices_by_account ON notices (account_id, at DESC, message_id DESC);
CREATE INDEX notices_by_message ON notices (message_id);
CREATE INDEX notices_by_age ON notices (at);

-- Until when somebody has seen all of theirs.
CREATE TABLE notifications_seen (
    account_id TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    until      INTEGER NOT NULL
) STRICT;
