//! Words and icons for the model's kinds and states, wherever they are shown.

use klieg_studio_model::{
    Destination, Devices, Direction, Monitor, OutputState, OutputStatus, PictureFilter, Preset, Severity, SoundFilter,
    Source, SourceState, Transition,
};
use klieg_ui::Tone;
use klieg_ui::icon::lucide;

pub type Shape = &'static [&'static str];

/// A kind of source: its key, which is how JSON names it but for desktop sound, how people name it, its icon, and what it is for.
pub type Kind = (&'static str, &'static str, Shape, &'static str);

pub const KINDS: [Kind; 14] = [
    ("camera", "Camera", lucide::CAMERA, "A webcam or capture card"),
    ("screen", "Screen", lucide::SCREEN_SHARE, "All of a screen, or a part"),
    ("screen-cast", "Shared screen", lucide::MONITOR, "A screen or window that you choose in your desktop’s dialog"),
    ("window", "Window", lucide::APP_WINDOW, "One window of a program"),
    ("browser", "Web page", lucide::GLOBE, "Alerts, chat, a scoreboard"),
    ("microphone", "Microphone", lucide::MIC, "A voice"),
    ("desktop-sound", "Desktop sound", lucide::VOLUME_2, "All that this computer plays"),
    ("image", "Image", lucide::IMAGE, "A picture, still or moving"),
    ("text", "Text", lucide::TYPE, "Words over the picture"),
    ("file", "Media file", lucide::CLAPPERBOARD, "Plays a video or a sound"),
    ("colour", "Colour", lucide::PAINT_BUCKET, "A plain background"),
    ("test", "Test picture", lucide::TV, "To see whether all works"),
    ("tone", "Tone", lucide::AUDIO_LINES, "A steady sound"),
    ("music", "Music", lucide::LIST_MUSIC, "Soft chords that never end"),
];

/// The kinds that can be added here: of the ways to a screen, those that this desktop has.
pub fn kinds(devices: &Devices) -> Vec<Kind> {
    let (x11, dialog) = (!devices.screens.is_empty(), devices.screen_cast);
    let is_here = |key: &str| match key {
        "screen" => x11 || !dialog,
        "window" => x11 || !dialog || !devices.windows.is_empty(),
        "screen-cast" => dialog,
        _ => true,
    };
    KINDS.into_iter().filter(|(key, ..)| is_here(key)).collect()
}

/// The key of a source's kind.
fn kind_key(source: &Source) -> &'static str {
    match source {
        Source::Test(_) => "test",
        Source::Tone(_) => "tone",
        Source::Music(_) => "music",
        Source::File(_) => "file",
        Source::Image(_) => "image",
        Source::Text(_) => "text",
        Source::Colour(_) => "colour",
        Source::Screen(_) => "screen",
        Source::ScreenCast(_) => "screen-cast",
        Source::Window(_) => "window",
        Source::Browser(_) => "browser",
        Source::Camera(_) => "camera",
        Source::Microphone(microphone) if microphone.is_desktop() => "desktop-sound",
        Source::Microphone(_) => "microphone",
    }
}

/// A source's kind in words, and its icon.
pub fn kind(source: &Source) -> (&'static str, Shape) {
    let key = kind_key(source);
    KINDS
        .iter()
        .find(|(known, ..)| *known == key)
        .map_or(("Source", lucide::LAYERS), |(_, name, shape, _)| (name, shape))
}

/// A reason as a sentence. The studio's own begin small, have no end and name things in backticks, as befits a log.
pub fn sentence(why: &str) -> String {
    let mut opens = false;
    let quoted = why.chars().map(|letter| {
        if letter != '`' {
            return letter;
        }
        opens = !opens;
        if opens { '“' } else { '”' }
    });
    let text: String = quoted.collect();
    // What is no word, such as an address, is written as it is.
    let is_word = text.split_whitespace().next().is_some_and(|first| first.chars().all(char::is_alphabetic));
    let mut letters = text.chars();
    let text = match letters.next() {
        Some(first) if is_word => first.to_uppercase().chain(letters).collect(),
        _ => text,
    };
    if text.is_empty() || text.ends_with(['.', '?', '!', '…']) { text } else { format!("{text}.") }
}

/// What is wrong with a source, if anything.
pub fn source_trouble(state: &SourceState) -> Option<String> {
    match state {
        SourceState::Restarting { reason } => Some(format!("Does not work: {reason}. Trying again.")),
        SourceState::Ended => Some("Has played to its end.".to_owned()),
        SourceState::Asking => Some("Choose what it shows in the dialog of your desktop.".to_owned()),
        SourceState::Declined => Some("Shows nothing: nothing was chosen for it.".to_owned()),
        SourceState::Off => Some("Is off: start it in its menu.".to_owned()),
        SourceState::Starting | SourceState::Live => None,
    }
}

