//! The show: what is seen and heard, how it is encoded and where it goes. Read from TOML, with single values overridden by
//! `path=value`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::check::Problem;
use crate::look::PictureFilter;
use crate::output::Output;
use crate::settings::{AudioSettings, VideoSettings};
use crate::sound::Strip;
use crate::source::Source;

/// A whole broadcast as data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Show {
    pub canvas: Canvas,
    /// How the picture is encoded, unless an output says otherwise.
    pub video: VideoSettings,
    /// How the sound is encoded, unless an output says otherwise.
    pub audio: AudioSettings,
    pub overlays: Overlays,
    pub sources: Vec<Source>,
    /// The output on which the creator hears what is monitored, as `klieg-engine probe` names it; the system's if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitor_output: Option<String>,
    /// What happens to the sound of sources, by their names.
    pub strips: BTreeMap<String, Strip>,
    /// What happens to the picture of sources, by their names: filters in their order.
    pub looks: BTreeMap<String, Vec<PictureFilter>>,
    /// What of the sources is on air, and where.
    pub scene: Vec<Item>,
    pub outputs: Vec<Output>,
}

/// The composed picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Canvas {
    /// In pixels; even.
    pub width: u32,
    /// In pixels; even.
    pub height: u32,
    /// Frames a second, 1 to 120.
    pub fps: u32,
}

impl Default for Canvas {
    fn default() -> Self {
        Self { width: 1280, height: 720, fps: 30 }
    }
}

/// What is drawn over the composed picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overlays {
    /// The time of composing each frame as a row of 40 black and white squares, for programs that measure latency.
    pub clock: bool,
}

/// A source on the canvas and in the mix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Tells the items of a collection apart, from 1; a show file needs none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub id: ItemId,
    /// The name of one of the show's sources.
    pub source: String,
    /// Left edge in pixels of the canvas; may be negative.
    #[serde(default)]
    pub x: i32,
    /// Top edge in pixels of the canvas; may be negative.
    #[serde(default)]
    pub y: i32,
    /// In pixels; the canvas' width if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// In pixels; the canvas' height if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Items with a higher number cover those with a lower one; equal numbers stand in the order of the file.
    #[serde(default, skip_serializing_if = "is_default")]
    pub z: u32,
    /// How the picture is turned within its place.
    #[serde(default, skip_serializing_if = "Turn::is_none")]
    pub turn: Turn,
    /// Degrees clockwise by which what is seen of the item stands askew, around its middle: -180 to 180.
    #[serde(default, skip_serializing_if = "is_default")]
    pub angle: f64,
    /// What is cut off the edges of the place, as one sees it; what is left stays where it is.
    #[serde(default, skip_serializing_if = "Crop::is_none")]
    pub crop: Crop,
    /// 0 (invisible) to 1.
    #[serde(default = "one")]
    pub opacity: f64,
    /// Linear gain of the sound, 0 to 10; 1 leaves it as it is.
    #[serde(default = "one")]
    pub volume: f64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub muted: bool,
    /// Neither seen nor heard.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hidden: bool,
    /// The studio does not move it by accident. Means nothing to the engine.
    #[serde(default, skip_serializing_if = "is_default")]
    pub locked: bool,
    /// The name of the group that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Tells the items of a collection apart. 0 stands for none.
pub type ItemId = u32;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Item {
    /// `source` over the whole canvas, at its own volume.
    pub fn full(source: impl Into<String>) -> Self {
        Self {
            id: 0,
            source: source.into(),
            x: 0,
            y: 0,
            width: None,
            height: None,
            z: 0,
            turn: Turn::default(),
            angle: 0.0,
            crop: Crop::default(),
            opacity: 1.0,
            volume: 1.0,
            muted: false,
            hidden: false,
            locked: false,
            group: None,
        }
    }

    /// Width and height on a canvas, in pixels.
    pub fn size(&self, canvas: Canvas) -> (u32, u32) {
        (self.width.unwrap_or(canvas.width), self.height.unwrap_or(canvas.height))
    }
}

/// What is cut off the edges: of an item in pixels of the canvas, of a source's picture in its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Crop {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

