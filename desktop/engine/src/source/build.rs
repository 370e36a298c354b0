//! The pipeline of each kind of source, from the device or generator to raw frames in the programme's formats.

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::{Canvas, MediaFile, Microphone, Pattern, SoundSystem, Source, TestPicture, Tone, Wave};

use super::cropping::crops;
use super::fitting::{Fitting, fitted_upright};
use super::look::{size_caps, tail};
use super::{Room, Wish, desktop, drawn, lights, moving, music, rounds};
use crate::EngineError;
use crate::cast::Casting;
use crate::element::{launch, make, named};
use crate::format::audio_caps;
use crate::page::Process;

/// A source's pipeline and the ends where its frames come out.
pub(super) struct Built {
    pub pipeline: gst::Pipeline,
    pub picture: Option<gst_app::AppSink>,
    pub sound: Option<gst_app::AppSink>,
    /// Where the size of the picture can be changed, if it can while the pipeline runs.
    pub size: Option<gst::Element>,
    /// Of a picture that keeps its shape.
    pub fitting: Option<Fitting>,
    /// Of a screen: the part of its display that is shown, `[left, top, width, height]`; all of it if there is none.
    pub part: Option<[u32; 4]>,
    /// The process that makes them, if it is not this one.
    pub helper: Option<Process>,
}

impl Built {
    /// Lets the picture come in the size that is wished now. False if it cannot while the pipeline runs.
    pub(super) fn resize(&self, source: &Source, canvas: Canvas, wish: &Wish) -> bool {
        let Some(filter) = &self.size else { return false };
        match &self.fitting {
            Some(fitting) => fitting.wish(wish),
            // Where one that is drawn for its place is cut is settled when it is built.
            None if crops(&wish.look) => return false,
            None => filter.set_property("caps", size_caps(source, canvas, wish, wish.fixed_size(source))),
        }
        true
    }
}

pub(super) const PICTURE_OUT: &str = "appsink name=picture sync=false max-buffers=2 drop=true";
pub(super) const SOUND_OUT: &str = "appsink name=sound sync=false max-buffers=50 drop=true";

/// Builds the pipeline of `source`, whose picture is shown on the room's canvas as it is wished.
/// `cast` is what the creator chose for a source that needs that.
pub(super) fn build(source: &Source, room: &Room, wish: &Wish, cast: Option<&Casting>) -> Result<Built, EngineError> {
    let canvas = room.canvas;
    let (size, tail) = (wish.size, tail(source, canvas, wish));
    let built = match source {
        Source::Test(test) if test.pattern == Pattern::Klieg => lights_picture(test, canvas, &tail),
        Source::Test(test) => {
            let pattern = pattern(test.pattern);
            Ok(ends(launch(&format!("videotestsrc is-live=true pattern={pattern} ! {tail} ! {PICTURE_OUT}"))?))
        }
        Source::Tone(tone) => steady_tone(tone),
        Source::Music(soft) => {
            let pipeline = launch(&format!("appsrc name=in ! {} ! {SOUND_OUT}", audio_caps()))?;
            music::play(&named(&pipeline, "in")?, &audio_caps(), soft.amplitude);
            Ok(ends(pipeline))
        }
        Source::File(file) => media_file(file, &tail),
        Source::Image(image) if moving::moves(&image.path) => moving::build(image, canvas, &tail),
        Source::Image(image) => drawn::image(image, &tail),
        Source::Text(text) => drawn::text(text, size, &tail),
        Source::Colour(plain) => drawn::colour(plain, &tail),
        Source::Screen(screen) => super::screen::build(screen, canvas, &tail),
        Source::ScreenCast(_) => match cast {
            Some(cast) => super::cast::build(cast, canvas, &tail),
            None => Err(EngineError::Source("nothing was chosen".to_owned())),
        },
        Source::Window(window) => super::window::build(window, canvas, &tail),
        Source::Browser(page) => super::browser::build(page, canvas, &tail, room.pages.as_deref()),
        Source::Camera(camera) => super::camera::build(camera, canvas, &tail),
        Source::Microphone(microphone) => sound_device(microphone),
    }?;
    Ok(Built { fitting: Fitting::of(&built.pipeline, source, canvas, wish)?, ..built })
}

pub(super) fn ends(pipeline: gst::Pipeline) -> Built {
    let end = |name: &str| pipeline.by_name(name).and_then(|element| element.downcast().ok());
    let (picture, sound, size) = (end("picture"), end("sound"), pipeline.by_name("size"));
    Built { pipeline, picture, sound, size, fitting: None, part: None, helper: None }
}

