//! What a viewer may be told about a broadcast (draft-ietf-wish-whep, server-sent events extension).
//!
//! Nothing is queued: what is sent is the difference between what the viewer was told last and what is so now. A slow
//! reader therefore costs no memory and never gets old news. Sans-IO.

use serde_json::{Value, json};

/// A set of kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Events(u8);

/// A kind of event, by the place of its name in [`Events::NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Event {
    Active,
    Inactive,
    Layers,
    Reconnect,
    ViewerCount,
}

impl Event {
    const ALL: [Self; 5] = [Self::Active, Self::Inactive, Self::Layers, Self::Reconnect, Self::ViewerCount];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Layers => "layers",
            Self::Reconnect => "reconnect",
            Self::ViewerCount => "viewercount",
        }
    }
}

impl Events {
    /// The names of all kinds, as the Link header lists them.
    pub(crate) const NAMES: &'static str = "active,inactive,layers,reconnect,viewercount";

    pub(crate) const fn all() -> Self {
        Self(0b1_1111)
    }

    /// Those that are named; names of no event are passed over.
    pub(crate) fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().fold(Self(0), |set, name| {
            let event = Event::ALL.into_iter().find(|event| event.name() == name);
            event.map_or(set, |event| Self(set.0 | 1 << event as u8))
        })
    }

    pub(crate) const fn contains(self, event: Event) -> bool {
        self.0 & 1 << event as u8 != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// How a broadcast is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) live: bool,
    /// Sessions of this node are about to end.
    pub(crate) leaving: bool,
    pub(crate) viewers: usize,
    pub(crate) layers: Vec<Layer>,
}

/// One picture that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) name: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Bits a second now; 0 if nothing comes.
    pub(crate) bitrate: u64,
}

/// What one viewer was told.
#[derive(Debug)]
pub(crate) struct Told {
    wanted: Events,
    /// Which section of its session is the picture.
    video_line: usize,
    last: Option<Seen>,
}

impl Told {
    pub(crate) const fn nothing(wanted: Events, video_line: usize) -> Self {
        Self { wanted, video_line, last: None }
    }

    /// The events that tell of what has changed, with their data.
    pub(crate) fn news(&mut self, now: Seen) -> Vec<(Event, Value)> {
        let last = self.last.as_ref();
        let mut news = Vec::new();
        match (last.map(|last| last.live), now.live) {
            (None | Some(false), true) => news.push((Event::Active, json!({}))),
            // A broadcast that was never active is not told to be inactive.
            (Some(true), false) => news.push((Event::Inactive, json!({}))),
            _ => {}
        }
        let shape = |seen: &Seen| {
            let layers = seen.layers.iter();
            layers.map(|layer| (layer.name.clone(), layer.width, layer.height, layer.bitrate > 0)).collect::<Vec<_>>()
        };
        if last.is_none_or(|last| shape(last) != shape(&now)) {
            news.push((Event::Layers, self.layers(&now)));
        }
        if last.is_none_or(|last| last.viewers != now.viewers) {
            news.push((Event::ViewerCount, json!({ "viewercount": now.viewers })));
        }
        if now.leaving && last.is_none_or(|last| !last.leaving) {
            news.push((Event::Reconnect, json!({})));
        }
        self.last = Some(now);
        news.retain(|(event, _)| self.wanted.contains(*event));
        news
    }

    /// `encodingId` is what earlier drafts call the `rid`.
    fn layers(&self, seen: &Seen) -> Value {
        let layers = seen.layers.iter().map(|layer| {
            json!({
                "rid": layer.name,
                "encodingId": layer.name,
                "bitrate": layer.bitrate,
                "width": layer.width,
                "height": layer.height,
            })
        });
        json!({ self.video_line.to_string(): layers.collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(name: &str, bitrate: u64) -> Layer {
        Layer { name: name.into(), width: 640, height: 360, bitrate }
    }

    #[test]
    fn only_what_has_changed_is_told() {
        let mut told = Told::nothing(Events::all(), 1);
        let mut seen = Seen { live: false, viewers: 1, layers: vec![layer("low", 9)], leaving: false };
        let names = |news: Vec<(Event, Value)>| news.into_iter().map(|(event, _)| event.name()).collect::<Vec<_>>();
        assert_eq!(names(told.news(seen.clone())), ["layers", "viewercount"]);
        seen.live = true;
        assert_eq!(names(told.news(seen.clone())), ["active"]);
        seen.layers[0].bitrate = 10;
        assert!(told.news(seen.clone()).is_empty(), "a bitrate that moves a little is no news");
        seen.layers[0].bitrate = 0;
        seen.viewers = 2;
        let news = told.news(seen.clone());
        assert_eq!(news[0].1["1"][0]["rid"], "low");
        assert_eq!(news[1], (Event::ViewerCount, json!({ "viewercount": 2 })));
        (seen.live, seen.leaving) = (false, true);
        assert_eq!(names(told.news(seen.clone())), ["inactive", "reconnect"]);
    }

    #[test]
    fn only_what_is_wanted_is_told() {
        let wanted = Events::named(["viewercount", "scte35"]);
        let news = Told::nothing(wanted, 0).news(Seen { live: true, ..Seen::default() });
        assert_eq!(news, [(Event::ViewerCount, json!({ "viewercount": 0 }))]);
        assert!(Events::named(["nonsense"]).is_empty());
        assert_eq!(Events::named(Events::NAMES.split(',')), Events::all());
    }
}
