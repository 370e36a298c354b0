//! The `<video>` itself: whether it moves, its sound, and its last frame kept in sight while another transport takes over.

use std::cell::Cell;

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, MediaStream};

use crate::browser;

pub struct Picture {
    pub video: HtmlVideoElement,
    freeze: HtmlCanvasElement,
    frames: Cell<u32>,
    /// Milliseconds.
    time: Cell<u64>,
}

impl Picture {
    pub fn new(video: HtmlVideoElement, freeze: HtmlCanvasElement) -> Self {
        Self { video, freeze, frames: Cell::new(0), time: Cell::new(0) }
    }

    /// Whether there was a new frame since the last call, or new sound where there is no picture.
    pub fn has_moved(&self) -> bool {
        let frames = self.video.get_video_playback_quality().total_video_frames();
        let time = (self.video.current_time() * 1000.0) as u64;
        // Both start again at zero with another source, which is no movement.
        let new_frames = frames > self.frames.replace(frames);
        let new_time = time > self.time.replace(time);
        new_frames || (new_time && self.video.video_width() == 0 && self.video.ready_state() >= 3)
    }

    /// Shows a WebRTC stream.
    pub fn show(&self, media: &MediaStream) {
        if self.video.src_object().as_ref() != Some(media) {
            self.video.set_src_object(Some(media));
        }
    }

    /// Takes whatever was shown away.
    pub fn clear(&self) {
        if let Some(media) = self.video.src_object() {
            super::whep::stop(&media);
            self.video.set_src_object(None);
        }
    }

    /// Keeps the current frame in sight until [`Picture::thaw`].
    pub fn freeze(&self) {
        let (width, height) = (self.video.video_width(), self.video.video_height());
        if width == 0 || self.freeze.has_attribute("data-on") {
            return;
        }
        self.freeze.set_width(width);
        self.freeze.set_height(height);
        let context = self.freeze.get_context("2d").ok().flatten();
        if let Some(context) = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok())
            && context.draw_image_with_html_video_element(&self.video, 0.0, 0.0).is_ok()
        {
            let _ = self.freeze.set_attribute("data-on", "");
        }
    }

    pub fn thaw(&self) {
        let _ = self.freeze.remove_attribute("data-on");
    }

    /// Plays, with sound where that is wanted and allowed.
    pub async fn play(&self) {
        if self.start().await.is_err() && !self.video.muted() {
            // Without a gesture of the viewer, browsers only let silent pictures start.
            self.video.set_muted(true);
            let _ = self.start().await;
        }
    }

    async fn start(&self) -> Result<(), JsValue> {
        let result = JsFuture::from(self.video.play()?).await;
        match result {
            // Another source was set meanwhile; its own start follows.
            Err(error) if name(&error) == "NotAllowedError" => Err(error),
            _ => Ok(()),
        }
    }

    /// Between 0 and 1, kept for the next visit.
    pub fn set_volume(&self, volume: f64) {
        let volume = volume.clamp(0.0, 1.0);
        self.video.set_volume(volume);
        self.video.set_muted(volume == 0.0);
        browser::store("volume", Some(&format!("{volume:.2}")));
        browser::store("sound", Some(if volume == 0.0 { "off" } else { "on" }));
    }

    pub fn set_muted(&self, muted: bool) {
        self.video.set_muted(muted);
        if !muted && self.video.volume() == 0.0 {
            self.video.set_volume(0.5);
        }
        browser::store("sound", Some(if muted { "off" } else { "on" }));
    }

    /// The sound as it was at the last visit; silent at the first.
    pub fn restore_sound(&self) {
        let volume = browser::stored("volume").and_then(|text| text.parse::<f64>().ok()).unwrap_or(1.0);
        self.video.set_volume(volume.clamp(0.0, 1.0));
        self.video.set_muted(browser::stored("sound").as_deref() != Some("on"));
    }
}

fn name(error: &JsValue) -> String {
    Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default()
}
