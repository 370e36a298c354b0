-- Accounts, channels, sessions, keys, broadcasts, follows.
--
-- Identifiers are UUIDs as text, moments are milliseconds since 1970, so that one SQL text serves SQLite and PostgreSQL.

CREATE TABLE accounts (
    id            TEXT    NOT NULL PRIMARY KEY,
    handle        TEXT    NOT NULL UNIQUE CHECK (length(handle) BETWEEN 3 AND 25),
    email         TEXT    NOT NULL,
    -- The address in lower case: one account per address, however it is written.
    email_key     TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE channels (
    id           TEXT    NOT NULL PRIMARY KEY,
    account_id   TEXT    NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    display_name TEXT    NOT NULL DEFAULT '',
    about        TEXT    NOT NULL DEFAULT '',
    title        TEXT    NOT NULL DEFAULT '',
    category     TEXT    NOT NULL DEFAULT '',
    -- A JSON array of strings.
    tags         TEXT    NOT NULL DEFAULT '[]',
    language     TEXT    NOT NULL DEFAULT '',
    mature       INTEGER NOT NULL DEFAULT 0 CHECK (mature IN (0, 1)),
    visibility   TEXT    NOT NULL DEFAULT 'public' CHECK (visibility IN ('public', 'unlisted', 'private')),
    -- Kept in step with `follows` in the same transaction.
    followers    INTEGER NOT NULL DEFAULT 0 CHECK (followers >= 0),
    created_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX channels_by_followers ON channels (visibility, followers DESC, id DESC);
CREATE INDEX channels_by_age ON channels (visibility, created_at DESC, id DESC);

CREATE TABLE follows (
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, channel_id)
) STRICT;

CREATE INDEX follows_by_channel ON follows (channel_id);
CREATE INDEX follows_by_age ON follows (account_id, created_at DESC, channel_id DESC);

-- A session is a family of tokens: it ends as a whole.
CREATE TABLE sessions (
    id         TEXT    NOT NULL PRIMARY KEY,
    account_id TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE TABLE access_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,
    session_id TEXT    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX access_tokens_by_session ON access_tokens (session_id);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);

CREATE TABLE refresh_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,
    session_id TEXT    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    -- When it was exchanged; a token presented after that is a stolen one.
    used_at    INTEGER
) STRICT;

CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE stream_keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    channel_id   TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    hash         BLOB    NOT NULL UNIQUE,
    hint         TEXT    NOT NULL,
    -- What made it, if not the creator: `demo`.
    label        TEXT    NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

CREATE INDEX stream_keys_by_channel ON stream_keys (channel_id, created_at);

CREATE TABLE broadcasts (
    id         TEXT    NOT NULL PRIMARY KEY,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    title      TEXT    NOT NULL,
    category   TEXT    NOT NULL,
    protocol   TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    -- Renewed while it is on, so that a broadcast cut short by a crash is closed at about the right time.
    seen_at    INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT;

CREATE INDEX broadcasts_by_channel ON broadcasts (channel_id, started_at DESC);
CREATE INDEX broadcasts_open ON broadcasts (seen_at) WHERE ended_at IS NULL;
