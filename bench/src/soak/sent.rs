//! A server to which the show is sent by WHIP and by RTMP while it is recorded.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, ensure};
use klieg_tests::server::Server;
use serde_json::Value;

use crate::Figure;

pub(super) struct Sent {
    _server: Server,
    outputs: String,
    told: BTreeMap<&'static str, Told>,
}

/// What the engine told of an output.
#[derive(Default)]
struct Told {
    was_live: bool,
    breaks: u64,
    dropped: u64,
}

impl Sent {
    pub(super) async fn start() -> Result<Self> {
        let server = Server::start()?;
        let (mut outputs, mut told) = (String::new(), BTreeMap::new());
        for (kind, url) in [("whip", server.url("/whip")), ("rtmp", format!("rtmp://{}/live", server.rtmp))] {
            let person = server.person(&format!("by{kind}")).await?;
            let key = server.stream_key(&person).await?.key;
            writeln!(outputs, "[[outputs]]\nkind = '{kind}'\nurl = '{url}'\nkey = '{key}'")?;
            told.insert(kind, Told::default());
        }
        Ok(Self { _server: server, outputs, told })
    }

    /// The outputs in a show file.
    pub(super) fn outputs(&self) -> &str {
        &self.outputs
    }

    /// Takes what the engine says, if it is of one of them.
    pub(super) fn hear(&mut self, event: &Value) {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(told) = self.told.get_mut(text(event, "name").as_str()) else { return };
        match text(event, "event").as_str() {
            "output" => match event.get("state").map(|state| text(state, "is")).as_deref() {
                Some("live") => told.was_live = true,
                Some("reconnecting") => told.breaks += 1,
                _ => {}
            },
            "health" => told.dropped = event.get("dropped").and_then(Value::as_u64).unwrap_or(told.dropped),
            _ => {}
        }
    }

    /// Fails if one of them was never live.
    pub(super) fn figures(&self, minutes: u64) -> Result<Vec<Figure>> {
        let mut figures = Vec::new();
        for (kind, Told { was_live, breaks, dropped }) in &self.told {
            ensure!(*was_live, "the show was never live by {kind}");
            figures.push(Figure::new(
                format!("studio, {minutes} minutes by {}: frames dropped, lines broken", kind.to_uppercase()),
                format!("{dropped}, {breaks}"),
                "0, 0",
            ));
        }
        Ok(figures)
    }
}
