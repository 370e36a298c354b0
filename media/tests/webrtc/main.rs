//! WHIP and WHEP through the public door: the HTTP routes and real UDP on the loopback, with str0m as the other peer.

#![expect(clippy::unwrap_used, reason = "a test fails where an expectation does")]

mod certificates;
mod codecs;
mod conformance_whep;
mod conformance_whip;
mod delivery;
mod events;
mod hostile;
mod layers;
mod lifecycle;
mod overflow;
mod permissions;
mod renditions;
mod support;
mod takeover;
