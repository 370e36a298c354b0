//! A WebSocket of the browser's, whose events come as a stream.

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// What a socket tells.
pub enum Told {
    Opened,
    Text(String),
    /// With the close code; the last that it tells.
    Closed(u16),
}

/// What comes from a socket, in order.
pub struct Coming(UnboundedReceiver<Told>);

impl Coming {
    /// The next thing that it tells; none after the last.
    pub async fn next(&mut self) -> Option<Told> {
        self.0.next().await
    }

    /// The next thing that it tells; none after the last, and when nothing comes for so many milliseconds.
    pub async fn next_within(&mut self, millis: u32) -> Option<Told> {
        match select(self.0.next(), TimeoutFuture::new(millis)).await {
            Either::Left((told, _)) => told,
            Either::Right(_) => None,
        }
    }
}

/// Closed when dropped.
pub struct Socket {
    inner: WebSocket,
    _opened: Closure<dyn FnMut()>,
    _text: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Begins to connect. What the server sends is bounded by what it holds for one client.
    pub fn open(address: &str) -> Option<(Self, Coming)> {
        let socket = WebSocket::new(address).ok()?;
        let (sender, told) = unbounded();
        let tell = |sender: &UnboundedSender<Told>, what| {
            // The receiver is gone when the page is.
            let _ = sender.unbounded_send(what);
        };
        let opened = Closure::<dyn FnMut()>::new({
            let sender = sender.clone();
            move || tell(&sender, Told::Opened)
        });
        let text = Closure::<dyn FnMut(MessageEvent)>::new({
            let sender = sender.clone();
            move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    tell(&sender, Told::Text(text));
                }
            }
        });
        let closed =
            Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| tell(&sender, Told::Closed(event.code())));
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(text.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Some((Self { inner: socket, _opened: opened, _text: text, _closed: closed }, Coming(told)))
    }

    /// What cannot be sent now is sent again once there is another connection.
    pub fn send(&self, text: &str) {
        let _ = self.inner.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.inner.set_onopen(None);
        self.inner.set_onmessage(None);
        self.inner.set_onclose(None);
        let _ = self.inner.close();
    }
}
