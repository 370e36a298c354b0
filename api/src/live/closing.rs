//! Why a live connection ends.

/// Why the server closes a live connection: the WebSocket's close code (RFC 6455 section 7.4), whose meaning never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// 1000, the client closed.
    Normal,
    /// 1001, the server is going down: connect again.
    GoingAway,
    /// 1002, what came is not WebSocket.
    Protocol,
    /// 1003, a binary message came; say it in JSON.
    NotText,
    /// 1007, text that is not UTF-8.
    NotUtf8,
    /// 1009, a message larger than [`MAX_REQUEST`](super::MAX_REQUEST).
    TooLarge,
    /// 4400, what came is not a request.
    NotARequest,
    /// 4401, the session is over, or the API token: log in again, or take another token.
    LoggedOut,
    /// 4403, shut out of a room.
    Banned,
    /// 4408, nothing came for too long.
    Silent,
    /// 4409, the client reads too slowly: connect again and join after the last offset.
    TooSlow,
    /// 4429, far too many requests.
    Flood,
}

impl Closing {
    /// Every reason there is.
    pub const ALL: [Self; 12] = [
        Self::Normal,
        Self::GoingAway,
        Self::Protocol,
        Self::NotText,
        Self::NotUtf8,
        Self::TooLarge,
        Self::NotARequest,
        Self::LoggedOut,
        Self::Banned,
        Self::Silent,
        Self::TooSlow,
        Self::Flood,
    ];

    /// What a close code means.
    pub fn of(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|closing| closing.code() == code)
    }

    pub const fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::Protocol => 1002,
            Self::NotText => 1003,
            Self::NotUtf8 => 1007,
            Self::TooLarge => 1009,
            Self::NotARequest => 4400,
            Self::LoggedOut => 4401,
            Self::Banned => 4403,
            Self::Silent => 4408,
            Self::TooSlow => 4409,
            Self::Flood => 4429,
        }
    }

    /// At most 123 bytes, as a control frame has room for.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::GoingAway => "the server restarts; connect again",
            Self::Protocol => "this is not WebSocket as RFC 6455 has it",
            Self::NotText => "send JSON in text messages",
            Self::NotUtf8 => "text must be UTF-8",
            Self::TooLarge => "a message has at most 16 KiB",
            Self::NotARequest => "send an object with an id and a known command",
            Self::LoggedOut => "the session is over; log in again",
            Self::Banned => "you are banned from this room",
            Self::Silent => "nothing came for too long",
            Self::TooSlow => "you read too slowly; connect again and join after your last offset",
            Self::Flood => "far too many requests",
        }
    }

    /// What a client does then, in words.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Normal => "You closed it: connect again when you like.",
            Self::GoingAway => "Connect again after a random wait, and join after your last position.",
            Self::Protocol => "Mend the client; the same again ends the same.",
            Self::NotText => "Send text messages only.",
            Self::NotUtf8 => "Send UTF-8 only.",
            Self::TooLarge => "Say less in a message.",
            Self::NotARequest => "Send requests as they are described here.",
            Self::LoggedOut => "Log in again; or take another API token, since this one was deleted or has expired.",
            Self::Banned => "Stay away, but for `read_desk` and `appeal`.",
            Self::Silent => "Connect again, and answer pings.",
            Self::TooSlow => "Connect again, join after your last position, and read faster.",
            Self::Flood => "Connect again after a random wait, and ask less often.",
        }
    }

    /// Whether a client should connect again by itself.
    pub const fn invites_back(code: u16) -> bool {
        !matches!(code, 1002 | 1003 | 1007 | 1009 | 4400 | 4401 | 4403)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_fits_a_close_frame() {
        for closing in Closing::ALL {
            assert!(closing.reason().len() <= 123);
            assert_eq!(Closing::of(closing.code()), Some(closing));
        }
    }
}
