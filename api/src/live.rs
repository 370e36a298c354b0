//! The live connection, the WebSocket at `/api/v1/live`: what a client asks, and what the server says.
//!
//! Both are JSON objects, one a text message. A client's carry a number of its own choice, which the answer repeats. The
//! server's frames of a room come in the room's order.

mod closing;
mod command;
mod frame;

use serde::{Deserialize, Serialize};

pub use closing::Closing;
pub use command::Command;
pub use frame::Frame;

/// The largest message that a client may send, in bytes.
pub const MAX_REQUEST: usize = 16 << 10;

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Request {
    /// The client's own number; below 2^53. The answer repeats it.
    pub id: u64,
    #[serde(flatten)]
    pub command: Command,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Handle;
    use crate::room::{Event, Position};

    #[test]
    fn requests_read_as_they_are_documented() {
        let request: Request =
            serde_json::from_str(r#"{"id":7,"do":"say","room":"ada","text":"hi","nonce":"a1"}"#).unwrap();
        assert_eq!(request.id, 7);
        assert_eq!(request.command.room().map(Handle::as_str), Some("ada"));
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"id":7,"do":"say","room":"ada","text":"hi","nonce":"a1"}"#
        );
        let join: Request =
            serde_json::from_str(r#"{"id":1,"do":"join","room":"ada","after":{"epoch":"k","offset":3}}"#).unwrap();
        assert!(matches!(join.command, Command::Join { after: Some(Position { offset: 3, .. }), .. }));
    }

    #[test]
    fn an_event_stands_beside_its_room_and_offset() {
        let frame = Frame::Event {
            room: "ada".parse().unwrap(),
            offset: 4,
            on: None,
            event: Event::Deleted { messages: vec!["m".into()], by_moderator: true },
        };
        let text = serde_json::to_string(&frame).unwrap();
        assert_eq!(
            text,
            r#"{"is":"event","room":"ada","offset":4,"event":"deleted","messages":["m"],"by_moderator":true}"#
        );
        assert_eq!(serde_json::from_str::<Frame>(&text).unwrap(), frame);
    }
}
