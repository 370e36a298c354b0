-- API tokens: what bots and integrations act with, in the name of an account. One that is revoked is deleted.

CREATE TABLE api_tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    account_id   TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash         BLOB    NOT NULL UNIQUE,
    hint         TEXT    NOT NULL,
    name         TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    -- As the API has them, with blanks between.
    scopes       TEXT    NOT NULL CHECK (scopes <> ''),
    created_at   INTEGER NOT NULL,
    -- Never if absent. Kept beyond it, for its owner to see.
    expires_at   INTEGER,
    -- Written once a minute at most.
    last_used_at INTEGER
) STRICT;

CREATE INDEX api_tokens_by_account ON api_tokens (account_id, created_at);
