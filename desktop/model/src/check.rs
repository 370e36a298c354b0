//! What makes a show impossible to broadcast, in words that say which key to change. Sources have a file of their own.

mod source;

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

use self::source::{path, source_fits};
use crate::output::{Output, ServerOutput};
use crate::profile::Destination;
use crate::settings::{AudioSettings, VideoSettings};
use crate::show::{Canvas, Item, Show};
use crate::transition::Transition;

pub(crate) use self::source::{look_problems, source_problems, strip_problems};

/// Longest side of a picture, in pixels.
pub const MAX_SIDE: u32 = 4_096;
/// Shortest side of a picture, in pixels.
pub const MIN_SIDE: u32 = 16;
pub const MAX_FPS: u32 = 120;

/// One thing to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The path of the key, such as `outputs.0.url`.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

#[derive(Default)]
struct Findings(Vec<Problem>);

fn listed(check: impl FnOnce(&mut Findings)) -> Vec<Problem> {
    let mut found = Findings::default();
    check(&mut found);
    found.0
}

impl Findings {
    fn check(&mut self, fits: bool, key: impl Into<String>, message: impl Into<String>) {
        if !fits {
            self.0.push(Problem { key: key.into(), message: message.into() });
        }
    }

    fn within(&mut self, key: impl Into<String>, value: f64, least: f64, most: f64, unit: &str) {
        self.check((least..=most).contains(&value), key, format!("{value}{unit} is not from {least} to {most}"));
    }
}

impl Show {
    /// Everything that keeps this show from being broadcast; empty if nothing does.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Findings::default();
        canvas_fits(&mut found, self.canvas);
        video(&mut found, "video", &self.video);
        audio(&mut found, "audio", self.audio);

        let mut names = HashSet::new();
        for (index, source) in self.sources.iter().enumerate() {
            let name = source.name();
            found.check(!name.trim().is_empty(), format!("sources.{index}.name"), "is empty; give it a name");
            found.check(
                names.insert(name),
                format!("sources.{index}.name"),
                format!("`{name}` stands twice; names are unique"),
            );
            source_fits(&mut found, &format!("sources.{index}."), source);
        }
        let of_sources =
            self.strips.keys().map(|name| ("strips", name)).chain(self.looks.keys().map(|name| ("looks", name)));
        for (key, name) in of_sources {
            found.check(
                self.source(name).is_some(),
                format!("{key}.{name}"),
                "belongs to no source; add one of this name to [[sources]] or correct the name",
            );
        }
        let filters = self.strips.iter().flat_map(|(name, strip)| under("strips", name, strip_problems(strip)));
        found.0.extend(
            filters.chain(self.looks.iter().flat_map(|(name, look)| under("looks", name, look_problems(look)))),
        );
        for (index, item) in self.scene.iter().enumerate() {
            let at = format!("scene.{index}.");
            found.check(
                self.source(&item.source).is_some(),
                format!("{at}source"),
                format!("there is no source named `{}`; add it to [[sources]] or correct the name", item.source),
            );
            item_fits(&mut found, &at, item, self.canvas);
        }

        found.check(!self.outputs.is_empty(), "outputs", "is empty; add [[outputs]] of kind `whip`, `rtmp` or `file`");
        let mut names = HashSet::new();
        for (index, output) in self.outputs.iter().enumerate() {
            let name = output.name();
            found.check(
                names.insert(name),
                format!("outputs.{index}.name"),
                format!("`{name}` stands twice; give each output its own `name`"),
            );
            output_fits(&mut found, index, output);
        }
        found.0
    }
}

/// Problems of something that stands at `key.name`.
fn under(key: &str, name: &str, problems: Vec<Problem>) -> impl Iterator<Item = Problem> {
    let at = format!("{key}.{name}");
    problems.into_iter().map(move |problem| Problem { key: format!("{at}.{}", problem.key), ..problem })
}

impl Canvas {
    /// What is wrong with its size or rate; empty if nothing is.
    pub fn problems(self) -> Vec<Problem> {
        listed(|found| canvas_fits(found, self))
    }
}

impl VideoSettings {
    /// What is wrong with them; empty if nothing is.
    pub fn problems(&self) -> Vec<Problem> {
        listed(|found| video(found, "video", self))
    }
}

impl AudioSettings {
    /// What is wrong with them; empty if nothing is.
    pub fn problems(self) -> Vec<Problem> {
        listed(|found| audio(found, "audio", self))
    }
}

pub(crate) fn item_problems(item: &Item, canvas: Canvas) -> Vec<Problem> {
    listed(|found| item_fits(found, "", item, canvas))
}

pub(crate) fn transition_problems(transition: &Transition) -> Vec<Problem> {
    listed(|found| match transition {
        Transition::Cut => {}
        Transition::Fade { duration } | Transition::Slide { duration, .. } | Transition::Wipe { duration, .. } => {
            let (least, most) = (Transition::MIN_DURATION, Transition::MAX_DURATION);
            found.within("transition.duration", f64::from(*duration), f64::from(least), f64::from(most), " ms");
        }
        Transition::Stinger { path: video, .. } => path(found, "transition.path".to_owned(), video),
    })
}

