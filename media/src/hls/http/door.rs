//! Who comes in: the viewer's token, wherever it stands, and what that means for caches and for players.
//!
//! A player that is given nothing but an address can show a token only there: as `?token=`. A playlist asked for like
//! that leads on to addresses with the token in their path, `/hls/{handle}/token/{token}/…`. Below that path every
//! address in every playlist is relative as ever, so that the token goes along by itself, and who shows one gets the
//! same bytes as everybody else.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header;
use axum::http::request::Parts;

use super::answer::Sharing;
use super::{Site, not_found};
use crate::authority::{Handle, PlayRequest};
use crate::problem::Problem;

/// A viewer who may watch the channel.
pub(super) struct Viewer {
    pub(super) handle: Handle,
    pub(super) sharing: Sharing,
    /// The token of the query, which the playlist's addresses do not carry by themselves.
    pub(super) passing: Option<Token>,
}

/// A token that can stand in a path as it is: of unreserved characters (RFC 3986, 2.3).
pub(super) struct Token(String);

impl Token {
    fn parse(text: &str) -> Option<Self> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let plain = !text.is_empty() && !text.starts_with('.') && text.bytes().all(unreserved);
        plain.then(|| Self(text.to_owned()))
    }

    /// What the addresses of the multivariant playlist, at `/hls/{handle}/index.m3u8`, must begin with.
    pub(super) fn above_all(&self) -> String {
        format!("token/{}/", self.0)
    }

    /// What the addresses of a media playlist must begin with.
    pub(super) fn above(&self, broadcast: &str, rendition: &str) -> String {
        format!("../../token/{}/{broadcast}/{rendition}/", self.0)
    }
}

impl FromRequestParts<Site> for Viewer {
    type Rejection = Problem;

    /// Lets the viewer in, or says why not.
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let nobody = || not_found("There is no such channel.");
        let path = RawPathParams::from_request_parts(parts, site).await.map_err(|_| nobody())?;
        let segment = |name: &str| path.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        let handle = Handle::new(segment("handle").ok_or_else(nobody)?);
        let bearer = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let queried = parts.uri.query().and_then(|query| parameter(query, "token"));
        let carried = bearer.or(segment("token"));
        let token = carried.or(queried).map(str::to_owned);
        // Shared caches keep nothing that somebody showed a token for.
        let sharing = Sharing(if token.is_some() { "private" } else { "public" });
        let passing = queried.filter(|_| carried.is_none()).and_then(Token::parse);
        site.hub.may_play(&PlayRequest { handle: handle.clone(), token }).await?;
        Ok(Self { handle, sharing, passing })
    }
}

/// The first value of a query parameter.
pub(super) fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A playlist whose addresses, all of them relative, begin with `prefix`.
pub(super) fn lead_on(playlist: &str, prefix: &str) -> String {
    let mut out = String::with_capacity(playlist.len() * 2);
    for line in playlist.lines() {
        if let Some((tag, uri)) = line.split_once("URI=\"").filter(|_| line.starts_with('#')) {
            out.extend([tag, "URI=\"", prefix, uri]);
        } else if line.starts_with('#') || line.is_empty() {
            out.push_str(line);
        } else {
            out.extend([prefix, line]);
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_a_playlist_leads_on() {
        let playlist = "#EXTM3U\n#EXT-X-MAP:URI=\"init-0.mp4\"\n#EXT-X-PART:DURATION=0.3,URI=\"7.0.m4s\",INDEPENDENT=YES\n\
                        #EXTINF:2.0,\n7.m4s\n#EXT-X-RENDITION-REPORT:URI=\"../aac/index.m3u8\",LAST-MSN=7\n";
        let expected = "#EXTM3U\n#EXT-X-MAP:URI=\"up/init-0.mp4\"\n\
                        #EXT-X-PART:DURATION=0.3,URI=\"up/7.0.m4s\",INDEPENDENT=YES\n\
                        #EXTINF:2.0,\nup/7.m4s\n#EXT-X-RENDITION-REPORT:URI=\"up/../aac/index.m3u8\",LAST-MSN=7\n";
        assert_eq!(lead_on(playlist, "up/"), expected);
    }

    #[test]
    fn only_what_a_path_can_hold_is_passed_on() {
        assert!(Token::parse("klieg_access_A-z.0~9").is_some());
        for wrong in ["", ".", "..", "a/b", "a\"b", "a%2Fb", "a b", "é"] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
    }
}
