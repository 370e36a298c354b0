-- What waits in a room is read when that opens, however much was said since.

CREATE INDEX room_messages_waiting ON room_messages (channel_id, seq) WHERE state = 'held';
