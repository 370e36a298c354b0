//! A plain LL-HLS client: it reads playlists by blocking reloads and keeps every part, as a careful player would.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};
use reqwest::Client;

/// The value of an attribute of a playlist tag, without quotes.
pub fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = line.split_once(':')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => {
                let (value, next) = quoted.split_once('"')?;
                (value, next.strip_prefix(',').unwrap_or(next))
            }
            None => after.split_once(',').unwrap_or((after, "")),
        };
        if key == name {
            return Some(value);
        }
        rest = next;
    }
}

/// What the multivariant playlist offers: absolute URLs.
#[derive(Debug)]
pub struct Multivariant {
    pub video: Vec<String>,
    pub audio: Vec<String>,
}

impl Multivariant {
    pub async fn read(client: &Client, url: &str) -> Result<Self> {
        let text = client.get(url).send().await?.error_for_status()?.text().await?;
        ensure!(text.starts_with("#EXTM3U"), "not a playlist: {text}");
        let base = reqwest::Url::parse(url)?;
        let (mut video, mut audio) = (Vec::new(), Vec::new());
        for line in text.lines() {
            if line.starts_with("#EXT-X-MEDIA:") && attribute(line, "TYPE") == Some("AUDIO") {
                audio.push(base.join(attribute(line, "URI").context("audio without URI")?)?.into());
            } else if !line.is_empty() && !line.starts_with('#') {
                video.push(base.join(line)?.into());
            }
        }
        Ok(Self { video, audio })
    }
}

/// A part that was fetched.
#[derive(Clone, Debug)]
pub struct Part {
    pub sequence: u64,
    pub number: u64,
    pub duration: f64,
    pub independent: bool,
    pub data: bytes::Bytes,
}

/// A part as a playlist lists it.
struct Listed {
    sequence: u64,
    number: u64,
    duration: f64,
    independent: bool,
    uri: String,
    map: String,
}

/// All parts a playlist lists.
fn listed(text: &str) -> Result<Vec<Listed>> {
    let (mut sequence, mut number, mut map, mut parts) = (0u64, 0u64, String::new(), Vec::new());
    for line in text.lines() {
        if let Some(value) = line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:") {
            sequence = value.parse()?;
        } else if line.starts_with("#EXT-X-MAP:") {
            attribute(line, "URI").context("no URI")?.clone_into(&mut map);
        } else if line.starts_with("#EXT-X-PART:") {
            let uri = attribute(line, "URI").context("part without URI")?.to_owned();
            let duration = attribute(line, "DURATION").context("part without DURATION")?.parse()?;
            let independent = attribute(line, "INDEPENDENT") == Some("YES");
            parts.push(Listed { sequence, number, duration, independent, uri, map: map.clone() });
            number += 1;
        } else if !line.is_empty() && !line.starts_with('#') {
            sequence += 1;
            number = 0;
        }
    }
    Ok(parts)
}

/// Sequence number and part number of the last part that a playlist lists, if it lists any.
pub fn newest_part(text: &str) -> Result<Option<(u64, u64)>> {
    Ok(listed(text)?.last().map(|part| (part.sequence, part.number)))
}

/// Follows one media playlist.
#[derive(Debug)]
pub struct Follower {
    client: Client,
    url: reqwest::Url,
    next: (u64, u64),
    initialisations: HashMap<String, bytes::Bytes>,
    /// The current initialisation section.
    pub initialisation: bytes::Bytes,
    pub part_target: f64,
    pub target: u64,
    pub ended: bool,
}

impl Follower {
    /// Starts at the newest part of a playlist.
    pub async fn join(client: &Client, url: &str) -> Result<Self> {
        let url = reqwest::Url::parse(url)?;
        let mut follower = Self {
            client: client.clone(),
            url,
            next: (0, 0),
            initialisations: HashMap::new(),
            initialisation: bytes::Bytes::new(),
            part_target: 0.0,
            target: 0,
            ended: false,
        };
        let text = follower.playlist("").await?;
        let parts = follower.parse(&text)?;
        let last = parts.last().context("no parts yet")?;
        follower.next = (last.sequence, last.number + 1);
        Ok(follower)
    }

    async fn playlist(&self, query: &str) -> Result<String> {
        let mut url = self.url.clone();
        if !query.is_empty() {
            url.set_query(Some(query));
        }
        Ok(self.client.get(url).send().await?.error_for_status()?.text().await?)
    }

    /// All parts a playlist lists; what it says of itself is kept.
    fn parse(&mut self, text: &str) -> Result<Vec<Listed>> {
        for line in text.lines() {
            if let Some(value) = line.strip_prefix("#EXT-X-TARGETDURATION:") {
                self.target = value.parse()?;
            } else if line.starts_with("#EXT-X-PART-INF:") {
                self.part_target = attribute(line, "PART-TARGET").context("no PART-TARGET")?.parse()?;
            } else if line == "#EXT-X-ENDLIST" {
                self.ended = true;
            }
        }
        listed(text)
    }

    /// Waits for the next parts and fetches them. Empty when the broadcast is over.
    pub async fn advance(&mut self) -> Result<Vec<Part>> {
        let (sequence, number) = self.next;
        let text = self.playlist(&format!("_HLS_msn={sequence}&_HLS_part={number}")).await?;
        let listed = self.parse(&text)?;
        let mut parts = Vec::new();
        for Listed { sequence, number, duration, independent, uri, map } in listed {
            let follows = (sequence, number) == self.next || (sequence == self.next.0 + 1 && number == 0);
            if (sequence, number) < self.next {
                continue;
            }
            ensure!(follows, "part {sequence}.{number} follows {:?}: a gap", self.next);
            if !self.initialisations.contains_key(&map) {
                let data = self.fetch(&map).await?;
                self.initialisations.insert(map.clone(), data);
            }
            self.initialisation = self.initialisations.get(&map).cloned().unwrap_or_default();
            let data = self.fetch(&uri).await?;
            parts.push(Part { sequence, number, duration, independent, data });
            self.next = (sequence, number + 1);
        }
        if parts.is_empty() && !self.ended {
            bail!("a blocking reload for {:?} brought nothing new", (sequence, number));
        }
        Ok(parts)
    }

    async fn fetch(&self, uri: &str) -> Result<bytes::Bytes> {
        let url = self.url.join(uri)?;
        Ok(self.client.get(url).send().await?.error_for_status()?.bytes().await?)
    }
}
