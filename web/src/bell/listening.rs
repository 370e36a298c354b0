//! Hearing of what is new: the list as it is, and then a live connection.

use gloo_timers::future::TimeoutFuture;
use klieg_api::live::Closing;
use klieg_core::notifications::{Heard, Listener};
use klieg_ui::socket::{Socket, Told};

use super::{hear, refresh};
use crate::{browser, client};

/// A page with a chat brings a connection within this time, in milliseconds.
const A_MOMENT: u32 = 1_500;
/// A connection on which nothing came for so long, in milliseconds, is lost: the server says something every 25 seconds.
const SILENCE: u32 = 60_000;

/// Keeps the list up to date until it is dropped, or nobody is logged in any more.
pub(super) async fn listen(is_brought: bool) {
    refresh().await;
    if is_brought {
        return;
    }
    TimeoutFuture::new(A_MOMENT).await;
    let mut listener = Listener::new(&browser::random());
    loop {
        let code = match client::token().await {
            Ok(Some(token)) => connected(&mut listener, token).await,
            Ok(None) => return,
            Err(_) => None,
        };
        let wait = match listener.closed(code) {
            Some(wait) => wait,
            None if code == Some(Closing::LoggedOut.code()) => {
                // In another window, where somebody else may be logged in by now: who is here is asked anew.
                client::recognise().await;
                u64::from(A_MOMENT)
            }
            None => return,
        };
        TimeoutFuture::new(u32::try_from(wait).unwrap_or(u32::MAX)).await;
    }
}

/// One connection from its beginning to its end: with which code it was closed, if it said one.
async fn connected(listener: &mut Listener, token: String) -> Option<u16> {
    let (socket, mut coming) = Socket::open(&browser::live_address())?;
    let mut token = Some(token);
    while let Some(told) = coming.next_within(SILENCE).await {
        match told {
            Told::Opened => {
                if let Some(token) = token.take() {
                    socket.send(&listener.opened(token));
                }
            }
            Told::Text(text) => match listener.received(&text) {
                Some(Heard::Ready) => refresh().await,
                Some(Heard::News(news)) => hear(news),
                Some(Heard::Refused) => {
                    // This call refreshes the token for the next attempt, or finds that somebody else is logged in.
                    client::recognise().await;
                    return None;
                }
                None => {}
            },
            Told::Closed(code) => return Some(code),
        }
    }
    None
}
