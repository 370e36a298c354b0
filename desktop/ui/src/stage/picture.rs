//! The picture: JPEG frames from the studio, the newest of them drawn on a canvas.
//!
//! A frame that comes while another is being decoded waits for it; of several that wait only the newest is kept. The studio is told of
//! each that is done with, and sends no more than two ahead: what a slow window cannot draw is not queued on the way to it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use dioxus::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, Blob, CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap, MessageEvent, WebSocket};

use crate::browser;

/// Milliseconds until a lost connection is made anew.
const AGAIN: u32 = 500;

#[component]
pub fn Picture(url: String) -> Element {
    let mut stream = use_signal(|| None::<Stream>);
    use_drop(move || {
        if let Some(stream) = stream.take() {
            stream.stop();
        }
    });
    rsx! {
        canvas {
            class: "picture",
            "aria-hidden": "true",
            onmounted: move |event| {
                let canvas = event.data().downcast::<web_sys::Element>().cloned();
                if let Some(canvas) = canvas.and_then(|canvas| canvas.dyn_into::<HtmlCanvasElement>().ok()) {
                    stream.set(Stream::start(&url, canvas));
                }
            },
        }
        p { class: "picture-waits", "Waiting for the picture" }
    }
}

#[derive(Clone)]
struct Stream(Rc<Inner>);

/// A picture, and where it came from.
struct Frame {
    jpeg: Blob,
    socket: WebSocket,
}

impl Frame {
    /// Says that this one was drawn, or never will be.
    fn done(&self) {
        // A connection that is gone sends nothing more.
        let _ = self.socket.send_with_str("drawn");
    }
}

struct Inner {
    url: String,
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    socket: RefCell<Option<WebSocket>>,
    is_decoding: Cell<bool>,
    newest: RefCell<Option<Frame>>,
    is_stopped: Cell<bool>,
}

impl Stream {
    fn start(url: &str, canvas: HtmlCanvasElement) -> Option<Self> {
        if url.is_empty() {
            return None;
        }
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let stream = Self(Rc::new(Inner {
            url: url.to_owned(),
            canvas,
            context,
            socket: RefCell::new(None),
            is_decoding: Cell::new(false),
            newest: RefCell::new(None),
            is_stopped: Cell::new(false),
        }));
        stream.connect();
        Some(stream)
    }

    fn connect(&self) {
        if self.0.is_stopped.get() {
            return;
        }
        let Ok(socket) = WebSocket::new(&self.0.url) else { return };
        socket.set_binary_type(BinaryType::Blob);
        let (this, from) = (self.clone(), socket.clone());
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Ok(jpeg) = event.data().dyn_into::<Blob>() {
                this.meet(Frame { jpeg, socket: from.clone() });
            }
        });
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        let this = self.clone();
        let closed = Closure::once_into_js(move || {
            // Freed with the connection it belongs to.
            drop(message);
            let this = this.clone();
            wasm_bindgen_futures::spawn_local(async move {
                gloo_timers::future::TimeoutFuture::new(AGAIN).await;
                this.connect();
            });
        });
        socket.set_onclose(Some(closed.unchecked_ref()));
        self.0.socket.replace(Some(socket));
    }

    fn meet(&self, frame: Frame) {
        if self.0.is_decoding.replace(true) {
            if let Some(older) = self.0.newest.replace(Some(frame)) {
                older.done();
            }
            return;
        }
        let this = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let mut next = Some(frame);
            while let Some(frame) = next {
                if let Some(bitmap) = decoded(&frame.jpeg).await {
                    this.draw(&bitmap);
                }
                frame.done();
                next = this.0.newest.take();
            }
            this.0.is_decoding.set(false);
        });
    }

    fn draw(&self, bitmap: &ImageBitmap) {
        let canvas = &self.0.canvas;
        if (canvas.width(), canvas.height()) != (bitmap.width(), bitmap.height()) {
            canvas.set_width(bitmap.width());
            canvas.set_height(bitmap.height());
        }
        let _ = self.0.context.draw_image_with_image_bitmap(bitmap, 0.0, 0.0);
        let _ = canvas.set_attribute("data-shown", "true");
        bitmap.close();
    }

    fn stop(&self) {
        self.0.is_stopped.set(true);
        if let Some(socket) = self.0.socket.take() {
            let _ = socket.close();
        }
    }
}

async fn decoded(frame: &Blob) -> Option<ImageBitmap> {
    let promise = browser::window()?.create_image_bitmap_with_blob(frame).ok()?;
    wasm_bindgen_futures::JsFuture::from(promise).await.ok()?.dyn_into().ok()
}
