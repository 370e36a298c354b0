-- The servers that share this database, and which of them keeps a room.

CREATE TABLE servers (
    -- Drawn when the server starts.
    id          INTEGER NOT NULL PRIMARY KEY,
    -- Renewed as long as it runs; after this moment others may take over what it kept.
    alive_until INTEGER NOT NULL
) STRICT;

CREATE TABLE room_homes (
    channel_id TEXT    NOT NULL PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
    -- The server that keeps the room; 0 for none. It need not be alive any more.
    server_id  INTEGER NOT NULL,
    -- One more with every server that takes over: only the latest may write.
    generation INTEGER NOT NULL
) STRICT;