impl Crop {
    /// Whether nothing is cut off.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// What is left of a size, at least nothing.
    pub fn rest(&self, (width, height): (u32, u32)) -> (u32, u32) {
        (
            width.saturating_sub(self.left.saturating_add(self.right)),
            height.saturating_sub(self.top.saturating_add(self.bottom)),
        )
    }
}

/// How an item is turned or mirrored. A quarter turn fills the item's place with the picture on its side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    #[default]
    None,
    /// A quarter turn clockwise.
    Right,
    /// A quarter turn counterclockwise.
    Left,
    UpsideDown,
    /// As in a mirror, for a camera that shows its own operator.
    Mirror,
}

impl Turn {
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Whether width and height change places.
    pub fn is_quarter(self) -> bool {
        matches!(self, Self::Right | Self::Left)
    }
}

fn one() -> f64 {
    1.0
}

/// Why a text is not a show.
#[derive(Debug, Error)]
pub enum ShowError {
    #[error("the show is not valid TOML, or a key does not fit: {0}")]
    Parse(#[from] toml::de::Error),
    #[error("`--set {text}`: {reason}")]
    Override { text: String, reason: String },
    #[error("the show cannot be broadcast:{}", listed(.0))]
    Invalid(Vec<Problem>),
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |mut text, problem| {
        text.push_str("\n  ");
        text.push_str(&problem.to_string());
        text
    })
}

impl Show {
    /// Reads a show, applies the overrides in order, and checks it.
    ///
    /// An override is `path=value`: the path's steps are keys, or the place (from 0) or `name` of an element in a list, for
    /// example `canvas.width=640`, `outputs.0.url=http://…` or `outputs.main.key=…`. A value that is not TOML is text.
    pub fn parse(text: &str, overrides: &[String]) -> Result<Self, ShowError> {
        let show: Self = if overrides.is_empty() {
            toml::from_str(text)?
        } else {
            let mut root = toml::Value::Table(toml::from_str(text)?);
            for entry in overrides {
                set(&mut root, entry).map_err(|reason| ShowError::Override { text: shown(entry), reason })?;
            }
            root.try_into()?
        };
        let problems = show.problems();
        if problems.is_empty() { Ok(show) } else { Err(ShowError::Invalid(problems)) }
    }

    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name() == name)
    }

    /// The picture's encoder settings of an output.
    pub fn video_of<'a>(&'a self, output: &'a Output) -> &'a VideoSettings {
        output.video().unwrap_or(&self.video)
    }

    /// The sound's encoder settings of an output.
    pub fn audio_of<'a>(&'a self, output: &'a Output) -> &'a AudioSettings {
        output.audio().unwrap_or(&self.audio)
    }
}

/// The override as an error may show it: never the value, which may be a key.
fn shown(entry: &str) -> String {
    entry.split_once('=').map_or_else(|| entry.to_owned(), |(path, _)| format!("{path}=…"))
}

fn set(root: &mut toml::Value, entry: &str) -> Result<(), String> {
    let (path, text) = entry.split_once('=').ok_or("write it as path=value, for example canvas.width=640")?;
    let value = toml::from_str::<toml::Table>(&format!("v = {text}"))
        .ok()
        .and_then(|mut table| table.remove("v"))
        .unwrap_or_else(|| toml::Value::String(text.to_owned()));
    let mut place = root;
    for step in path.split('.') {
        place = match place {
            toml::Value::Table(table) => {
                table.entry(step).or_insert_with(|| toml::Value::Table(toml::Table::default()))
            }
            toml::Value::Array(list) => {
                let index = step.parse().ok().or_else(|| list.iter().position(|e| named(e, step)));
                let length = list.len();
                index
                    .and_then(|index: usize| list.get_mut(index))
                    .ok_or_else(|| format!("there is no `{step}` among the {length} elements"))?
            }
            _ => return Err(format!("`{step}` stands below a value that has no keys")),
        };
    }
    *place = value;
    Ok(())
}

fn named(element: &toml::Value, name: &str) -> bool {
    ["name", "source"].iter().any(|key| element.get(key).and_then(toml::Value::as_str) == Some(name))
}
