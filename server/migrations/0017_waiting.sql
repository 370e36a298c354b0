-- What waits in a room is read when that opens, however much was said since.

CREATE INDEX room_messages_waiting ON room_messages (channel_id, seq) WHERE state = 'held';

-- Of what waits for a moderator so much is read as may. What waits longer was out of their sight, and is shown to nobody any more.

UPDATE room_messages SET state = 'discarded' WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY channel_id ORDER BY seq DESC) AS place
        FROM room_messages WHERE state = 'held' AND reason <> 'delay'
    ) WHERE place > 200
);
