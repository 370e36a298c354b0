//! API tokens: what bots and integrations act with, in the name of the account that made them and within scopes.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What every API token begins with.
pub const PREFIX: &str = "klieg_api_";
/// Longest name, in characters.
pub const MAX_NAME: usize = 40;
/// The latest end of a token that ends, in days.
pub const MAX_DAYS: u32 = 365;

/// A part of what an account may do. None contains another: a token is good for what its scopes say and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    /// To enter rooms as this account, also those that only it may enter, and to read there what it may read: cards, and as
    /// a moderator the log, appeals and reports. Whatever else is done in a room needs this as well, to enter.
    #[serde(rename = "room:read")]
    RoomRead,
    /// What every viewer does in a room: say, react, cheer, vote, spend points, ask, delete what they said, report, appeal.
    #[serde(rename = "room:write")]
    RoomWrite,
    /// What only moderators and the creator do in a room, but to appoint moderators.
    #[serde(rename = "room:moderate")]
    RoomModerate,
    /// To read the account's profile without its e-mail address, its channel, and how its broadcast arrives.
    #[serde(rename = "channel:read")]
    ChannelRead,
    /// To change the account's channel and its emotes, and to mark moments of its broadcast.
    #[serde(rename = "channel:write")]
    ChannelWrite,
}

impl Scope {
    pub const ALL: [Self; 5] =
        [Self::RoomRead, Self::RoomWrite, Self::RoomModerate, Self::ChannelRead, Self::ChannelWrite];

    /// As it is written everywhere.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoomRead => "room:read",
            Self::RoomWrite => "room:write",
            Self::RoomModerate => "room:moderate",
            Self::ChannelRead => "channel:read",
            Self::ChannelWrite => "channel:write",
        }
    }

    /// The scope of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// `POST /api/v1/me/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// 1 to 40 characters on one line, for its owner to know it by.
    pub name: String,
    /// At least one.
    pub scopes: Vec<Scope>,
    /// 1 to 365; never if absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_in_days: Option<u32>,
    /// A token outlives the session that makes it, so an access token that somebody found must not be enough to make one.
    #[cfg_attr(feature = "openapi", schema(format = "password"))]
    pub current_password: String,
}

/// A token just made: the only time it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeApiToken {
    pub id: String,
    pub token: String,
}

/// A token, without the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    pub id: String,
    pub name: String,
    /// The token's last four characters, to tell tokens apart.
    pub hint: String,
    pub scopes: Vec<Scope>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// From then on it is refused; null for never.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// To the minute: by a request, or by a live connection that was open.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_have_one_name_everywhere() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_string(&scope).unwrap(), format!("\"{}\"", scope.name()));
            assert_eq!(Scope::of(scope.name()), Some(scope));
        }
        assert_eq!(Scope::of("room"), None);
    }

    #[test]
    fn a_misspelt_end_does_not_make_a_token_without_one() {
        let misspelt = r#"{"name":"Bot","scopes":["room:read"],"expires_in_day":1}"#;
        assert!(serde_json::from_str::<NewApiToken>(misspelt).is_err());
    }
}