fn pattern(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::Klieg | Pattern::Smpte => "smpte",
        Pattern::Ball => "ball",
        Pattern::Snow => "snow",
        Pattern::Checkers => "checkers-8",
        Pattern::Gradient => "gradient",
        Pattern::ZonePlate => "zone-plate kx2=20 ky2=20 kt=1",
        Pattern::Black => "black",
        Pattern::White => "white",
        Pattern::Red => "red",
        Pattern::Green => "green",
        Pattern::Blue => "blue",
    }
}

fn lights_picture(test: &TestPicture, canvas: Canvas, tail: &str) -> Result<Built, EngineError> {
    let pipeline = launch(&format!(
        "appsrc name=in ! videoscale method=bilinear add-borders=false ! {tail} ! textoverlay name=title \
         ! textoverlay name=subtitle ! clockoverlay name=clock ! {PICTURE_OUT}"
    ))?;
    // Margins in pixels: a sixteenth of the width, and heights from the bottom.
    let margin = (canvas.width / 16).cast_signed();
    let place = |name: &str, side: &str, font: &str, below: f64| -> Result<gst::Element, EngineError> {
        let overlay: gst::Element = named(&pipeline, name)?;
        overlay.set_property("font-desc", font);
        overlay.set_property_from_str("halignment", side);
        overlay.set_property_from_str("valignment", "bottom");
        overlay.set_property("xpad", margin);
        overlay.set_property("ypad", (f64::from(canvas.height) * below) as i32);
        overlay.set_property("draw-outline", false);
        Ok(overlay)
    };
    let lines = [
        ("title", &test.title, "Inter Display, DejaVu Sans Bold 34", 0.19),
        ("subtitle", &test.subtitle, "Inter, DejaVu Sans 15", 0.12),
    ];
    for (name, text, font, below) in lines {
        let overlay = place(name, "left", font, below)?;
        match text {
            Some(text) => overlay.set_property("text", escape(text)),
            None => overlay.set_property("silent", true),
        }
    }
    place("clock", "right", "Inter, DejaVu Sans 19", 0.12)?.set_property("time-format", "%H:%M:%S");
    lights::shine(&named(&pipeline, "in")?, canvas.fps);
    Ok(ends(pipeline))
}

/// Text as Pango's markup has it.
pub(super) fn escape(text: &str) -> String {
    glib::markup_escape_text(text).to_string()
}

fn steady_tone(tone: &Tone) -> Result<Built, EngineError> {
    let wave = match tone.wave {
        Wave::Sine => "sine",
        Wave::Square => "square",
        Wave::Triangle => "triangle",
        Wave::Ticks => "ticks",
        Wave::PinkNoise => "pink-noise",
        Wave::Silence => "silence",
    };
    Ok(ends(launch(&format!(
        "audiotestsrc is-live=true samplesperbuffer=480 wave={wave} freq={} volume={} ! {} ! {SOUND_OUT}",
        tone.frequency,
        tone.amplitude,
        audio_caps()
    ))?))
}

fn media_file(file: &MediaFile, tail: &str) -> Result<Built, EngineError> {
    let pipeline = launch("filesrc name=file ! decodebin name=decode")?;
    named::<gst::Element>(&pipeline, "file")?.set_property("location", path(&file.path));
    let decode: gst::Element = named(&pipeline, "decode")?;
    let chain = |description: &str, name: &str| -> Result<(gst::Pad, gst_app::AppSink), EngineError> {
        let bin = gst::parse::bin_from_description(description, true)
            .map_err(|error| EngineError::Pipeline(error.to_string()))?;
        let sink = bin.by_name(name).and_then(|element| element.downcast().ok());
        let pad = bin.static_pad("sink");
        pipeline.add(&bin)?;
        pad.zip(sink).ok_or_else(|| EngineError::Pipeline("a decoder's end is missing".to_owned()))
    };
    let elements =
        ["videoconvert", "videoflip", "deinterlace", "videoscale", "videorate", "audioconvert", "audioresample"];
    for element in elements {
        make(element)?;
    }
    // The file is played at its own pace: its frames wait here for their time.
    let (picture_pad, picture) = chain(
        &format!("queue max-size-buffers=4 ! {} ! appsink name=picture sync=true max-buffers=2", fitted_upright(tail)),
        "picture",
    )?;
    let (sound_pad, sound) = chain(
        &format!(
            "queue ! audioconvert ! audioresample ! {} ! appsink name=sound sync=true max-buffers=8",
            audio_caps()
        ),
        "sound",
    )?;
    rounds::join(&[&picture_pad, &sound_pad]);
    // What the file does not have must not be waited for at the start, nor at the end.
    let (unused_picture, unused_sound) = (picture.clone(), sound.clone());
    decode.connect_pad_added(move |decode, pad| plug(decode, pad, &picture_pad, &sound_pad));
    decode.connect_no_more_pads(move |decode| {
        for sink in [&unused_picture, &unused_sound] {
            let bin = sink.parent().and_then(|parent| parent.downcast::<gst::Bin>().ok());
            let linked = bin.as_ref().and_then(|bin| bin.static_pad("sink")).is_some_and(|pad| pad.is_linked());
            if let (false, Some(bin)) = (linked, bin)
                && let Some(pipeline) = decode.parent().and_then(|parent| parent.downcast::<gst::Pipeline>().ok())
            {
                bin.set_locked_state(true);
                let _ = bin.set_state(gst::State::Null);
                let _ = pipeline.remove(&bin);
            }
        }
    });
    let size = pipeline.by_name("size");
    let (picture, sound) = (Some(picture), Some(sound));
    Ok(Built { pipeline, picture, sound, size, fitting: None, part: None, helper: None })
}

