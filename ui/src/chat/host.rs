//! What a chat has from its host, and the connection that is kept for it.

use dioxus::prelude::*;
use gloo_timers::future::TimeoutFuture;
use klieg_api::Handle;
use klieg_core::notifications::News;
use klieg_core::room::{Ended, Link, Room};
use time::OffsetDateTime;

use super::cheers::Rising;
use super::{ChatLink, Taste, Words};
use crate::socket::{Socket, Told};

/// What is drawn at most so often, in milliseconds, however much is said.
const DRAW: u32 = 80;
/// A connection that is not there after so many milliseconds is given up: the browser would wait for minutes.
const OPENING: u32 = 10_000;
/// While it is waited to connect again it is looked so often, in milliseconds, whether there is a network.
const LOOK: u32 = 250;

/// What differs between the web app and the studio.
#[derive(Clone, Copy)]
pub struct Host {
    pub words: Words,
    /// The time of day in the viewer's own zone.
    pub clock: fn(OffsetDateTime) -> String,
    /// Likewise with the day.
    pub moment: fn(OffsetDateTime) -> String,
    /// Milliseconds of Unix time.
    pub now: fn() -> u64,
    /// Milliseconds that only go forward.
    pub uptime: fn() -> u64,
    /// Letters and digits that are different for each room and each visit.
    pub random: fn() -> String,
    /// Whether there is a picture that the chat can be in step with.
    pub has_picture: bool,
    /// Where a picture of the server's, which is at this path there, is to be had from here; none if it is not.
    pub picture: fn(&str) -> Option<String>,
    /// The address of a page of the server's, which is at this path there; none if it is not to be had.
    pub page: fn(&str) -> Option<String>,
    /// Takes what the connection brings besides, which belongs to no room.
    pub news: fn(News),
}

/// Where to connect, and as whom.
pub struct Address {
    /// `ws://…`
    pub url: String,
    /// Without one, one reads as a guest; or the address knows who one is.
    pub token: Option<String>,
}

/// A room that is joined for as long as the component is there.
///
/// `address` is asked before each attempt; it answers nothing when there is none now. `behind` says by how many milliseconds what
/// others say is to be shown later.
pub fn use_chat(
    room: Handle,
    viewer: Option<Handle>,
    host: Host,
    taste: fn() -> Taste,
    address: impl AsyncFn() -> Option<Address> + Copy + 'static,
    behind: impl Fn(&Taste) -> u64 + Copy + 'static,
) -> ChatLink {
    let room = use_hook(|| CopyValue::new(Room::new(room, &(host.random)())));
    let open = use_hook(|| CopyValue::new(None::<Socket>));
    let version = use_signal(|| 0);
    let taste = use_signal(taste);
    let me = use_signal(|| viewer);
    let send = use_callback(move |texts: Vec<String>| {
        if let Some(socket) = &*open.read() {
            for text in &texts {
                socket.send(text);
            }
        }
    });
    let (looking, going, thread) = (use_signal(|| None), use_signal(|| None), use_signal(|| None));
    let rising = use_signal(Rising::default);
    let link = ChatLink { room, version, send, me, taste, going, thread, rising, looking, host };
    use_future(move || connect(link, open, address));
    use_future(move || draw(link, open, behind));
    link
}

/// Keeps the connection to the room.
async fn connect(
    link: ChatLink,
    mut open: CopyValue<Option<Socket>>,
    address: impl AsyncFn() -> Option<Address> + 'static,
) {
    let mut room = link.room;
    let now = link.host.uptime;
    loop {
        let told = address().await.and_then(|address| Some((Socket::open(&address.url)?, address.token)));
        if let Some(((socket, mut told), token)) = told {
            open.set(Some(socket));
            let (mut token, mut is_open, mut is_closed) = (token, false, false);
            loop {
                let event = if is_open { told.next().await } else { told.next_within(OPENING).await };
                let Some(event) = event else { break };
                is_open = true;
                let texts = match event {
                    Told::Opened => room.write().opened(now(), token.take()),
                    Told::Text(text) => {
                        let texts = room.write().received(now(), &text);
                        let news = room.write().take_news();
                        news.into_iter().for_each(link.host.news);
                        texts
                    }
                    Told::Closed(code) => {
                        room.write().closed(now(), Some(code));
                        is_closed = true;
                        break;
                    }
                };
                if !texts.is_empty() {
                    link.send.call(texts);
                }
                if !room.read().is_of_use() {
                    break;
                }
            }
            open.set(None);
            if !is_closed {
                room.write().hung_up(now());
            }
        } else {
            room.write().closed(now(), None);
        }
        let (state, at) = (room.read().link(), room.read().connects_at());
        let Some(at) = at.filter(|_| state != Link::Over(Ended::Banned) || link.me.peek().is_some()) else { return };
        wait(at, now).await;
    }
}

/// Waits until then; less if there is a network again before.
async fn wait(until: u64, now: fn() -> u64) {
    let mut had_network = has_network();
    loop {
        let left = until.saturating_sub(now());
        if left == 0 {
            return;
        }
        TimeoutFuture::new(u32::try_from(left).unwrap_or(u32::MAX).min(LOOK)).await;
        let has_network = has_network();
        if has_network && !had_network {
            return;
        }
        had_network = has_network;
    }
}

/// Whether the browser thinks so. It is believed where that changes, and not before: a server on the same machine needs none.
fn has_network() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// Draws what is new, and shows what is due.
async fn draw(link: ChatLink, mut open: CopyValue<Option<Socket>>, behind: impl Fn(&Taste) -> u64 + 'static) {
    let (mut room, mut version, mut going, mut rising) = (link.room, link.version, link.going, link.rising);
    let (mut drawn, mut had_network, mut was_silenced) = (0, has_network(), false);
    loop {
        TimeoutFuture::new(DRAW).await;
        let has_network = has_network();
        let is_cut = had_network && !has_network;
        had_network = has_network;
        let delay = behind(&link.taste.peek());
        let revision = {
            let mut room = room.write();
            room.set_delay(delay);
            room.set_sampling(!link.taste.peek().everything, link.me.peek().as_ref());
            let now = (link.host.uptime)();
            room.tick(now);
            if is_cut || room.is_silent(now) {
                // What comes from it ends with it.
                open.set(None);
            }
            let cheers = room.take_cheers();
            if !cheers.is_empty() && !link.taste.peek().still {
                rising.write().add(cheers);
            }
            if let Some(raid) = room.take_going() {
                going.set(Some(raid));
            }
            room.revision()
        };
        let texts = room.write().due((link.host.uptime)());
        if !texts.is_empty() {
            link.send.call(texts);
        }
        // That ends by itself.
        let is_silenced = link.silenced_until().is_some();
        if revision != drawn || is_silenced != was_silenced {
            (drawn, was_silenced) = (revision, is_silenced);
            version += 1;
        }
    }
}