/// How an output is doing: a destination, or the recording, which is connected to nothing.
pub fn output(output: &OutputStatus) -> (Tone, String) {
    let is_recording = output.id == Destination::RECORDING;
    let say = |of_destination: &str, of_recording: &str| {
        if is_recording { of_recording.to_owned() } else { of_destination.to_owned() }
    };
    match &output.state {
        OutputState::Connecting => (Tone::Warn, say("Connecting", "Beginning")),
        OutputState::Live => (Tone::Good, say("Sending", "Writing")),
        OutputState::Reconnecting { attempt, reason } => {
            let what = say(if output.was_live { "Dropped" } else { "Not reached" }, "Not written");
            (Tone::Bad, format!("{what} ({reason}); trying again, attempt {attempt}"))
        }
        OutputState::Failed { reason } => (Tone::Bad, format!("Given up: {reason}")),
        OutputState::Stopped => (Tone::Warn, "Stopped".to_owned()),
    }
}

pub fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Good => Tone::Good,
        Severity::Warn => Tone::Warn,
        Severity::Bad => Tone::Bad,
    }
}

pub fn transition(transition: &Transition) -> (&'static str, &'static str) {
    match transition {
        Transition::Cut => ("cut", "Cut"),
        Transition::Fade { .. } => ("fade", "Fade"),
        Transition::Slide { .. } => ("slide", "Slide"),
        Transition::Wipe { .. } => ("wipe", "Wipe"),
        Transition::Stinger { .. } => ("stinger", "Stinger"),
    }
}

pub const DIRECTIONS: [(Direction, &str, &str); 4] = [
    (Direction::Left, "left", "To the left"),
    (Direction::Right, "right", "To the right"),
    (Direction::Up, "up", "Up"),
    (Direction::Down, "down", "Down"),
];

pub const MONITORS: [(Monitor, &str, &str, &str); 3] = [
    (Monitor::Off, "off", "In the show", "You do not hear it"),
    (Monitor::Only, "only", "Only for you", "Viewers do not hear it"),
    (Monitor::Both, "both", "In the show and for you", "On your headphones too"),
];

pub const PRESETS: [(Preset, &str, &str); 6] = [
    (Preset::Ultrafast, "ultrafast", "Ultrafast: least work, least detail"),
    (Preset::Superfast, "superfast", "Superfast"),
    (Preset::Veryfast, "veryfast", "Very fast: good for most"),
    (Preset::Faster, "faster", "Faster"),
    (Preset::Fast, "fast", "Fast"),
    (Preset::Medium, "medium", "Medium: most work, most detail"),
];

pub fn sound_filter(filter: &SoundFilter) -> (&'static str, &'static str) {
    match filter {
        SoundFilter::Gain { .. } => ("Gain", "Louder or quieter, before the other filters."),
        SoundFilter::Gate { .. } => ("Gate", "Silence while nobody speaks."),
        SoundFilter::Compressor { .. } => ("Compressor", "Loud passages quieter, so that quiet ones can be louder."),
        SoundFilter::Limiter { .. } => ("Limiter", "Nothing gets louder than this."),
        SoundFilter::NoiseSuppression => ("Noise suppression", "Takes away steady noise around a voice."),
    }
}

pub fn picture_filter(filter: &PictureFilter) -> (&'static str, &'static str) {
    match filter {
        PictureFilter::ChromaKey { .. } => ("Chroma key", "Makes one colour clear, such as a green wall."),
        PictureFilter::Colour { .. } => ("Colour correction", "Brightness, contrast, saturation and hue."),
        PictureFilter::Crop(_) => ("Crop", "Cuts off the edges; what is left is the picture."),
        PictureFilter::Blur { .. } => ("Blur", "Softens the picture."),
        PictureFilter::Lut { .. } => ("Colour table (LUT)", "The colours of a .cube file, such as a film’s."),
    }
}

#[cfg(test)]
mod tests {
    use klieg_studio_model::{Destination, OutputState, OutputStatus};

    use super::{output, sentence};

    #[test]
    fn what_never_connected_has_not_dropped() {
        let away = OutputState::Reconnecting { attempt: 2, reason: "no answer".into() };
        let mut status = OutputStatus::new("a", "A", away);
        assert_eq!(output(&status).1, "Not reached (no answer); trying again, attempt 2");
        status.was_live = true;
        assert_eq!(output(&status).1, "Dropped (no answer); trying again, attempt 2");
    }

    #[test]
    fn a_recording_is_connected_to_nothing() {
        let words = |state| output(&OutputStatus::new(Destination::RECORDING, "Recording", state)).1;
        assert_eq!([words(OutputState::Connecting), words(OutputState::Live)], ["Beginning", "Writing"]);
        let away = OutputState::Reconnecting { attempt: 1, reason: "the disk takes nothing".into() };
        assert_eq!(words(away), "Not written (the disk takes nothing); trying again, attempt 1");
    }

    #[test]
    fn a_reason_becomes_a_sentence_and_a_sentence_stays_one() {
        let refused = "there is a scene named `Break` already; choose another name";
        assert_eq!(sentence(refused), "There is a scene named “Break” already; choose another name.");
        assert_eq!(sentence("`pick_file` works here only"), "“pick_file” works here only.");
        assert_eq!(sentence("x264enc gives no frame"), "x264enc gives no frame.");
        assert_eq!(sentence("http://a.example cannot be reached"), "http://a.example cannot be reached.");
        for whole in ["", "Marked in the recording.", "Go on?"] {
            assert_eq!(sentence(whole), whole);
        }
    }
}