fn video(found: &mut Findings, at: &str, settings: &VideoSettings) {
    let bitrate = settings.bitrate;
    found.check(
        (100..=100_000).contains(&bitrate),
        format!("{at}.bitrate"),
        format!("{bitrate} is not from 100 to 100000 kbit/s"),
    );
    let interval = settings.keyframe_interval;
    found.check(
        (0.5..=10.0).contains(&interval),
        format!("{at}.keyframe_interval"),
        format!("{interval} is not from 0.5 to 10 seconds"),
    );
    found.check(
        !settings.encoder.trim().is_empty(),
        format!("{at}.encoder"),
        "is empty; write \"auto\" or an encoder's name",
    );
}

fn audio(found: &mut Findings, at: &str, settings: AudioSettings) {
    let bitrate = settings.bitrate;
    found.check(
        (16..=320).contains(&bitrate),
        format!("{at}.bitrate"),
        format!("{bitrate} is not from 16 to 320 kbit/s"),
    );
}

fn canvas_fits(found: &mut Findings, canvas: Canvas) {
    for (key, side) in [("canvas.width", canvas.width), ("canvas.height", canvas.height)] {
        found.check(
            (MIN_SIDE..=MAX_SIDE).contains(&side) && side % 2 == 0,
            key,
            format!("{side} is not an even number from {MIN_SIDE} to {MAX_SIDE}"),
        );
    }
    let fps = canvas.fps;
    found.check((1..=MAX_FPS).contains(&fps), "canvas.fps", format!("{fps} is not from 1 to {MAX_FPS}"));
}

/// `at` is the path of the item with a dot behind it, or nothing.
fn item_fits(found: &mut Findings, at: &str, item: &Item, canvas: Canvas) {
    for (key, side) in [("width", item.width), ("height", item.height)] {
        if let Some(side) = side {
            found.check(
                (2..=MAX_SIDE).contains(&side),
                format!("{at}{key}"),
                format!("{side} is not from 2 to {MAX_SIDE}"),
            );
        }
    }
    for (key, edge) in [("x", item.x), ("y", item.y)] {
        let reach = MAX_SIDE.cast_signed();
        found.check(
            (-reach..=reach).contains(&edge),
            format!("{at}{key}"),
            format!("{edge} is not from -{reach} to {reach}"),
        );
    }
    found.within(format!("{at}angle"), item.angle, -180.0, 180.0, " degrees");
    let (width, height) = item.crop.rest(item.size(canvas));
    found.check(width >= 2 && height >= 2, format!("{at}crop"), "leaves nothing of the item; cut off less");
    found.check(item.z <= 10_000, format!("{at}z"), format!("{} is not from 0 to 10000", item.z));
    found.check(
        (0.0..=1.0).contains(&item.opacity),
        format!("{at}opacity"),
        format!("{} is not from 0 to 1", item.opacity),
    );
    found.check(
        (0.0..=10.0).contains(&item.volume),
        format!("{at}volume"),
        format!("{} is not from 0 to 10", item.volume),
    );
}

fn output_fits(found: &mut Findings, index: usize, output: &Output) {
    let at = format!("outputs.{index}");
    if let Some(settings) = output.video() {
        video(found, &format!("{at}.video"), settings);
    }
    if let Some(settings) = output.audio() {
        audio(found, &format!("{at}.audio"), *settings);
    }
    match output {
        Output::Whip(whip) => {
            url(found, &at, &whip.url, &["http://", "https://"]);
            one_key(found, &at, whip);
            found.within(format!("{at}.layers"), f64::from(whip.layers), 1.0, f64::from(Destination::MAX_LAYERS), "");
        }
        Output::Rtmp(rtmp) => {
            url(found, &at, &rtmp.url, &["rtmp://", "rtmps://"]);
            one_key(found, &at, rtmp);
            found.check(rtmp.layers == 1, format!("{at}.layers"), "is for WHIP: RTMP carries one picture".to_owned());
        }
        Output::File(file) => {
            let ending = file.path.extension().and_then(|e| e.to_str());
            found.check(
                matches!(ending, Some("mp4" | "mkv")),
                format!("{at}.path"),
                format!("`{}` does not end in .mp4 or .mkv", file.path.display()),
            );
            if let Some(problem) = file.split.problem() {
                found.check(false, format!("{at}.split"), problem);
            }
        }
        Output::Replay(_) => {}
    }
}

fn url(found: &mut Findings, at: &str, url: &str, schemes: &[&str]) {
    let host = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
    found.check(
        host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace)),
        format!("{at}.url"),
        format!("is not a URL that starts with {} and names a host", schemes.join(" or ")),
    );
}

fn one_key(found: &mut Findings, at: &str, server: &ServerOutput) {
    let places = [server.key.is_some(), server.key_env.is_some(), server.key_file.is_some()];
    let given = places.into_iter().filter(|given| *given).count();
    found.check(
        given <= 1,
        format!("{at}.key"),
        "comes from several places; keep one of `key`, `key_env` and `key_file`",
    );
    if let Some(key) = &server.key {
        found.check(
            !key.reveal().is_empty() && key.reveal().chars().all(|c| c.is_ascii_graphic()),
            format!("{at}.key"),
            "is empty or has characters other than visible ASCII; copy it again",
        );
    }
}
