//! What Klieg demands of a peer's SDP before anything is allocated for it, and the fragments of trickle ICE.
//!
//! This reads only what decides whether an offer is acceptable (RFC 9725, 4.4; draft-ietf-wish-whep, 4.2) and rewrites
//! the few lines that must differ; the rest of the SDP is for str0m. Sans-IO.

#![deny(clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::codec::Kind;

/// Simulcast layers that are told apart before they come.
const MOST_LAYERS: usize = 8;

/// Which way media flows, seen from the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// WHIP: the peer sends.
    Publishes,
    /// WHEP: the peer receives.
    Plays,
}

/// Why an offer was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// This is not SDP, or SDP cut short.
    #[error("the offer cannot be read: {0}")]
    Malformed(String),
    /// The offer asks for something that this protocol or server does not do.
    #[error("the offer cannot be accepted: {0}")]
    Unacceptable(&'static str),
    /// Nothing the peer can encode or decode is of use.
    #[error("no codec in common: {0}")]
    NoCodec(&'static str),
}

/// An offer that may be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The SDP, each direction narrowed to this flow.
    pub sdp: String,
    pub kinds: Vec<Kind>,
    /// The names of the simulcast layers that are offered; the first of them, if there are many.
    pub layers: Vec<String>,
}

#[derive(Debug, Default)]
struct Section<'a> {
    mid: Option<&'a str>,
    direction: Option<&'a str>,
    rtcp_mux: bool,
    kind: Option<Kind>,
}

impl Offer {
    pub fn parse(sdp: &str, flow: Flow) -> Result<Self, Refusal> {
        if !sdp.starts_with("v=0") {
            return Err(Refusal::Malformed("it does not begin with v=0".into()));
        }
        let mut session = Section::default();
        let mut sections: Vec<Section<'_>> = Vec::new();
        let mut bundle: Vec<&str> = Vec::new();
        let (mut streams, mut layers) = (BTreeSet::new(), Vec::new());
        let mut narrowed = String::with_capacity(sdp.len());
        for line in sdp.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            let Some((name, value)) = line.split_once('=') else {
                return Err(Refusal::Malformed(format!("`{}` is not an SDP line", printable(line))));
            };
            let mut out = line;
            if name == "m" {
                sections.push(Section { kind: kind_of(value)?, ..Section::default() });
            } else if name == "a" {
                let section = sections.last_mut().unwrap_or(&mut session);
                match value.split_once(':').unwrap_or((value, "")) {
                    ("mid", mid) => section.mid = Some(mid.trim()),
                    ("rtcp-mux", _) => section.rtcp_mux = true,
                    ("group", group) => {
                        if let Some(mids) = group.strip_prefix("BUNDLE") {
                            bundle = mids.split_ascii_whitespace().collect();
                        }
                    }
                    // The stream that the track belongs to, `-` for none (RFC 8830, 2).
                    ("msid", msid) => streams.extend(msid.split_ascii_whitespace().next().filter(|&id| id != "-")),
                    ("rid", rid) if layers.len() < MOST_LAYERS => {
                        let mut words = rid.split_ascii_whitespace();
                        layers.extend(words.next().filter(|_| words.next() == Some("send")).map(str::to_owned));
                    }
                    (direction @ ("sendrecv" | "sendonly" | "recvonly" | "inactive"), "") => {
                        section.direction = Some(direction);
                        if direction == "sendrecv" {
                            out = flow.attribute();
                        }
                    }
                    _ => {}
                }
            }
            narrowed.push_str(out);
            narrowed.push_str("\r\n");
        }
        if sections.is_empty() {
            return Err(Refusal::Malformed("it has no media section".into()));
        }
        let inherited = session.direction;
        for section in &sections {
            section.check(flow, inherited, &bundle)?;
        }
        let kinds: Vec<Kind> = sections.iter().filter_map(|section| section.kind).collect();
        for kind in [Kind::Audio, Kind::Video] {
            if kinds.iter().filter(|&&other| other == kind).count() > 1 {
                return Err(Refusal::Unacceptable("it has more than one section of audio or of video"));
            }
        }
        if flow == Flow::Publishes && streams.len() > 1 {
            return Err(Refusal::Unacceptable("all its tracks must be of one stream (a=msid)"));
        }
        Ok(Self { sdp: narrowed, kinds, layers })
    }

    /// In the place of the offer of a peer that has made none.
    pub(crate) const fn none() -> Self {
        Self { sdp: String::new(), kinds: Vec::new(), layers: Vec::new() }
    }

    /// The same offer after an ICE restart of the peer (RFC 9725, 4.3.3).
    pub fn with_credentials(&self, ufrag: &str, pwd: &str) -> String {
        let mut out = String::with_capacity(self.sdp.len());
        for line in self.sdp.lines() {
            if line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates") {
                continue;
            }
            let _ = match line {
                _ if line.starts_with("a=ice-ufrag:") => write!(out, "a=ice-ufrag:{ufrag}\r\n"),
                _ if line.starts_with("a=ice-pwd:") => write!(out, "a=ice-pwd:{pwd}\r\n"),
                line => write!(out, "{line}\r\n"),
            };
        }
        out
    }

    /// The peer's ICE user name fragment.
    pub fn ufrag(&self) -> Option<&str> {
        self.sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"))
    }
}

