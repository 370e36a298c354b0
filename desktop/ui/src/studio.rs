//! The studio's state as this window knows it, and the way changes take.
//!
//! Everything asked goes into one queue and is sent in order, one at a time. What waits for a server, for the keyring, for devices, for
//! a disk or for an encoder to be tried has its place there as well, but nothing else waits for its answer. Presses of keys stay in
//! order and are answered at once. Edits of a gesture (a drag, a fader) are shown at once, before the studio has answered: they are
//! made on the state here, and made again on every state that arrives while they are on their way. Of several edits of one gesture
//! that wait, only the newest is sent.

use std::cell::RefCell;
use std::collections::VecDeque;

use dioxus::prelude::*;
use futures_channel::mpsc::{UnboundedSender, unbounded};
use futures_util::StreamExt;
use klieg_studio_model::{Command, Edit, Meters, Refused, Studio};
use klieg_ui::Toasts;

use crate::keys::{self, Shortcut};
use crate::{activity, bridge, browser, mixer, words};

/// What the studio said last, with the edits on their way.
pub static STUDIO: GlobalSignal<Studio> = Signal::global(Studio::default);
/// Whether it has said anything.
pub static READY: GlobalSignal<Ready> = Signal::global(|| Ready::Waiting);

/// Milliseconds that a toast stays.
const TOAST: u32 = 6_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ready {
    Waiting,
    Failed(String),
    Here,
}

/// What reaches this window from outside its own events.
pub enum Incoming {
    State(Box<Studio>),
    Failed(String),
    /// A sentence for the creator.
    Say(String),
    Key(Shortcut),
    /// What a task outside the window's own events asks for.
    Ask(Command),
}

#[derive(Default)]
struct Outbox {
    inbox: Option<UnboundedSender<Incoming>>,
    waiting: VecDeque<Command>,
    /// The one that is being answered.
    sent: Option<Command>,
    is_scheduled: bool,
    gesture: u32,
}

thread_local! {
    static OUTBOX: RefCell<Outbox> = RefCell::default();
}

/// Hands something to [`run`]. May be called from anywhere.
pub fn tell(incoming: Incoming) {
    OUTBOX.with_borrow(|outbox| {
        if let Some(inbox) = &outbox.inbox {
            let _ = inbox.unbounded_send(incoming);
        }
    });
}

/// Shows a sentence for a while.
pub fn say(text: impl Into<String>) {
    tell(Incoming::Say(words::sentence(&text.into())));
}

/// Asks for a change of the collection, from anywhere.
pub fn tell_edit(edit: Edit) {
    tell(Incoming::Ask(Command::Edit { edit, gesture: None }));
}

/// Keeps the state up to date for as long as the window is open.
pub async fn run(toasts: Toasts) {
    let (inbox, mut incoming) = unbounded();
    OUTBOX.with_borrow_mut(|outbox| outbox.inbox = Some(inbox));
    bridge::listen("studio", |text| match serde_json::from_str(text) {
        Ok(state) => tell(Incoming::State(state)),
        Err(error) => browser::report(&format!("a state that cannot be read: {error}")),
    });
    bridge::listen("meters", |text| {
        if let Ok(meters) = serde_json::from_str::<Meters>(text) {
            mixer::meter::paint(&meters);
        }
    });
    bridge::listen("say", |text| {
        if let Ok(sentence) = serde_json::from_str::<String>(text) {
            say(sentence);
        }
    });
    bridge::listen("open", |_| refresh());
    refresh();
    while let Some(message) = incoming.next().await {
        match message {
            Incoming::State(state) => take(*state),
            Incoming::Failed(why) => {
                if *READY.peek() == Ready::Here {
                    show(toasts, why);
                } else {
                    *READY.write() = Ready::Failed(why);
                }
            }
            Incoming::Say(text) => show(toasts, text),
            Incoming::Key(shortcut) => keys::act_on(shortcut),
            Incoming::Ask(command) => act(command),
        }
    }
}

fn show(toasts: Toasts, text: String) {
    let toast = toasts.show(text);
    spawn(async move {
        gloo_timers::future::TimeoutFuture::new(TOAST).await;
        toasts.hide(toast);
    });
}

/// Asks for the whole state.
pub fn refresh() {
    wasm_bindgen_futures::spawn_local(async {
        match bridge::state().await {
            Ok(state) => tell(Incoming::State(Box::new(state))),
            Err(why) => tell(Incoming::Failed(why)),
        }
    });
}

fn take(mut state: Studio) {
    OUTBOX.with_borrow(|outbox| {
        for command in outbox.sent.iter().chain(&outbox.waiting) {
            if let Command::Edit { edit, gesture: Some(_) } = command {
                // The studio will say so if it cannot be made any more.
                let _ = state.collection.apply(edit.clone());
            }
        }
    });
    if *READY.peek() == Ready::Here {
        activity::note(&STUDIO.peek(), &state);
    }
    if *STUDIO.peek() != state {
        *STUDIO.write() = state;
    }
    if *READY.peek() != Ready::Here {
        *READY.write() = Ready::Here;
    }
}

