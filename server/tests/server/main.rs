//! The server from outside: real servers on ports of their own, asked over HTTP; and the real program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod described;
mod live;
mod site;
mod support;

mod accounts;
mod alerts;
mod broadcasting;
mod channels;
mod cluster;
mod cluster_together;
mod codes;
mod demo;
mod desk;
mod desk_reports;
mod emotes;
mod emotes_pictures;
mod hostile;
mod limits;
mod markers;
mod outbound;
mod previews;
mod problems;
mod program;
mod proxy;
mod room;
mod room_busy;
mod room_earlier;
mod room_hostile;
mod room_kept;
mod room_order;
mod room_present;
mod room_rights;
mod sessions;
mod together;
mod tokens;
mod tokens_live;
mod web;
