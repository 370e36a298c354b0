//! A strict reader of media playlists, for tests: what it does not know, it refuses.

use std::collections::HashMap;

#[derive(Clone, Debug, Default)]
pub(crate) struct Playlist {
    pub(crate) text: String,
    pub(crate) version: u64,
    pub(crate) target: u64,
    pub(crate) part_target: f64,
    pub(crate) control: HashMap<String, String>,
    pub(crate) msn: u64,
    pub(crate) discontinuity_sequence: u64,
    pub(crate) independent: bool,
    pub(crate) skipped: Option<u64>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) ended: bool,
    pub(crate) hints: Vec<HashMap<String, String>>,
    pub(crate) reports: Vec<HashMap<String, String>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Segment {
    pub(crate) msn: u64,
    pub(crate) uri: Option<String>,
    pub(crate) duration: f64,
    pub(crate) discontinuity: bool,
    pub(crate) gap: bool,
    pub(crate) map: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) uri: String,
    pub(crate) duration: f64,
    pub(crate) independent: bool,
}

pub(crate) fn attributes(list: &str) -> HashMap<String, String> {
    let mut out = HashMap::new();
    let mut rest = list;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').unwrap();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => {
                let (value, after) = quoted.split_once('"').unwrap();
                (value, after.strip_prefix(',').unwrap_or(after))
            }
            None => after.split_once(',').unwrap_or((after, "")),
        };
        assert!(out.insert(name.to_owned(), value.to_owned()).is_none(), "{name} stands twice");
        rest = after;
    }
    out
}

impl Playlist {
    pub(crate) fn parse(text: &str) -> Self {
        let mut playlist = Self { text: text.to_owned(), ..Self::default() };
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("#EXTM3U"));
        let mut open = Segment::default();
        let mut next = 0;
        for line in lines {
            let (tag, value) = line.split_once(':').unwrap_or((line, ""));
            match tag {
                "#EXT-X-VERSION" => playlist.version = value.parse().unwrap(),
                "#EXT-X-TARGETDURATION" => playlist.target = value.parse().unwrap(),
                "#EXT-X-PART-INF" => playlist.part_target = attributes(value)["PART-TARGET"].parse().unwrap(),
                "#EXT-X-SERVER-CONTROL" => playlist.control = attributes(value),
                "#EXT-X-MEDIA-SEQUENCE" => {
                    playlist.msn = value.parse().unwrap();
                    next = playlist.msn;
                }
                "#EXT-X-DISCONTINUITY-SEQUENCE" => playlist.discontinuity_sequence = value.parse().unwrap(),
                "#EXT-X-INDEPENDENT-SEGMENTS" => playlist.independent = true,
                "#EXT-X-SKIP" => {
                    assert!(playlist.skipped.is_none(), "one EXT-X-SKIP at most");
                    let count = attributes(value)["SKIPPED-SEGMENTS"].parse().unwrap();
                    playlist.skipped = Some(count);
                    next += count;
                }
                "#EXT-X-DISCONTINUITY" => {
                    assert!(open.parts.is_empty(), "a discontinuity stands before the first part");
                    open.discontinuity = true;
                }
                "#EXT-X-MAP" => {
                    assert!(open.parts.is_empty(), "a map stands before the first part");
                    open.map = Some(attributes(value)["URI"].clone());
                }
                "#EXT-X-PROGRAM-DATE-TIME" => {
                    assert!(open.parts.is_empty(), "a date stands before the first part");
                    open.date = Some(value.to_owned());
                }
                "#EXT-X-GAP" => open.gap = true,
                "#EXT-X-PART" => {
                    let part = attributes(value);
                    open.parts.push(Part {
                        uri: part["URI"].clone(),
                        duration: part["DURATION"].parse().unwrap(),
                        independent: part.get("INDEPENDENT").is_some_and(|value| value == "YES"),
                    });
                }
                "#EXTINF" => open.duration = value.trim_end_matches(',').parse().unwrap(),
                "#EXT-X-ENDLIST" => playlist.ended = true,
                "#EXT-X-PRELOAD-HINT" => playlist.hints.push(attributes(value)),
                "#EXT-X-RENDITION-REPORT" => playlist.reports.push(attributes(value)),
                uri if !uri.starts_with('#') => {
                    (open.uri, open.msn) = (Some(line.to_owned()), next);
                    next += 1;
                    playlist.segments.push(std::mem::take(&mut open));
                }
                _ => panic!("unknown line {line}"),
            }
        }
        if open.date.is_some() {
            open.msn = next;
            playlist.segments.push(open);
        }
        playlist
    }

    pub(crate) fn complete(&self) -> impl DoubleEndedIterator<Item = &Segment> {
        self.segments.iter().filter(|segment| segment.uri.is_some())
    }

    /// The last complete segment.
    pub(crate) fn last(&self) -> &Segment {
        self.complete().next_back().unwrap()
    }

    /// Every part listed, with its segment's number and its index.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (u64, usize, &Part)> {
        self.segments
            .iter()
            .flat_map(|segment| segment.parts.iter().enumerate().map(|(index, part)| (segment.msn, index, part)))
    }

    /// The next part: its segment's number and its index, as the hint tells.
    pub(crate) fn next_part(&self) -> (u64, u64) {
        let uri = &self.hints[0]["URI"];
        let (msn, part) = uri.strip_suffix(".m4s").unwrap().split_once('.').unwrap();
        (msn.parse().unwrap(), part.parse().unwrap())
    }
}

/// Milliseconds from one date and time to another, less than half a day apart. Midnight may lie between them.
pub(crate) fn millis_between(from: &str, to: &str) -> i64 {
    const DAY: i64 = 86_400_000;
    (millis_of_day(to) - millis_of_day(from) + DAY / 2).rem_euclid(DAY) - DAY / 2
}

fn millis_of_day(date: &str) -> i64 {
    let time = date.split_once('T').unwrap().1.trim_end_matches('Z');
    let mut fields = time.split(':');
    let mut number = || fields.next().unwrap().parse::<f64>().unwrap();
    ((number() * 60.0 + number()) * 60_000.0 + number() * 1_000.0).round() as i64
}
