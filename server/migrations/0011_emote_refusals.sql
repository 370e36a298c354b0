-- Emotes that an operator takes down for good, and whose emotes have changed.

-- Of the file that was uploaded; unknown of those that were uploaded before.
ALTER TABLE emotes ADD COLUMN upload_hash TEXT;

-- Hashes that are not taken any more: of files as they are uploaded, and of pictures as they are kept.
CREATE TABLE emote_refusals (
    hash       TEXT    NOT NULL PRIMARY KEY,
    refused_at INTEGER NOT NULL
) STRICT;

-- The latest change of each channel's emotes, in order, so that a server notices what nobody has told it of.
CREATE TABLE emote_changes (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    channel_id TEXT    NOT NULL UNIQUE REFERENCES channels (id) ON DELETE CASCADE
) STRICT;
