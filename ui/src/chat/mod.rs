//! The talk of a room: what is said, what to say, and for moderators the tools at hand.
//!
//! Whoever uses it says where to connect and in which words to speak ([`Host`]); [`use_chat`] keeps the connection.

#![expect(clippy::large_types_passed_by_value, reason = "a link is signals, which are half as large where this runs")]

mod acts;
mod asked;
mod bar;
mod card;
mod cheers;
mod composer;
mod desk;
mod earlier;
mod emoji;
mod filters;
mod goal;
mod head;
mod host;
mod ignoring;
mod line;
mod list;
mod offer;
mod outgoing;
mod page;
mod panel;
mod people;
mod place;
mod poll;
mod prediction;
mod present;
mod preview;
mod questions;
mod raid;
mod refusal;
mod rewards;
mod rules;
mod silenced;
mod silencing;
mod spoken;
mod sure;
mod taste;
mod text;
mod waiting;
mod written;

use std::rc::Rc;

use dioxus::prelude::*;
pub use klieg_api::Handle;
use klieg_api::live::Command;
pub use klieg_api::notifications::{Notification, What};
use klieg_api::raids::Raid;
use klieg_api::room::{Message, Rights, SettingsChange};
pub use klieg_core::heard::{Happening, Heard};
pub use klieg_core::notifications::News;
use klieg_core::room::{Ended, Link, Outgoing, Room};

use crate::Icon;
use crate::icon::lucide;
use bar::Bar;
use card::PersonCard;
use cheers::Rising;
use composer::Composer;
use goal::GoalBar;
use head::Head;
pub use host::{Address, Host, use_chat};
use list::List;
use poll::PollCard;
use prediction::PredictionCard;
use raid::Raids;
use refusal::refusal;
use silenced::{AppealHeard, Silenced};
pub use taste::Taste;
use text::Text;
pub use time::OffsetDateTime;
use waiting::{Held, Redemptions};

/// A word or sentence of the chat by its name, with values for its places.
pub type Words = fn(&'static str, &[(&'static str, String)]) -> String;

/// What a chat is drawn from, and whom it tells what to send.
#[derive(Clone, Copy)]
pub struct ChatLink {
    pub room: CopyValue<Room>,
    /// Counted up when there is something new to draw.
    pub version: Signal<u32>,
    /// Sends texts to the server.
    pub send: Callback<Vec<String>>,
    pub me: Signal<Option<Handle>>,
    pub taste: Signal<Taste>,
    /// The raid that goes now.
    going: Signal<Option<Raid>>,
    /// The thread that is shown instead of everything: the message it began with.
    thread: Signal<Option<String>>,
    /// Cheers that are seen now.
    rising: Signal<Rising>,
    /// Whose card is open, and the request for it; none if it could not be asked for.
    looking: Signal<Option<(Handle, Option<u64>)>>,
    pub host: Host,
}

/// One room has one link.
impl PartialEq for ChatLink {
    fn eq(&self, other: &Self) -> bool {
        self.room == other.room
    }
}

impl ChatLink {
    pub(crate) fn word(&self, name: &'static str) -> String {
        self.words(name, &[])
    }

