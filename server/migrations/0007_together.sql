-- What people do together in a room: points and what they are for, and questions to the creator.

-- Points of a channel that people have. Those who have none have no row.
CREATE TABLE room_points (
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    points     INTEGER NOT NULL CHECK (points >= 0),
    PRIMARY KEY (channel_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE predictions (
    id         TEXT    NOT NULL PRIMARY KEY,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    question   TEXT    NOT NULL,
    -- A JSON array of texts.
    outcomes   TEXT    NOT NULL,
    locks_at   INTEGER NOT NULL,
    stage      TEXT    NOT NULL DEFAULT 'open' CHECK (stage IN ('open', 'locked', 'resolved', 'cancelled')),
    -- The place of the outcome that came true, from 0.
    winner     INTEGER
) STRICT;

CREATE INDEX predictions_open ON predictions (channel_id) WHERE stage IN ('open', 'locked');

CREATE TABLE prediction_stakes (
    prediction_id TEXT    NOT NULL REFERENCES predictions (id) ON DELETE CASCADE,
    account_id    TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    outcome       INTEGER NOT NULL,
    points        INTEGER NOT NULL CHECK (points > 0),
    -- What came back when it was decided.
    returned      INTEGER,
    PRIMARY KEY (prediction_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rewards (
    id         TEXT    NOT NULL PRIMARY KEY,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    title      TEXT    NOT NULL,
    cost       INTEGER NOT NULL CHECK (cost > 0),
    asks       INTEGER NOT NULL CHECK (asks IN (0, 1)),
    waits      INTEGER NOT NULL CHECK (waits IN (0, 1)),
    paused     INTEGER NOT NULL CHECK (paused IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX rewards_by_channel ON rewards (channel_id);

-- What was redeemed. The message of the same id tells of it.
CREATE TABLE redemptions (
    id         TEXT    NOT NULL PRIMARY KEY,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- The reward as it was then; it may be gone.
    reward_id  TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    cost       INTEGER NOT NULL,
    text       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'fulfilled', 'refunded'))
) STRICT;

CREATE INDEX redemptions_waiting ON redemptions (channel_id, created_at) WHERE state = 'waiting';

-- The title of the reward that a message tells of.
ALTER TABLE room_messages ADD COLUMN reward TEXT;

CREATE TABLE questions (
    id         TEXT    NOT NULL PRIMARY KEY,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    nonce      TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    closed     TEXT    CHECK (closed IN ('answered', 'dismissed')),
    closed_at  INTEGER,
    UNIQUE (channel_id, account_id, nonce)
) STRICT;

CREATE INDEX questions_open ON questions (channel_id, created_at) WHERE closed IS NULL;

CREATE TABLE question_votes (
    question_id TEXT NOT NULL REFERENCES questions (id) ON DELETE CASCADE,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (question_id, account_id)
) STRICT, WITHOUT ROWID;
