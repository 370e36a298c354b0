//! Accounts, sessions and stream keys.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Handle;
use crate::channels::Channel;

/// `POST /api/v1/accounts`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAccount {
    /// See [`Handle`]; checked on the server so that the answer names the field.
    pub handle: String,
    pub email: String,
    /// 8 to 256 characters.
    pub password: String,
}

/// An account as others may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountRef {
    pub id: String,
    pub handle: Handle,
}

/// `POST /api/v1/sessions`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogIn {
    /// The handle or the e-mail address.
    pub login: String,
    pub password: String,
}

/// A code just made by `POST /api/v1/me/sign-in-codes`: whoever shows it first is logged in. Good once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInCode {
    pub code: String,
    /// Seconds until it expires.
    pub expires_in: u64,
}

/// `POST /api/v1/sessions/code`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeLogIn {
    pub code: String,
}

/// `POST /api/v1/sessions/refresh`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refresh {
    pub refresh_token: String,
}

/// A session's tokens. The refresh token is good for one use; using it twice ends the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: String,
    /// Seconds until the access token expires.
    pub expires_in: u64,
}

/// `GET /api/v1/me`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    pub id: String,
    pub handle: Handle,
    /// Empty for who asks with an API token.
    pub email: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Whether others see their name in the lists of who is in a room.
    #[serde(default = "yes")]
    pub listed: bool,
    pub channel: Channel,
}

/// Of a server that does not say: it lists everybody.
fn yes() -> bool {
    true
}

/// `PATCH /api/v1/me`: what is absent stays. Another address or password needs `current_password`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
    /// The new one; ends every other session.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub current_password: Option<String>,
    /// Whether others see the name in the lists of who is in a room. They are counted in any case, and named to who moderates there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub listed: Option<bool>,
}

/// A stream key just made: the only time it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewStreamKey {
    pub id: String,
    pub key: String,
}

/// A stream key, without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamKey {
    pub id: String,
    /// The key's last four characters, to tell keys apart.
    pub hint: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
}