    pub(crate) fn words(&self, name: &'static str, values: &[(&'static str, String)]) -> String {
        (self.host.words)(name, values)
    }

    /// Does something in the room, sends what follows from it, and draws it.
    fn change(mut self, change: impl FnOnce(&mut Room) -> Vec<String>) {
        let texts = change(&mut self.room.write());
        if !texts.is_empty() {
            self.send.call(texts);
        }
        self.version += 1;
    }

    /// Asks for something. If there is no connection now, the composer says so.
    fn ask(self, command: Command) {
        self.request(command);
    }

    /// Asks, and when it is done asks for what it changed.
    fn ask_then(self, command: Command, then: Command) {
        self.request_then(command, then);
    }

    /// Asks for something: the request's number, or none if there is no connection now.
    fn request(self, command: Command) -> Option<u64> {
        self.ask_as(|room| room.request(command))
    }

    fn request_then(self, command: Command, then: Command) -> Option<u64> {
        self.ask_as(|room| room.request_then(command, Some(then)))
    }

    /// Asks the creator something.
    fn ask_creator(self, text: String) -> Option<u64> {
        self.ask_as(|room| room.ask_question(text))
    }

    /// Says something. Whether it is on its way: else the composer says why not.
    fn say(self, text: String, reply: Option<&Message>, announcement: bool) -> bool {
        let is_taken = !self.room.read().is_full();
        self.change(|room| room.say(text, reply, announcement));
        is_taken
    }

    /// Redeems a reward.
    ///
    /// It is paid for once under one nonce, however often it is asked for.
    fn redeem(self, reward: String, cost: u32, text: String, nonce: String) -> Option<u64> {
        self.request(Command::Redeem { room: self.handle(), reward, cost, text, nonce })
    }

    fn nonce(mut self) -> String {
        self.room.write().nonce()
    }

    fn ask_as(self, request: impl FnOnce(&mut Room) -> Option<(u64, String)>) -> Option<u64> {
        let mut number = None;
        self.change(|room| {
            let (id, text) = request(room).unzip();
            number = id;
            text.into_iter().collect()
        });
        number
    }

    /// What came of a request; none while that is not known.
    fn outcome(self, request: Option<u64>) -> Option<bool> {
        self.room.read().outcome(request?)
    }

    /// Shows everything again.
    fn leave_thread(self) {
        let mut thread = self.thread;
        thread.set(None);
    }

    /// Shows who somebody is.
    fn look(self, who: Handle) {
        let mut looking = self.looking;
        let asked = self.request(Command::Look { room: self.handle(), who: who.clone() });
        looking.set(Some((who, asked)));
    }

    /// People in the room besides whose client this is, while it is joined.
    pub fn others(self) -> Option<u64> {
        let room = self.room.read();
        (room.link() == Link::Joined).then(|| room.present().saturating_sub(1))
    }

    /// What has happened in the room since the last look.
    pub fn hear(self, heard: &mut Heard) -> Vec<Happening> {
        heard.look(&self.room.read())
    }

    /// Tells the room whether the show plays here: who watches earns points.
    pub fn set_playing(self, plays: bool) {
        let mut room = self.room;
        let texts = room.write().set_playing(plays);
        if !texts.is_empty() {
            self.send.call(texts);
        }
    }

    /// Whether something can be asked of the room now.
    fn is_joined(self) -> bool {
        self.room.read().link() == Link::Joined
    }

    fn handle(self) -> Handle {
        self.room.read().handle().clone()
    }

    fn moderates(self) -> bool {
        self.room.read().you().role.moderates()
    }

    /// Whether one is a moderator whom the creator has given this right.
    fn may(self, right: fn(Rights) -> bool) -> bool {
        self.moderates() && right(self.room.read().you().rights)
    }
}

/// What one is writing.
#[derive(Clone, Copy, PartialEq)]
struct Draft {
    text: Signal<String>,
    reply: Signal<Option<Message>>,
    input: Signal<Option<Rc<MountedData>>>,
}

impl Draft {
    /// Takes up again what was not said. What is being written meanwhile stays, behind it.
    fn take_up(mut self, taken: Outgoing) {
        let Outgoing { text, reply, announcement, .. } = taken;
        let text = if announcement { format!("/announce {text}") } else { text };
        let writing = self.text.take();
        let is_free = writing.trim().is_empty();
        self.text.set(if is_free { text } else { format!("{text} {writing}") });
        if is_free || self.reply.peek().is_none() {
            self.reply.set(reply.map(|reply| *reply));
        }
        self.focus();
    }

    /// Names somebody behind what is being written.
    fn mention(mut self, who: &Handle) {
        let writing = self.text.take();
        let gap = if writing.is_empty() || writing.ends_with(' ') { "" } else { " " };
        self.text.set(format!("{writing}{gap}@{who} "));
        self.focus();
    }

    /// Puts the cursor where one writes.
    fn focus(self) {
        focus(self.input);
    }
}