/// The fragment that answers an ICE restart, from the SDP that would answer the whole offer: all sections share the
/// first one's transport.
pub fn answering_fragment(answer: &str) -> String {
    const KEPT: [&str; 8] = [
        "a=ice-lite",
        "a=ice-options:",
        "a=group:BUNDLE",
        "m=",
        "a=mid:",
        "a=ice-ufrag:",
        "a=ice-pwd:",
        "a=candidate:",
    ];
    let mut sections = 0;
    let first = answer.lines().take_while(|line| {
        sections += usize::from(line.starts_with("m="));
        sections < 2
    });
    let kept = first.filter(|line| KEPT.iter().any(|start| line.starts_with(start)));
    kept.fold(String::new(), |out, line| out + line + "\r\n") + "a=end-of-candidates\r\n"
}

impl Section<'_> {
    fn check(&self, flow: Flow, inherited: Option<&str>, bundle: &[&str]) -> Result<(), Refusal> {
        if self.kind.is_none() {
            return Err(Refusal::Unacceptable("only audio and video sections are supported"));
        }
        match (flow, self.direction.or(inherited).unwrap_or("sendrecv")) {
            (_, "sendrecv") | (Flow::Publishes, "sendonly") | (Flow::Plays, "recvonly") => {}
            (Flow::Publishes, _) => return Err(Refusal::Unacceptable("every section must send (a=sendonly)")),
            (Flow::Plays, _) => return Err(Refusal::Unacceptable("every section must receive (a=recvonly)")),
        }
        if !self.rtcp_mux {
            return Err(Refusal::Unacceptable("every section needs a=rtcp-mux"));
        }
        if self.mid.is_none_or(|mid| !bundle.contains(&mid)) {
            return Err(Refusal::Unacceptable("all sections must be in one a=group:BUNDLE"));
        }
        Ok(())
    }
}

impl Flow {
    const fn attribute(self) -> &'static str {
        match self {
            Self::Publishes => "a=sendonly",
            Self::Plays => "a=recvonly",
        }
    }
}

/// The kind of an m-line's value; `Ok(None)` for other kinds of section.
fn kind_of(value: &str) -> Result<Option<Kind>, Refusal> {
    let mut words = value.split_ascii_whitespace();
    let (Some(media), Some(port), Some(protocol), Some(_format)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Refusal::Malformed("a media line is cut short".into()));
    };
    if port.parse::<u16>().is_err() {
        return Err(Refusal::Malformed("a media line has no port".into()));
    }
    let kind = match media {
        "audio" => Kind::Audio,
        "video" => Kind::Video,
        _ => return Ok(None),
    };
    if !protocol.ends_with("RTP/SAVPF") {
        return Err(Refusal::Unacceptable("media must use UDP/TLS/RTP/SAVPF"));
    }
    Ok(Some(kind))
}

fn printable(line: &str) -> String {
    line.chars().filter(|character| !character.is_control()).take(40).collect()
}

/// An SDP fragment (RFC 8840): what trickle ICE and ICE restarts send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    pub ufrag: Option<String>,
    pub pwd: Option<String>,
    /// Candidate attributes without `a=`, as they came.
    pub candidates: Vec<String>,
}

