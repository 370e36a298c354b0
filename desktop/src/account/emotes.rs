//! Pictures of emotes from the creator's server, for the chat in the window.

use bytes::{Bytes, BytesMut};
use klieg_core::call::CallError;
use reqwest::StatusCode;

use super::SignedIn;
use super::wire::PATIENCE;

/// No picture of an emote is larger, in bytes.
const LONGEST: usize = 2 << 20;

impl SignedIn {
    /// The picture in this file of the server's; none if there is no such file.
    pub async fn emote(&self, file: &str) -> Result<Option<Bytes>, CallError> {
        if !is_picture(file) {
            return Ok(None);
        }
        let request = self.http.get(format!("{}/emotes/{file}", self.server)).timeout(PATIENCE);
        let mut answer = request.send().await.map_err(|_| CallError::Unreachable)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(CallError::Unreadable),
        }
        let mut picture = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| CallError::Unreachable)? {
            if picture.len() + chunk.len() > LONGEST {
                return Err(CallError::Unreadable);
            }
            picture.extend_from_slice(&chunk);
        }
        Ok(Some(picture.freeze()))
    }
}

/// Whether this is a name as the server gives them, and leads nowhere else.
fn is_picture(file: &str) -> bool {
    let hash = file.strip_suffix(".png").unwrap_or_default();
    (1..=64).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::is_picture;

    #[test]
    fn only_names_of_pictures_are_asked_for() {
        assert!(is_picture("0123456789abcdef0123456789abcdef.png"));
        for other in ["", ".png", "../api/v1/me", "0/../1.png", "0.svg", "%2e.png", "0.png?x", "x.png"] {
            assert!(!is_picture(other), "{other}");
        }
    }
}
