//! The server's calls, one function each; the comment names the type of the answer.

use klieg_api::accounts::{AccountChange, CodeLogIn, LogIn, NewAccount, Refresh};
use klieg_api::channels::ChannelChange;
use klieg_api::chapters::NewMarker;
use klieg_api::notifications::SeenUntil;
use klieg_api::tokens::NewApiToken;
use time::OffsetDateTime;

use crate::call::{Access, Call, Method};

/// Answers [`klieg_api::accounts::AccountRef`].
pub fn sign_up(account: &NewAccount) -> Call {
    Call::new(Method::Post, "/api/v1/accounts", Access::None).json(account)
}

/// Answers [`klieg_api::accounts::Tokens`].
pub fn log_in(log_in: &LogIn) -> Call {
    Call::new(Method::Post, "/api/v1/sessions", Access::None).json(log_in)
}

/// Answers [`klieg_api::accounts::Tokens`], of a session of its own.
pub fn log_in_by_code(code: &CodeLogIn) -> Call {
    Call::new(Method::Post, "/api/v1/sessions/code", Access::None).json(code)
}

/// Answers [`klieg_api::accounts::SignInCode`].
pub fn make_sign_in_code() -> Call {
    Call::new(Method::Post, "/api/v1/me/sign-in-codes", Access::Required)
}

/// Answers [`klieg_api::accounts::Tokens`].
pub fn refresh(refresh_token: &str) -> Call {
    let body = Refresh { refresh_token: refresh_token.to_owned() };
    Call::new(Method::Post, "/api/v1/sessions/refresh", Access::None).json(&body)
}

/// Ends the session. Answers nothing.
pub fn log_out() -> Call {
    Call::new(Method::Delete, "/api/v1/sessions/current", Access::Required)
}

/// Answers [`klieg_api::accounts::Me`].
pub fn me() -> Call {
    Call::new(Method::Get, "/api/v1/me", Access::Required)
}

/// Answers [`klieg_api::accounts::Me`].
pub fn change_account(change: &AccountChange) -> Call {
    Call::new(Method::Patch, "/api/v1/me", Access::Required).json(change)
}

/// Answers [`klieg_api::channels::Channel`].
pub fn change_channel(change: &ChannelChange) -> Call {
    Call::new(Method::Patch, "/api/v1/me/channel", Access::Required).json(change)
}

/// The health of the caller's broadcast: [`klieg_api::ingest::IngestHealth`], or 404 when nothing comes in.
pub fn ingest() -> Call {
    Call::new(Method::Get, "/api/v1/me/ingest", Access::Required)
}

/// Marks a moment of the caller's broadcast. Answers [`klieg_api::chapters::Chapter`], or 404 when nothing comes in.
pub fn mark(marker: &NewMarker) -> Call {
    Call::new(Method::Post, "/api/v1/me/broadcast/markers", Access::Required).json(marker)
}

/// Answers a page of [`klieg_api::channels::Channel`]: the first, or the one at `cursor`.
pub fn following(cursor: Option<&str>) -> Call {
    let query = cursor.map_or_else(String::new, |cursor| format!("?cursor={}", escape(cursor)));
    Call::new(Method::Get, format!("/api/v1/me/following{query}"), Access::Required)
}

/// Answers [`klieg_api::notifications::NotificationPage`]: the first, or the one at `before`.
pub fn notifications(before: Option<&str>) -> Call {
    let query = before.map_or_else(String::new, |before| format!("?before={}", escape(before)));
    Call::new(Method::Get, format!("/api/v1/notifications{query}"), Access::Required)
}

/// Says until when all notifications were seen. Answers nothing.
pub fn see_notifications(until: OffsetDateTime) -> Call {
    Call::new(Method::Post, "/api/v1/notifications/seen", Access::Required).json(&SeenUntil { until })
}

/// Answers a page of [`klieg_api::emotes::Emote`].
pub fn emotes(handle: &str) -> Call {
    Call::new(Method::Get, format!("/api/v1/channels/{}/emotes", escape(handle)), Access::Optional)
}

/// Answers [`klieg_api::emotes::Emote`]. The body is the picture.
pub fn add_emote(name: &str) -> Call {
    Call::new(Method::Post, format!("/api/v1/me/channel/emotes?name={}", escape(name)), Access::Required)
}

/// Answers nothing; where the emote was written its name stands again.
pub fn delete_emote(name: &str) -> Call {
    Call::new(Method::Delete, format!("/api/v1/me/channel/emotes/{}", escape(name)), Access::Required)
}