impl Fragment {
    /// Reads a fragment; `None` if this is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut fragment = Self::default();
        let mut lines = 0;
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once('=')?;
            if name.len() != 1 {
                return None;
            }
            lines += 1;
            match (name, value.split_once(':').unwrap_or((value, ""))) {
                ("a", ("ice-ufrag", ufrag)) => fragment.ufrag = Some(ufrag.trim().to_owned()),
                ("a", ("ice-pwd", pwd)) => fragment.pwd = Some(pwd.trim().to_owned()),
                ("a", ("candidate", _)) => fragment.candidates.push(value.to_owned()),
                _ => {}
            }
        }
        (lines > 0).then_some(fragment)
    }

    /// The credentials, if they are of a length that RFC 8839 (5.4) allows.
    pub fn credentials(&self) -> Option<(&str, &str)> {
        let ice_chars =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/');
        let (ufrag, pwd) = (self.ufrag.as_deref()?, self.pwd.as_deref()?);
        let valid = (4..=256).contains(&ufrag.len()) && (22..=256).contains(&pwd.len());
        (valid && ice_chars(ufrag) && ice_chars(pwd)).then_some((ufrag, pwd))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offer(lines: &[&str]) -> String {
        let head = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1"];
        head.iter().chain(lines).fold(String::new(), |text, line| text + line + "\r\n")
    }

    const AUDIO: [&str; 4] = ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=sendrecv", "a=rtcp-mux"];

    #[test]
    fn a_direction_of_both_is_narrowed_to_the_flow() {
        let offer = Offer::parse(&offer(&AUDIO), Flow::Plays).unwrap();
        assert_eq!(offer.kinds, [Kind::Audio]);
        assert!(offer.sdp.contains("a=recvonly\r\n") && !offer.sdp.contains("a=sendrecv"));
    }

    #[test]
    fn a_section_that_flows_the_wrong_way_refuses_the_whole_offer() {
        for (wrong, flow) in [
            ("a=recvonly", Flow::Publishes),
            ("a=inactive", Flow::Publishes),
            ("a=sendonly", Flow::Plays),
            ("a=inactive", Flow::Plays),
        ] {
            let sdp = offer(&["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:0", wrong, "a=rtcp-mux"]);
            assert!(matches!(Offer::parse(&sdp, flow), Err(Refusal::Unacceptable(_))), "{wrong}");
        }
    }

    #[test]
    fn bundle_and_rtcp_mux_are_required() {
        let unbundled = offer(&AUDIO).replace("a=group:BUNDLE 0 1\r\n", "");
        let unmuxed = offer(&AUDIO).replace("a=rtcp-mux\r\n", "");
        for sdp in [unbundled, unmuxed] {
            assert!(matches!(Offer::parse(&sdp, Flow::Plays), Err(Refusal::Unacceptable(_))));
        }
    }

    #[test]
    fn a_restart_changes_the_credentials_and_nothing_else() {
        let sdp = offer(&AUDIO)
            + "a=ice-ufrag:old1\r\na=ice-pwd:oldoldoldoldoldoldoldold\r\na=candidate:1 1 udp 1 ::1 9 typ host\r\n";
        let offer = Offer::parse(&sdp, Flow::Publishes).unwrap();
        let restarted =
            Offer::parse(&offer.with_credentials("new1", "newnewnewnewnewnewnewnew"), Flow::Publishes).unwrap();
        assert_eq!((restarted.ufrag(), &restarted.kinds), (Some("new1"), &offer.kinds));
        assert!(!restarted.sdp.contains("candidate"));
    }

    #[test]
    fn a_fragment_gives_candidates_and_credentials() {
        let text = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host\r\na=end-of-candidates\r\n";
        let fragment = Fragment::parse(text).unwrap();
        assert_eq!(fragment.credentials(), Some(("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")));
        assert_eq!(fragment.candidates, ["candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host"]);
        assert_eq!(Fragment::parse("hello"), None);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(text in ".{0,400}") {
            let _ = (Offer::parse(&text, Flow::Plays), Offer::parse(&format!("v=0\r\nm={text}"), Flow::Publishes), Fragment::parse(&text));
        }
    }
}
