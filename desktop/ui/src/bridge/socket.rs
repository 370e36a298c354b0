//! The bridge in any other browser: a WebSocket, as the studio's local remote control speaks it.
//!
//! `{id, invoke, args}` is answered by `{id, ok}` or `{id, error}`; `{event, payload}` comes by itself. A connection that is
//! lost is made anew; what was not answered then never will be.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures_channel::oneshot;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, WebSocket};

use super::{Answer, Bridge, Ear};
use crate::browser;

/// Milliseconds until a lost connection is made anew.
const AGAIN: u32 = 1_000;

type Waiting = oneshot::Sender<Result<String, String>>;

#[derive(Clone)]
pub struct Socket(Rc<Inner>);

#[derive(Default)]
struct Inner {
    /// None if the page's address names no bridge.
    url: Option<String>,
    socket: RefCell<Option<WebSocket>>,
    next: Cell<u32>,
    waiting: RefCell<HashMap<u32, Waiting>>,
    /// What was asked before the connection stood.
    unsent: RefCell<Vec<String>>,
    ears: RefCell<HashMap<&'static str, Vec<Ear>>>,
}

impl Socket {
    pub fn from_address() -> Self {
        let socket = Self(Rc::new(Inner { url: browser::parameter("bridge"), ..Inner::default() }));
        socket.connect();
        socket
    }

    fn connect(&self) {
        let Some(socket) = self.0.url.as_deref().and_then(|url| WebSocket::new(url).ok()) else { return };
        let this = self.clone();
        let opened = Closure::<dyn FnMut()>::new(move || {
            for text in this.0.unsent.take() {
                this.send(&text);
            }
            this.hear("open", "null");
        });
        let this = self.clone();
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                this.take(&text);
            }
        });
        let this = self.clone();
        let closed = Closure::<dyn FnMut()>::new(move || {
            this.0.socket.take();
            for (_, waiting) in this.0.waiting.take() {
                let _ = waiting.send(Err("The studio is not reached; trying again.".to_owned()));
            }
            let this = this.clone();
            wasm_bindgen_futures::spawn_local(async move {
                gloo_timers::future::TimeoutFuture::new(AGAIN).await;
                this.connect();
            });
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        // A page makes few connections, and each is heard to its end.
        opened.forget();
        message.forget();
        closed.forget();
        self.0.socket.replace(Some(socket));
    }

    fn send(&self, text: &str) {
        let socket = self.0.socket.borrow();
        let open = socket.as_ref().filter(|socket| socket.ready_state() == WebSocket::OPEN);
        if open.is_none_or(|socket| socket.send_with_str(text).is_err()) {
            self.0.unsent.borrow_mut().push(text.to_owned());
        }
    }

    fn take(&self, text: &str) {
        let Ok(message) = serde_json::from_str::<Value>(text) else { return };
        if let Some(event) = message.get("event").and_then(Value::as_str) {
            self.hear(event, &message.get("payload").unwrap_or(&Value::Null).to_string());
        } else if let Some(id) = message.get("id").and_then(Value::as_u64)
            && let Some(waiting) = self.0.waiting.borrow_mut().remove(&(id as u32))
        {
            let answer = match message.get("error").and_then(Value::as_str) {
                Some(error) => Err(error.to_owned()),
                None => Ok(message.get("ok").unwrap_or(&Value::Null).to_string()),
            };
            let _ = waiting.send(answer);
        }
    }

    fn hear(&self, event: &str, payload: &str) {
        let ears = self.0.ears.borrow().get(event).cloned().unwrap_or_default();
        for ear in ears {
            ear(payload);
        }
    }
}

impl Bridge for Socket {
    fn invoke(&self, name: &'static str, args: Value) -> Answer {
        if self.0.url.is_none() {
            return Box::pin(async {
                Err("This page belongs to Klieg Studio; open it there, or from its remote control.".to_owned())
            });
        }
        let id = self.0.next.get().wrapping_add(1);
        self.0.next.set(id);
        let (answer, answered) = oneshot::channel();
        self.0.waiting.borrow_mut().insert(id, answer);
        self.send(&json!({ "id": id, "invoke": name, "args": args }).to_string());
        Box::pin(async move { answered.await.unwrap_or_else(|_| Err("The studio did not answer.".to_owned())) })
    }

    fn listen(&self, event: &'static str, ear: Ear) {
        self.0.ears.borrow_mut().entry(event).or_default().push(ear);
    }
}
