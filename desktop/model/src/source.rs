//! What a show can be made of.

mod microphone;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::colour::Colour;

pub use self::microphone::{Microphone, SoundSystem};
pub(crate) use self::microphone::{is_monitor, is_monitor_of};

/// One source. Its name is unique in the show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Source {
    Test(TestPicture),
    Tone(Tone),
    Music(Music),
    File(MediaFile),
    Image(ImageFile),
    Text(Text),
    Colour(Plain),
    Screen(Screen),
    ScreenCast(ScreenCast),
    Window(Window),
    Browser(Browser),
    Camera(Camera),
    Microphone(Microphone),
}

impl Source {
    pub fn name(&self) -> &str {
        match self {
            Self::Test(s) => &s.name,
            Self::Tone(s) => &s.name,
            Self::Music(s) => &s.name,
            Self::File(s) => &s.name,
            Self::Image(s) => &s.name,
            Self::Text(s) => &s.name,
            Self::Colour(s) => &s.name,
            Self::Screen(s) => &s.name,
            Self::ScreenCast(s) => &s.name,
            Self::Window(s) => &s.name,
            Self::Browser(s) => &s.name,
            Self::Camera(s) => &s.name,
            Self::Microphone(s) => &s.name,
        }
    }

    /// It under another name.
    #[must_use]
    pub fn renamed(mut self, to: &str) -> Self {
        let name = match &mut self {
            Self::Test(s) => &mut s.name,
            Self::Tone(s) => &mut s.name,
            Self::Music(s) => &mut s.name,
            Self::File(s) => &mut s.name,
            Self::Image(s) => &mut s.name,
            Self::Text(s) => &mut s.name,
            Self::Colour(s) => &mut s.name,
            Self::Screen(s) => &mut s.name,
            Self::ScreenCast(s) => &mut s.name,
            Self::Window(s) => &mut s.name,
            Self::Browser(s) => &mut s.name,
            Self::Camera(s) => &mut s.name,
            Self::Microphone(s) => &mut s.name,
        };
        to.clone_into(name);
        self
    }

    /// Whether it may have a picture. A file may turn out to have none.
    pub fn has_picture(&self) -> bool {
        !matches!(self, Self::Tone(_) | Self::Music(_) | Self::Microphone(_))
    }

    /// Whether its picture has a shape of its own, which it keeps wherever it is put. One that is drawn for its place fills that.
    pub fn keeps_shape(&self) -> bool {
        self.has_picture() && !matches!(self, Self::Test(_) | Self::Text(_) | Self::Colour(_))
    }

    /// Whether what is behind it may shine through.
    pub fn is_translucent(&self) -> bool {
        match self {
            Self::Image(_) | Self::Text(_) => true,
            Self::Colour(plain) => plain.colour.alpha < 255,
            Self::Browser(page) => page.transparent,
            _ => false,
        }
    }

    /// Whether it waits until it comes on air.
    pub fn waits_for_air(&self) -> bool {
        matches!(self, Self::File(file) if file.from_start)
    }

    /// Whether it may have sound. A file or a page may turn out to have none.
    pub fn has_sound(&self) -> bool {
        match self {
            Self::Tone(_) | Self::Music(_) | Self::Microphone(_) | Self::File(_) => true,
            Self::Browser(page) => page.sound,
            _ => false,
        }
    }
}

/// A generated picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestPicture {
    pub name: String,
    #[serde(default)]
    pub pattern: Pattern,
    /// Written large over the `klieg` pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Written below the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// Lamps sweeping a dark stage, with title and time of day.
    #[default]
    Klieg,
    /// SMPTE colour bars.
    Smpte,
    /// A ball that moves.
    Ball,
    Snow,
    Checkers,
    Gradient,
    /// Rings: the hardest of these to encode.
    ZonePlate,
    Black,
    White,
    Red,
    Green,
    Blue,
}

/// A generated steady sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tone {
    pub name: String,
    /// In hertz, 20 to 20,000.
    #[serde(default = "concert_pitch")]
    pub frequency: f64,
    #[serde(default)]
    pub wave: Wave,
    /// Amplitude, 0 to 1.
    #[serde(default = "quiet")]
    pub amplitude: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wave {
    #[default]
    Sine,
    Square,
    Triangle,
    /// A short beep every second.
    Ticks,
    PinkNoise,
    Silence,
}

fn concert_pitch() -> f64 {
    440.0
}

fn quiet() -> f64 {
    0.25
}