/// Puts the focus there, if that is drawn.
fn focus(element: Signal<Option<Rc<MountedData>>>) {
    if let Some(element) = element.peek().clone() {
        spawn(async move {
            // Refused only when it is gone.
            let _ = element.set_focus(true).await;
        });
    }
}

/// A chat.
#[component]
pub fn Chat(
    link: ChatLink,
    /// Instead of the place to write, for who is not logged in.
    guest: Element,
    /// Goes to another channel; absent where that is not possible.
    visit: Option<EventHandler<Handle>>,
) -> Element {
    let draft = Draft { text: use_signal(String::new), reply: use_signal(|| None), input: use_signal(|| None) };
    (link.version)();
    let state = link.room.read().link();
    let taste = (link.taste)();
    let (size, readable) = (taste.size, if taste.readable { "chat-readable" } else { "" });
    rsx! {
        section { class: "chat chat-size-{size} {readable}", "aria-label": link.word("chat"), "data-testid": "chat", "data-link": name(state),
            Head { link }
            PersonCard { link, draft }
            Shield { link }
            Pinned { link }
            div { class: "chat-cards",
                GoalBar { link }
                Raids { link, visit }
                PollCard { link }
                PredictionCard { link }
                Held { link }
                Redemptions { link }
            }
            List { link, draft }
            Bar { link }
            match state {
                Link::Over(Ended::Banned) if (link.me)().is_some() => rsx! {
                    Silenced { link }
                },
                Link::Over(ended) => rsx! {
                    p { class: "chat-over", role: "status", {link.word(over(ended))} }
                },
                _ if (link.me)().is_none() => guest,
                // Who keeps order goes on doing so.
                _ if link.silenced_until().is_some() && !link.moderates() => rsx! {
                    Silenced { link }
                },
                _ => rsx! {
                    AppealHeard { link }
                    Composer { link, draft }
                },
            }
        }
    }
}

/// That newcomers may not write, and until when.
#[component]
fn Shield(link: ChatLink) -> Element {
    (link.version)();
    let Some(until) = link.room.read().settings().shielded_until else { return rsx! {} };
    let lower = SettingsChange { shield: Some(false), ..SettingsChange::default() };
    rsx! {
        div { class: "chat-shield", role: "status",
            Icon { shape: lucide::SHIELD, size: 16 }
            span { {link.words("chat-shielded", &[("time", (link.host.clock)(until))])} }
            if link.may(|may| may.rules) {
                button {
                    class: "button button-quiet",
                    onclick: move |_| link.ask(Command::Set { room: link.handle(), settings: lower.clone() }),
                    {link.word("chat-shield-lower")}
                }
            }
        }
    }
}

fn name(link: Link) -> &'static str {
    match link {
        Link::Connecting => "connecting",
        Link::Joined => "joined",
        Link::Waiting { .. } => "waiting",
        Link::Over(_) => "over",
    }
}

fn over(ended: Ended) -> &'static str {
    match ended {
        Ended::LoggedOut => "chat-logged-out",
        Ended::Banned => "chat-banned",
        Ended::Private => "chat-private",
        Ended::Refused => "chat-refused",
        Ended::Incompatible => "chat-incompatible",
    }
}

/// What is pinned above the talk.
#[component]
fn Pinned(link: ChatLink) -> Element {
    (link.version)();
    let Some(message) = link.room.read().pinned().cloned() else { return rsx! {} };
    let emotes = link.room.read().emotes().clone();
    let room = link.handle();
    rsx! {
        aside { class: "chat-pinned", "aria-label": link.word("chat-pinned"), "data-testid": "pinned",
            crate::Icon { shape: crate::icon::lucide::PIN, size: 16 }
            p {
                strong { "{message.author.shown()}" }
                " "
                Text { link, text: message.text.clone(), emotes }
            }
            if link.moderates() {
                button {
                    class: "icon-button",
                    title: link.word("chat-unpin"),
                    "aria-label": link.word("chat-unpin"),
                    onclick: move |_| link.ask(Command::Pin { room: room.clone(), message: None }),
                    crate::Icon { shape: crate::icon::lucide::PIN_OFF, size: 16 }
                }
            }
        }
    }
}