/// Asks for something. If it is not done, the reason is shown.
pub fn act(command: Command) {
    OUTBOX.with_borrow_mut(|outbox| outbox.waiting.push_back(command));
    send();
}

/// Whether a command is answered only when somebody else has answered: a server, the keyring, a disk, an encoder that is tried.
fn takes_long(command: &Command) -> bool {
    matches!(
        command,
        Command::GoLive { .. }
            | Command::SignOut
            | Command::Mark { .. }
            | Command::LookForDevices
            | Command::StartRecording
            | Command::StartReplay
            | Command::SaveReplay
            | Command::SetEncoding { .. }
            | Command::DuplicateProfile { .. }
            | Command::RemoveProfile { .. }
            | Command::RemoveDestination { .. }
    )
}

/// Asks for something and waits; the error is a sentence. For forms, which say themselves what went wrong.
pub async fn ask(command: Command) -> Result<(), String> {
    bridge::command(command).await
}

/// Asks for a change of the collection.
pub fn edit(edit: Edit) {
    act(Command::Edit { edit, gesture: None });
}

/// A number for a gesture that has not been yet.
pub fn new_gesture() -> u32 {
    OUTBOX.with_borrow_mut(|outbox| {
        outbox.gesture = outbox.gesture.wrapping_add(1);
        outbox.gesture
    })
}

/// Asks for a change that is one of several of a gesture; shown at once. The edit must say how it shall be (`Set…`), not
/// what to do, for it may be made more than once. What the collection would refuse is not sent.
pub fn edit_as(edit: Edit, gesture: u32) -> Result<(), Refused> {
    let mut changed = STUDIO.peek().collection.clone();
    changed.apply(edit.clone())?;
    if changed == STUDIO.peek().collection {
        return Ok(());
    }
    STUDIO.write().collection = changed;
    let is_scheduled = OUTBOX.with_borrow_mut(|outbox| {
        let same = outbox.waiting.iter_mut().rev().find_map(|command| match command {
            Command::Edit { edit: known, gesture: Some(known_gesture) }
                if *known_gesture == gesture && is_of_same(known, &edit) =>
            {
                Some(known)
            }
            _ => None,
        });
        match same {
            Some(known) => *known = edit,
            None => outbox.waiting.push_back(Command::Edit { edit, gesture: Some(gesture) }),
        }
        std::mem::replace(&mut outbox.is_scheduled, true)
    });
    if !is_scheduled {
        browser::next_frame(|| {
            OUTBOX.with_borrow_mut(|outbox| outbox.is_scheduled = false);
            send();
        });
    }
    Ok(())
}

/// Whether the later of two edits makes the earlier one needless.
fn is_of_same(a: &Edit, b: &Edit) -> bool {
    match (a, b) {
        (Edit::SetItem { scene, item }, Edit::SetItem { scene: of, item: other }) => scene == of && item.id == other.id,
        (Edit::SetItems { scene, items }, Edit::SetItems { scene: of, items: others }) => {
            scene == of && items.iter().map(|item| item.id).eq(others.iter().map(|item| item.id))
        }
        (Edit::SetSource { name, .. }, Edit::SetSource { name: of, .. })
        | (Edit::SetStrip { source: name, .. }, Edit::SetStrip { source: of, .. })
        | (Edit::SetLook { source: name, .. }, Edit::SetLook { source: of, .. }) => name == of,
        (Edit::SetTransition { .. }, Edit::SetTransition { .. }) | (Edit::SetCanvas { .. }, Edit::SetCanvas { .. }) => {
            true
        }
        _ => false,
    }
}

/// Sends what waits, unless something is being answered: then that goes on when the answer is there, which for what takes long is
/// not waited for.
fn send() {
    let command = OUTBOX.with_borrow_mut(|outbox| {
        if outbox.sent.is_some() {
            return None;
        }
        let command = outbox.waiting.pop_front()?;
        outbox.sent = (!takes_long(&command)).then(|| command.clone());
        Some(command)
    });
    let Some(command) = command else { return };
    if takes_long(&command) {
        wasm_bindgen_futures::spawn_local(async move {
            if let Err(why) = bridge::command(command).await {
                say(why);
            }
        });
        return send();
    }
    wasm_bindgen_futures::spawn_local(async move {
        let was_shown = matches!(command, Command::Edit { gesture: Some(_), .. });
        let answer = bridge::command(command).await;
        OUTBOX.with_borrow_mut(|outbox| outbox.sent = None);
        if let Err(why) = answer {
            say(why);
            if was_shown {
                refresh();
            }
        }
        send();
    });
}

/// The scene that edits go to: in studio mode the preview, else the one on air.
pub fn edited(studio: &Studio) -> String {
    studio.preview.as_ref().unwrap_or(&studio.on_air).clone()
}
