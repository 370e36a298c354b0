//! The source `browser`: a web page's picture and sound, which come from its own process.

use std::path::Path;

use gstreamer as gst;
use gstreamer_app as gst_app;
use klieg_studio_model::{Browser, Canvas};

use super::build::{Built, PICTURE_OUT, SOUND_OUT, ends};
use super::fitting::fitted;
use crate::EngineError;
use crate::element::{launch, named};
use crate::format::audio_caps;
use crate::page::{Process, Told};

/// Fails with a reason if the process does not start. What goes wrong in it later is an error on the pipeline.
pub(super) fn build(page: &Browser, canvas: Canvas, tail: &str, program: Option<&Path>) -> Result<Built, EngineError> {
    let missing = "the program klieg-engine, which shows web pages, is not where this program is; install it there";
    let program = program.ok_or_else(|| EngineError::Source(missing.to_owned()))?;
    let Browser { width, height, .. } = *page;
    let picture = format!(
        "appsrc name=page format=time is-live=true do-timestamp=true max-buffers=2 leaky-type=downstream \
         caps=video/x-raw,format=BGRA,width={width},height={height},framerate={}/1,pixel-aspect-ratio=1/1 \
         ! {} ! {PICTURE_OUT}",
        canvas.fps,
        fitted(tail),
    );
    let pipeline = launch(&if page.sound {
        format!(
            "{picture} appsrc name=voice format=time is-live=true do-timestamp=true max-buffers=50 leaky-type=downstream \
             caps=\"{audio}\" ! audioconvert ! {audio} ! {SOUND_OUT}",
            audio = audio_caps()
        )
    } else {
        picture
    })?;
    let (process, mut voice) = Process::start(program, page, canvas.fps)?;
    let pictures: gst_app::AppSrc = named(&pipeline, "page")?;
    let sounds: Option<gst_app::AppSrc> = if page.sound { Some(named(&pipeline, "voice")?) } else { None };
    std::thread::Builder::new().name(format!("page {}", page.name)).spawn(move || {
        let mut last: Option<gst::Buffer> = None;
        // Ends with the process.
        let reason = loop {
            match voice.listen() {
                Ok(Told::Picture(bytes)) => last = Some(gst::Buffer::from_mut_slice(bytes)),
                Ok(Told::Same) => {}
                Ok(Told::Sound(bytes)) => {
                    if let Some(sounds) = &sounds {
                        // Refused only while the pipeline stops.
                        let _ = sounds.push_buffer(gst::Buffer::from_mut_slice(bytes));
                    }
                    continue;
                }
                Ok(Told::Trouble(reason)) => break reason,
                Err(_) => break "its process has ended".to_owned(),
            }
            if let Some(last) = &last {
                let _ = pictures.push_buffer(last.copy());
            }
        };
        gst::element_error!(pictures, gst::ResourceError::Failed, ("{reason}"));
    })?;
    Ok(Built { helper: Some(process), ..ends(pipeline) })
}
