-- Who answers for what: the API token that a moderator acted with, by the name it had then; and what the server's operator notes of
-- a report about a channel's owner.
ALTER TABLE moderation_log ADD COLUMN token TEXT;
ALTER TABLE room_reports ADD COLUMN note TEXT NOT NULL DEFAULT '';
