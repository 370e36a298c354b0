-- What somebody removed at one stroke, by a ban, a timeout or with the shield: an act of the log, and each message.

CREATE TABLE moderation_log_messages (
    act_id     INTEGER NOT NULL REFERENCES moderation_log (id) ON DELETE CASCADE,
    message_id TEXT    NOT NULL,
    PRIMARY KEY (act_id, message_id)
) STRICT, WITHOUT ROWID;