/// Answers a page of [`klieg_api::accounts::StreamKey`].
pub fn stream_keys() -> Call {
    Call::new(Method::Get, "/api/v1/me/stream-keys", Access::Required)
}

/// Answers [`klieg_api::accounts::NewStreamKey`].
pub fn make_stream_key() -> Call {
    Call::new(Method::Post, "/api/v1/me/stream-keys", Access::Required)
}

/// Answers [`klieg_api::ingest::IngestAddresses`].
pub fn ingest_addresses() -> Call {
    Call::new(Method::Get, "/api/v1/me/ingest/addresses", Access::Required)
}

/// Answers [`klieg_api::upload::UploadMeasurement`]. The body is bytes that do not compress, sent for some seconds.
pub fn measure_upload() -> Call {
    Call::new(Method::Post, "/api/v1/me/upload-test", Access::Required)
}

/// Answers nothing; a publisher using the key is cut off.
pub fn revoke_stream_key(id: &str) -> Call {
    Call::new(Method::Delete, format!("/api/v1/me/stream-keys/{}", escape(id)), Access::Required)
}

/// Answers a page of [`klieg_api::tokens::ApiToken`].
pub fn api_tokens() -> Call {
    Call::new(Method::Get, "/api/v1/me/tokens", Access::Required)
}

/// Answers [`klieg_api::tokens::MadeApiToken`].
pub fn make_api_token(token: &NewApiToken) -> Call {
    Call::new(Method::Post, "/api/v1/me/tokens", Access::Required).json(token)
}

/// Answers nothing; what uses the token is cut off.
pub fn delete_api_token(id: &str) -> Call {
    Call::new(Method::Delete, format!("/api/v1/me/tokens/{}", escape(id)), Access::Required)
}

/// What to look for among the channels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Find {
    pub live: bool,
    pub category: Option<String>,
    pub words: Option<String>,
    pub cursor: Option<String>,
}

/// Most viewers first. Answers a page of [`klieg_api::channels::Channel`].
pub fn channels(find: &Find) -> Call {
    let mut query = vec!["sort=viewers".to_owned()];
    if find.live {
        query.push("live=true".to_owned());
    }
    for (name, value) in [("category", &find.category), ("q", &find.words), ("cursor", &find.cursor)] {
        if let Some(value) = value {
            query.push(format!("{name}={}", escape(value)));
        }
    }
    Call::new(Method::Get, format!("/api/v1/channels?{}", query.join("&")), Access::Optional)
}

/// Answers [`klieg_api::channels::Channel`].
pub fn channel(handle: &str) -> Call {
    Call::new(Method::Get, format!("/api/v1/channels/{}", escape(handle)), Access::Optional)
}

/// Answers a page of categories.
pub fn categories() -> Call {
    Call::new(Method::Get, "/api/v1/categories", Access::Optional)
}

/// Follows a channel, or stops. Answers nothing.
pub fn follow(handle: &str, follow: bool) -> Call {
    let method = if follow { Method::Put } else { Method::Delete };
    Call::new(method, format!("/api/v1/channels/{}/follow", escape(handle)), Access::Required)
}

/// Percent-encodes all but unreserved characters (RFC 3986 section 2.3).
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.extend(char::from_digit(u32::from(digit), 16).map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_cannot_change_the_call() {
        let find = Find {
            live: true,
            category: Some("Talk & Code".into()),
            words: Some("a&sort=x#/../ä".into()),
            cursor: None,
        };
        assert_eq!(
            channels(&find).path,
            "/api/v1/channels?sort=viewers&live=true&category=Talk%20%26%20Code&q=a%26sort%3Dx%23%2F..%2F%C3%A4"
        );
        assert_eq!(add_emote("a&b").path, "/api/v1/me/channel/emotes?name=a%26b");
        assert_eq!(channel("../me").path, "/api/v1/channels/..%2Fme");
    }

    #[test]
    fn following_is_put_and_delete() {
        assert_eq!(follow("ada", true).method, Method::Put);
        assert_eq!(follow("ada", false).method, Method::Delete);
        assert_eq!(follow("ada", false).path, "/api/v1/channels/ada/follow");
    }

    #[test]
    fn a_change_carries_only_what_changes() {
        let change = ChannelChange { title: Some("\"<b>".into()), ..ChannelChange::default() };
        assert_eq!(change_channel(&change).body.as_deref(), Some(r#"{"title":"\"<b>"}"#));
    }
}
