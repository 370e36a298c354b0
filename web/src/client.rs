//! Sends the calls that `klieg-core` describes, with the session's token where they want one.
//!
//! Owns the session of this window and who is logged in. The tokens are kept in the browser's storage, which all windows of
//! the site share; a lock among them keeps two from using one refresh token twice.

use std::cell::RefCell;

use dioxus::prelude::*;
use futures_channel::oneshot;
use klieg_api::accounts::{LogIn, Me, NewAccount, Tokens};
use klieg_core::call::{self, Access};
use klieg_core::session::{Access as Token, Held};
use klieg_core::{Call, CallError, Session, calls};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::browser;

const STORED: &str = "session";
/// An answer that takes longer is none, in milliseconds.
const PATIENCE: u32 = 15_000;

thread_local! {
    static SESSION: RefCell<Session> = RefCell::new(Session::default());
}

/// Who is at this window.
#[derive(Clone, Debug, PartialEq)]
pub enum Viewer {
    /// Logged in, and the account is being asked for.
    Unknown,
    Anonymous,
    Known(Box<Me>),
}

impl Viewer {
    pub fn me(&self) -> Option<&Me> {
        match self {
            Self::Known(me) => Some(me),
            Self::Unknown | Self::Anonymous => None,
        }
    }
}

pub static VIEWER: GlobalSignal<Viewer> =
    Signal::global(|| if SESSION.with_borrow(Session::is_logged_in) { Viewer::Unknown } else { Viewer::Anonymous });

/// Takes up the session that was kept. To be called once, before anything is drawn.
pub fn init() {
    SESSION.with_borrow_mut(|session| *session = Session::restore(kept()));
}

/// Asks who is logged in, if anybody is.
pub async fn recognise() {
    if !SESSION.with_borrow(Session::is_logged_in) {
        return;
    }
    match send::<Me>(calls::me()).await {
        Ok(me) => *VIEWER.write() = Viewer::Known(Box::new(me)),
        Err(CallError::LoggedOut) => forget(),
        // The server cannot say now: the next page asks again.
        Err(_) => {}
    }
}

pub async fn sign_up(account: NewAccount) -> Result<(), CallError> {
    send::<klieg_api::accounts::AccountRef>(calls::sign_up(&account)).await?;
    log_in(LogIn { login: account.handle, password: account.password }).await
}

pub async fn log_in(form: LogIn) -> Result<(), CallError> {
    let tokens: Tokens = send(calls::log_in(&form)).await?;
    SESSION.with_borrow_mut(|session| session.log_in(browser::now(), tokens));
    keep();
    *VIEWER.write() = Viewer::Known(Box::new(send(calls::me()).await?));
    Ok(())
}

/// Ends the session here at once, and on the server if it can be reached.
pub async fn log_out() {
    // An error changes nothing: this window forgets the tokens either way.
    let _ = send_only(calls::log_out()).await;
    forget();
}

fn forget() {
    SESSION.with_borrow_mut(Session::log_out);
    keep();
    *VIEWER.write() = Viewer::Anonymous;
}

/// Sends a call whose answer has a body.
pub async fn send<T: DeserializeOwned>(call: Call) -> Result<T, CallError> {
    let (status, body) = exchange(&call, None).await?;
    call::parse(status, &body)
}

/// Sends a call whose body is a file, and whose answer has a body.
pub async fn upload<T: DeserializeOwned>(call: Call, file: web_sys::File) -> Result<T, CallError> {
    let (status, body) = exchange(&call, Some(&file)).await?;
    call::parse(status, &body)
}

/// Sends a call whose answer says only yes or no.
pub async fn send_only(call: Call) -> Result<(), CallError> {
    let (status, body) = exchange(&call, None).await?;
    call::accept(status, &body)
}

async fn exchange(call: &Call, file: Option<&web_sys::File>) -> Result<(u16, String), CallError> {
    let token = match call.access {
        Access::None => None,
        Access::Optional => token().await?,
        Access::Required => Some(token().await?.ok_or(CallError::LoggedOut)?),
    };
    let answer = fetch(call, token.as_deref(), file).await?;
    let Some(token) = token.filter(|_| answer.0 == 401) else { return Ok(answer) };
    SESSION.with_borrow_mut(|session| session.rejected(&token));
    match self::token().await? {
        None if call.access == Access::Required => Err(CallError::LoggedOut),
        token => fetch(call, token.as_deref(), file).await,
    }
}

/// The access token for a call made now; none when nobody is logged in.
pub async fn token() -> Result<Option<String>, CallError> {
    loop {
        match SESSION.with_borrow_mut(|session| session.access(browser::now())) {
            Token::Anonymous => return Ok(None),
            Token::Token(token) => return Ok(Some(token)),
            Token::Wait => gloo_timers::future::TimeoutFuture::new(50).await,
            Token::Refresh(call) => {
                // Whoever asks may go meanwhile; the answer is taken in nevertheless, or the session would be lost with it.
                let (answer, answered) = oneshot::channel();
                spawn_local(async move {
                    let _ = answer.send(refresh(&call).await);
                });
                match answered.await.unwrap_or(Err(CallError::Unreachable)) {
                    Err(CallError::LoggedOut) => {
                        forget();
                        return Ok(None);
                    }
                    result => result?,
                }
            }
        }
    }
}

async fn refresh(call: &Call) -> Result<(), CallError> {
    let _lock = browser::lock("klieg.session").await;
    // Another window may have refreshed, or logged out, while this one waited.
    let kept = kept();
    let is_ours = SESSION.with_borrow(|session| session.held() == kept.as_ref());
    if !is_ours {
        SESSION.with_borrow_mut(|session| session.adopt(kept));
        return Ok(());
    }
    let answer = fetch(call, None, None).await.and_then(|(status, body)| call::parse::<Tokens>(status, &body));
    let result = SESSION.with_borrow_mut(|session| session.refreshed(browser::now(), answer));
    keep();
    result
}

fn kept() -> Option<Held> {
    serde_json::from_str(&browser::stored(STORED)?).ok()
}

fn keep() {
    let held = SESSION.with_borrow(|session| session.held().and_then(|held| serde_json::to_string(held).ok()));
    browser::store(STORED, held.as_deref());
}

async fn fetch(call: &Call, token: Option<&str>, file: Option<&web_sys::File>) -> Result<(u16, String), CallError> {
    let fetch = async {
        let init = web_sys::RequestInit::new();
        init.set_method(call.method.as_str());
        init.set_signal(Some(&web_sys::AbortSignal::timeout_with_u32(PATIENCE)));
        let headers = web_sys::Headers::new()?;
        headers.set("accept", "application/json")?;
        if let Some(token) = token {
            headers.set("authorization", &format!("Bearer {token}"))?;
        }
        if let Some(body) = &call.body {
            headers.set("content-type", "application/json")?;
            init.set_body(&JsValue::from_str(body));
        } else if let Some(file) = file {
            // The browser says what kind it is.
            init.set_body(file);
        }
        init.set_headers(&headers);
        let window = browser::window().ok_or(JsValue::NULL)?;
        let response: web_sys::Response =
            JsFuture::from(window.fetch_with_str_and_init(&call.path, &init)).await?.dyn_into()?;
        let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
        Ok::<_, JsValue>((response.status(), body))
    };
    fetch.await.map_err(|_| CallError::Unreachable)
}
