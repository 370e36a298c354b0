-- Emotes of channels: small pictures that are written `:name:` in their rooms.

CREATE TABLE emotes (
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL CHECK (length(name) BETWEEN 2 AND 24),
    -- The name in lower case: one emote of a name, however it is written.
    name_key   TEXT    NOT NULL,
    -- Of the picture and of the first frame of one that is animated: what they are found by.
    hash       TEXT    NOT NULL,
    still_hash TEXT,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- PNG, as the server wrote it. Last, so that lists are read without them.
    picture    BLOB    NOT NULL,
    still      BLOB,
    PRIMARY KEY (channel_id, name_key),
    CHECK ((still_hash IS NULL) = (still IS NULL))
) STRICT;

CREATE INDEX emotes_by_hash ON emotes (hash);
CREATE INDEX emotes_by_still ON emotes (still_hash) WHERE still_hash IS NOT NULL;