/// Soft chords that never end and never quite repeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Music {
    pub name: String,
    /// Amplitude, 0 to 1.
    #[serde(default = "quiet")]
    pub amplitude: f64,
}

/// Anything GStreamer can decode, picture, sound or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaFile {
    pub name: String,
    /// Relative to the engine's working directory.
    pub path: PathBuf,
    /// Whether it starts again when it ends.
    #[serde(default = "yes", rename = "loop")]
    pub repeat: bool,
    /// Whether it plays from its beginning whenever it comes on air, and waits there until then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_start: bool,
}

fn yes() -> bool {
    true
}

/// A picture (PNG, JPEG, GIF, WebP), shown again and again if it moves. What is clear in it is clear in the scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageFile {
    pub name: String,
    pub path: PathBuf,
}

/// Words on a clear ground.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub name: String,
    /// Lines are broken where they are too long for the item.
    pub text: String,
    /// A family and a style, such as `Inter Bold`.
    #[serde(default = "font")]
    pub font: String,
    /// Of the letters, in pixels, 4 to 2,000.
    #[serde(default = "letters")]
    pub size: u32,
    #[serde(default = "white")]
    pub colour: Colour,
    /// Drawn around the letters, if at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<Colour>,
    /// Where the words stand in the item, from side to side.
    #[serde(default)]
    pub align: Align,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Align {
    #[default]
    Left,
    Centre,
    Right,
}

fn font() -> String {
    "Inter, DejaVu Sans".to_owned()
}

fn letters() -> u32 {
    48
}

fn white() -> Colour {
    Colour::WHITE
}

/// Nothing but a colour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plain {
    pub name: String,
    pub colour: Colour,
}

/// An X11 screen or a part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screen {
    pub name: String,
    /// Such as `:0`; the `DISPLAY` variable's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// One of the display's monitors, by its name (RandR) such as `DP-1`: it is shown wherever it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitor: Option<String>,
    /// `[left, top, width, height]` in pixels; all of the screen if absent. With a `monitor`, what is shown while that is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<[u32; 4]>,
    #[serde(default = "yes")]
    pub cursor: bool,
}

/// A screen or a window that the creator chooses in a dialog of the desktop's own (XDG Desktop Portal, ScreenCast): the way on
/// Wayland. What was chosen is remembered on this computer, and not asked for again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenCast {
    pub name: String,
    /// Under which this computer remembers what was chosen; the source's name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    #[serde(default = "yes")]
    pub cursor: bool,
}

impl ScreenCast {
    pub fn grant(&self) -> &str {
        self.grant.as_deref().unwrap_or(&self.name)
    }
}

/// One window of a program, on X11, whatever covers it. It is looked for by application and title, since its number is another
/// one each time the program is opened; the first that has both is taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub name: String,
    /// Such as `:0`; the `DISPLAY` variable's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// The class of the program's windows (`WM_CLASS`), such as `firefox`; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// All of the window's title; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default = "yes")]
    pub cursor: bool,
}

impl Window {
    /// Whether a window of this application and title is meant.
    pub fn is_of(&self, application: &str, title: &str) -> bool {
        let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        fits(&self.application, application) && fits(&self.title, title)
    }
}

/// A web page, drawn by a browser that nobody sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Browser {
    pub name: String,
    /// `http://`, `https://`, `file:///`, or [`Browser::BLANK`].
    pub url: String,
    /// Of the page, in pixels, 16 to 4,096; in the scene it is scaled.
    #[serde(default = "page_width")]
    pub width: u32,
    #[serde(default = "page_height")]
    pub height: u32,
    /// Whether what the page leaves clear is clear in the scene, rather than white.
    #[serde(default = "yes")]
    pub transparent: bool,
    /// Whether its sound comes into the show, rather than out of this computer's loudspeakers.
    #[serde(default)]
    pub sound: bool,
}

impl Browser {
    /// The address of no page.
    pub const BLANK: &str = "about:blank";
}

fn page_width() -> u32 {
    1_280
}

fn page_height() -> u32 {
    720
}

/// A V4L2 camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    pub name: String,
    /// Such as `/dev/v4l/by-id/usb-Maker_Camera-video-index0`, which stays the same, or `/dev/video0`.
    #[serde(default = "first_camera")]
    pub device: PathBuf,
    /// The mode to ask for, in pixels; both or neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

fn first_camera() -> PathBuf {
    PathBuf::from("/dev/video0")
}