/// Lets what is decoded go on to where its kind is taken. A second stream of the same kind is left out.
fn plug(decode: &gst::Element, stream: &gst::Pad, picture: &gst::Pad, sound: &gst::Pad) {
    let caps = stream.current_caps().unwrap_or_else(|| stream.query_caps(None));
    let kind = caps.structure(0).map(|structure| structure.name().as_str()).unwrap_or_default();
    let (target, what) = if kind.starts_with("video/") { (picture, "picture") } else { (sound, "sound") };
    let is_media = kind.starts_with("video/") || kind.starts_with("audio/");
    if is_media && !target.is_linked() && stream.link(target).is_err() {
        // Such as in a graphics card's memory.
        let form = caps.features(0).map(ToString::to_string).unwrap_or_default();
        gst::element_error!(
            decode,
            gst::StreamError::WrongType,
            ("its {what} is in a form that cannot be used: {form}")
        );
    }
}

pub(super) fn path(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}

fn sound_device(microphone: &Microphone) -> Result<Built, EngineError> {
    let tail = format!("audioconvert ! audioresample ! {} ! {SOUND_OUT}", audio_caps());
    let (pipeline, property) = match microphone.system {
        SoundSystem::Pulse => {
            // A buffer shorter than the blocks in which a device delivers stays silent.
            (launch(&format!("pulsesrc name=device buffer-time=200000 latency-time=20000 ! {tail}"))?, "device")
        }
        SoundSystem::Pipewire => {
            (launch(&format!("pipewiresrc name=device do-timestamp=true ! {tail}"))?, "target-object")
        }
    };
    let device: gst::Element = named(&pipeline, "device")?;
    match &microphone.device {
        Some(_) if microphone.follows_output() => desktop::hear(&device, microphone.system),
        Some(name) => device.set_property(property, name),
        None => {}
    }
    Ok(ends(pipeline))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::failure;

    #[test]
    fn what_is_decoded_is_taken_field_by_field_too_and_what_cannot_be_says_so() {
        gst::init().unwrap();
        let failed = |form: &str| {
            let chain = fitted_upright("video/x-raw,format=I420");
            let pipeline = format!("queue name=in ! {chain} ! fakesink fakesrc ! identity name=decode ! fakesink");
            let pipeline = launch(&pipeline).unwrap();
            // Before that its bus takes nothing.
            pipeline.set_state(gst::State::Ready).unwrap();
            let element = |name: &str| pipeline.by_name(name).unwrap();
            let caps: gst::Caps = format!("{form},width=720,height=576,framerate=25/1").parse().unwrap();
            let of = gst::PadTemplate::new("src", gst::PadDirection::Src, gst::PadPresence::Always, &caps).unwrap();
            let sink = element("in").static_pad("sink").unwrap();
            let stream = gst::Pad::from_template(&of);
            plug(&element("decode"), &stream, &sink, &sink);
            let failure = failure(&pipeline);
            assert_eq!(sink.is_linked(), failure.is_none());
            pipeline.set_state(gst::State::Null).unwrap();
            failure
        };
        assert_eq!(failed("video/x-raw,format=P010_10LE"), None);
        assert_eq!(failed("video/x-raw(format:Interlaced),format=NV12,interlace-mode=alternate"), None);
        let said = failed("video/x-raw(memory:DMABuf),format=NV12").unwrap();
        assert!(said.contains("its picture") && said.contains("memory:DMABuf"), "{said}");
    }
}
