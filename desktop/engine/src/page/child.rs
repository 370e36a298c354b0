//! The process of a page: what a program does that is called with `page`.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::Browser;
use parking_lot::Mutex;

use super::arrival::{Arrival, why};
use super::wire::{Order, Told};
use crate::EngineError;
use crate::element::{launch, make, named};
use crate::format::audio_caps;

/// How long it may take until the first of a page is there. WebKit alone would wait for minutes.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at the time.
const GLANCE: gst::ClockTime = gst::ClockTime::from_mseconds(500);

/// Shows the page that standard input names, until standard input ends. To be called in a process of its own.
///
/// Fails with a reason in words, which it has said on standard output too.
pub fn page_child() -> Result<(), String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|error| error.to_string())?;
    let order: Order = serde_json::from_str(&line).map_err(|error| format!("not an order: {error}"))?;
    std::thread::spawn(|| {
        // Who started this has ended when this does.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(0);
    });
    let done = show(&order);
    if let Err(reason) = &done {
        // Whoever would hear it may have gone.
        let _ = Told::Trouble(reason.clone()).write(&mut io::stdout().lock());
    }
    done
}

fn show(order: &Order) -> Result<(), String> {
    gst::init().map_err(|error| error.to_string())?;
    #[cfg(unix)]
    if order.page.sound
        && let Err(error) = super::extension::provide()
    {
        tracing::warn!(error, "the page will not be heard");
    }
    let (pipeline, arrival) = build(order).map_err(|error| error.to_string())?;
    let bus = pipeline.bus().ok_or("its pipeline has no bus")?;
    let (started, refused) = (Instant::now(), pipeline.set_state(gst::State::Playing).is_err());
    loop {
        let message = bus.timed_pop_filtered(GLANCE, &[gst::MessageType::Error, gst::MessageType::Eos]);
        match message.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(error)) => return Err(why(error)),
            Some(gst::MessageView::Eos(_)) => return Ok(()),
            _ if refused => return Err("WebKit does not start".to_owned()),
            _ if !arrival.has_come() && started.elapsed() > PATIENCE => {
                return Err("the page does not answer".to_owned());
            }
            _ => {}
        }
    }
}

fn build(order: &Order) -> Result<(gst::Pipeline, Arrival), EngineError> {
    let Browser { url, width, height, transparent, sound, .. } = &order.page;
    let element = if *sound { "wpesrc" } else { "wpevideosrc" };
    make(element)?;
    // No sink waits for another: the first picture waits for the page, and the page for whoever takes its sound.
    let picture = format!(
        "{element} name=page ! video/x-raw,format=BGRA,width={width},height={height},framerate={}/1 \
         ! appsink name=picture async=false sync=false max-buffers=1 drop=true",
        order.fps
    );
    let pipeline = launch(&if *sound {
        // Silence keeps the mixer's time while the page says nothing.
        format!(
            "{picture} audiotestsrc is-live=true wave=silence samplesperbuffer=960 ! {audio} ! audiomixer name=mix ! {audio} \
             ! appsink name=sound async=false sync=false max-buffers=20 drop=true",
            audio = audio_caps()
        )
    } else {
        picture
    })?;
    let page: gst::Element = named(&pipeline, "page")?;
    page.set_property("location", url);
    page.set_property("draw-background", !transparent);
    let arrival = Arrival::watch(&pipeline)?;
    let out = Arc::new(Mutex::new(io::stdout()));
    // Silence before the first picture would pass for a page that is there.
    let is_there = Arc::new(AtomicBool::new(false));
    let (mut last, is_clear, seen, come) = (Vec::new(), *transparent, is_there.clone(), arrival.clone());
    tell(&named(&pipeline, "picture")?, out.clone(), move |bytes| {
        if !come.has_come() {
            return None;
        }
        seen.store(true, Ordering::Relaxed);
        if last == bytes {
            return Some(Told::Same);
        }
        bytes.clone_into(&mut last);
        let mut picture = bytes.to_vec();
        if is_clear {
            divide(&mut picture);
        }
        Some(Told::Picture(picture))
    });
    if *sound {
        let (mixer, owner) = (named::<gst::Element>(&pipeline, "mix")?, pipeline.downgrade());
        page.connect_pad_added(move |_, pad| {
            if let Some(pipeline) = owner.upgrade().filter(|_| pad.name().starts_with("audio"))
                && let Err(error) = hear(&pipeline, pad, &mixer)
            {
                tracing::warn!(%error, "a sound of the page is not heard");
            }
        });
        tell(&named(&pipeline, "sound")?, out, move |bytes| {
            is_there.load(Ordering::Relaxed).then(|| Told::Sound(bytes.to_vec()))
        });
    }
    Ok((pipeline, arrival))
}

/// Mixes one of the page's sounds in.
fn hear(pipeline: &gst::Pipeline, pad: &gst::Pad, mixer: &gst::Element) -> Result<(), EngineError> {
    let bin = gst::parse::bin_from_description("queue ! audioconvert ! audioresample", true)
        .map_err(|error| EngineError::Pipeline(error.to_string()))?;
    pipeline.add(&bin)?;
    bin.link(mixer)?;
    bin.sync_state_with_parent()?;
    let sink = bin.static_pad("sink").ok_or_else(|| EngineError::Pipeline("a converter has no end".to_owned()))?;
    // wpesrc says of each buffer how many samples it has, and audioresample 1.22 believes that of the ones it makes from them.
    sink.add_probe(gst::PadProbeType::BUFFER, |_, info| {
        if let Some(buffer) = info.buffer_mut() {
            buffer.make_mut().foreach_meta_mut(|_| ControlFlow::Continue(gst::buffer::BufferMetaForeachAction::Remove));
        }
        gst::PadProbeReturn::Ok
    });
    pad.link(&sink).map_err(|error| EngineError::Pipeline(error.to_string()))?;
    Ok(())
}

/// Says of what comes out of `sink` whatever there is to say.
fn tell(
    sink: &gst_app::AppSink,
    out: Arc<Mutex<impl Write + Send + 'static>>,
    mut told: impl FnMut(&[u8]) -> Option<Told> + Send + 'static,
) {
    let pull = move |sink: &gst_app::AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let map = sample.buffer().and_then(|buffer| buffer.map_readable().ok()).ok_or(gst::FlowError::Error)?;
        if let Some(told) = told(&map) {
            told.write(&mut *out.lock()).map_err(|_| gst::FlowError::Eos)?;
        }
        Ok(gst::FlowSuccess::Ok)
    };
    sink.set_callbacks(gst_app::AppSinkCallbacks::builder().new_sample(pull).build());
}

/// WebKit multiplies colours with their opacity; everybody else here does not.
fn divide(picture: &mut [u8]) {
    for pixel in picture.chunks_exact_mut(4) {
        if let [blue, green, red, alpha @ 1..=254] = pixel {
            let opacity = u16::from(*alpha);
            for colour in [blue, green, red] {
                *colour = (u16::from(*colour) * 255 / opacity).min(255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_clear_colours_get_their_own_back() {
        let mut picture = [0, 64, 128, 128, 1, 2, 3, 255, 0, 0, 0, 0, 200, 0, 0, 100];
        divide(&mut picture);
        assert_eq!(picture, [0, 127, 255, 128, 1, 2, 3, 255, 0, 0, 0, 0, 255, 0, 0, 100]);
    }
}
