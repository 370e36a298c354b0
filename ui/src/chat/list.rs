//! The messages, the newest at the bottom, where it stays unless one scrolls up to read.

use std::sync::Arc;

use dioxus::prelude::*;
use klieg_api::room::Message;
use klieg_core::room::{Earlier, Link};

use super::cheers::Cheers;
use super::earlier::Before;
use super::line::{Line, Open};
use super::outgoing::OnItsWay;
use super::place::{NEAR, Place, is_at_bottom, is_used, is_writing, reveal};
use super::spoken::Spoken;
use super::{ChatLink, Draft};
use crate::Icon;
use crate::icon::lucide;

/// Messages drawn while one is at the bottom; further up all that there are.
const DRAWN: usize = 120;
/// For so many milliseconds after a message was left out that is said.
const SAMPLED: u64 = 5_000;
/// So many pixels before the top is reached, what was said earlier is read.
const AHEAD: f64 = 300.0;
/// Pixels from the very top that still count as there.
const TOP: f64 = 1.0;

#[component]
pub(super) fn List(link: ChatLink, draft: Draft) -> Element {
    let mut element = use_signal(|| None::<std::rc::Rc<MountedData>>);
    let mut is_following = use_signal(|| true);
    // What was newest when one scrolled up.
    let mut left_at = use_signal(|| None::<String>);
    // The message that the keyboard is at.
    let mut active = use_signal(|| None::<String>);
    // What is to stay where it stands when earlier messages come, and whether they were asked for with the button.
    let mut kept_place = use_signal(|| None::<(Place, bool)>);
    // Likewise when all that is here is drawn, which is more than there was.
    let mut left_place = use_signal(|| None::<Place>);
    // The message under which something is open, and what; and that message when it was last looked at.
    let mut opened = use_signal(|| None::<(String, Open)>);
    let mut used = use_signal(|| None::<String>);
    // What stood where when that ended the following, as long as nobody has scrolled since.
    let mut held = use_signal(|| None::<Place>);
    (link.version)();
    let times = (link.taste)().times;
    let thread = (link.thread)();
    let all = heeded(link, thread.as_deref());
    let room = link.room.read();
    let outgoing = room.outgoing().to_vec();
    let emotes = room.emotes().clone();
    let (state, earlier) = (room.link(), room.lines().earlier());
    drop(room);
    let unseen = if is_following() {
        0
    } else {
        let seen = all.iter().rposition(|message| left_at().as_ref() == Some(&message.id));
        all.len() - seen.map_or(0, |seen| seen + 1)
    };
    let is_thread = thread.is_some();
    let first = if is_following() && !is_thread { all.len().saturating_sub(DRAWN) } else { 0 };
    // What is not drawn costs nothing more.
    let is_first_drawn = first == 0 && !all.is_empty() && !is_thread;
    let is_nothing = all.is_empty() && outgoing.is_empty();
    let drawn: Vec<(Arc<Message>, Vec<String>)> = {
        let room = link.room.read();
        let with_reacted = |message: Arc<Message>| {
            let reacted = room.reacted(&message.id).to_vec();
            (message, reacted)
        };
        all.into_iter().skip(first).map(with_reacted).collect()
    };

    let to_newest = move || {
        if is_following()
            && let Some(element) = element()
        {
            spawn(async move {
                if let Ok(size) = element.get_scroll_size().await {
                    let bottom = dioxus::html::geometry::PixelsVector2D::new(0.0, size.height);
                    let _ = element.scroll(bottom, ScrollBehavior::Instant).await;
                }
            });
        }
    };
    use_effect(move || {
        (link.version)();
        to_newest();
    });
    use_effect(move || {
        (link.version)();
        let earlier = link.room.read().lines().earlier();
        let Some((place, by_button)) = kept_place.peek().clone().filter(|_| earlier != Earlier::Reading) else {
            return;
        };
        kept_place.set(None);
        let list = element.peek().clone();
        spawn(async move {
            place.keep();
            // The button is gone with what it led to.
            let is_over = matches!(earlier, Earlier::Begun | Earlier::Full);
            if let Some(list) = list.filter(|_| by_button && is_over) {
                // Refused only when it is gone.
                let _ = list.set_focus(true).await;
            }
        });
    });
    // All that is here is drawn then. What is to stay where it stands; without it the browser chooses.
    let mut stop_following = move |place: Option<Place>| {
        left_place.set(place);
        is_following.set(false);
        let mut room = link.room;
        room.write().look_back();
        let newest = heeded(link, link.thread.peek().as_deref()).pop();
        left_at.set(newest.map(|message| message.id.clone()));
    };
    let mut follow = move || {
        is_following.set(true);
        held.set(None);
        if opened.peek().is_some() {
            opened.set(None);
        }
        link.change(|room| {
            room.forget_earlier();
            Vec::new()
        });
    };
    use_effect(move || {
        let place = left_place.peek().clone();
        if !is_following()
            && let Some(place) = place
        {
            left_place.set(None);
            place.keep();
        }
    });
    // What is open in a line is used where it stands: that is looking back. Who was at the bottom is there again afterwards, unless
    // the keyboard goes on from the line.
    use_effect(move || {
        (link.version)();
        let open = opened.read().as_ref().map(|(id, _)| id.clone());
        let open = open.filter(|id| link.room.read().lines().find(id).is_some());
        let before = used.peek().clone();
        if open == before {
            return;
        }
        used.set(open.clone());
        if open.is_some() {
            reveal();
            if *is_following.peek() {
                let place = Place::of_first();
                held.set(place.clone());
                stop_following(place);
            }
        } else {
            let was_held = held.peek().is_some();
            held.set(None);
            if is_at_bottom() || (was_held && *active.peek() != before) {
                follow();
            }
        }
    });
    // By the button also what was refused before.
    let mut read_back = move |by_button: bool| {
        let earlier = link.room.read().lines().earlier();
        let is_wanted = earlier == Earlier::More || (by_button && earlier == Earlier::Refused);
        if !is_wanted || !link.is_joined() {
            return;
        }
        kept_place.set(Place::of_first().map(|place| (place, by_button)));
        if *is_following.peek() {
            stop_following(None);
        }
        link.change(klieg_core::room::Room::read_earlier);
    };
    let look = move |_: ScrollEvent| async move {
        let Some(element) = element.peek().clone() else { return };
        let measured =
            (element.get_scroll_offset().await, element.get_scroll_size().await, element.get_client_rect().await);
        if let (Ok(offset), Ok(size), Ok(rect)) = measured {
            let is_near = size.height - offset.y - rect.size.height < NEAR;
            let was_near = *is_following.peek();
            // Who scrolls on while earlier messages are on their way stays where that has led.
            let asked_for = kept_place.peek().as_ref().map(|(_, by_button)| *by_button);
            if let Some(by_button) = asked_for {
                kept_place.set(Place::of_first().map(|place| (place, by_button)));
            }
            // Who scrolls while something is open looks back in any case.
            if held.peek().as_ref().is_some_and(|place| !place.is_kept()) {
                held.set(None);
            }
            let is_thread = link.thread.peek().is_some();
            match (is_near, was_near) {
                (true, false) if !is_used() => follow(),
                // At the very top, where no browser keeps the place, one wants what was said before.
                (false, true) if offset.y < TOP => {
                    stop_following(Place::of_first());
                    if !is_thread {
                        read_back(false);
                    }
                }
                // What is here is drawn from its beginning now: how far that is the next scroll tells.
                (false, true) => stop_following(None),
                (false, false) if offset.y < AHEAD && !is_thread => read_back(false),
                _ => {}
            }
        }
    };
    rsx! {
        div { class: "chat-body",
            if is_thread {
                ThreadHead { link, draft }
            }
            ol {
                class: if is_following() { "chat-list" } else { "chat-list chat-list-back" },
                tabindex: "0",
                "aria-label": link.word("chat-messages"),
                "data-testid": "chat-list",
                onmounted: move |event| element.set(Some(event.data())),
                onscroll: look,
                // It was hidden, or has another height.
                onresize: move |_| to_newest(),
                onkeydown: move |event| {
                    if is_writing() {
                        return;
                    }
                    let step = match event.key() {
                        Key::ArrowUp => -1,
                        Key::ArrowDown => 1,
                        _ => return,
                    };
                    event.prevent_default();
                    let all = heeded(link, link.thread.peek().as_deref());
                    let count = all.len() as isize;
                    let at =
                        active.peek().as_ref().and_then(|active| all.iter().position(|message| message.id == *active));
                    let next = at.map_or(count - 1, |at| (at as isize + step).clamp(0, (count - 1).max(0)));
                    if at == Some(0) && step < 0 && !is_thread {
                        read_back(false);
                    }
                    let next = usize::try_from(next).ok().and_then(|next| all.get(next));
                    active.set(next.map(|message| message.id.clone()));
                },
                if is_nothing {
                    Nothing { link, state }
                } else if is_first_drawn {
                    Before { link, earlier, onread: move |()| read_back(true) }
                }
                for (message , reacted) in drawn {
                    Line {
                        key: "{message.id}",
                        link,
                        draft,
                        message,
                        emotes: emotes.clone(),
                        times,
                        reacted,
                        active,
                        opened,
                        list: element,
                    }
                }
                for outgoing in outgoing {
                    OnItsWay { key: "{outgoing.nonce}", link, draft, outgoing, emotes: emotes.clone() }
                }
            }
            if !is_following() && (unseen > 0 || held.read().is_none()) {
                button { class: "button chat-newest", onclick: move |_| follow(),
                    Icon { shape: lucide::ARROW_DOWN, size: 16 }
                    if unseen > 0 {
                        {link.words("chat-unseen", &[("count", unseen.to_string())])}
                    } else {
                        {link.word("chat-newest")}
                    }
                }
            }
            if matches!(state, Link::Waiting { .. }) {
                p { class: "chat-lost", role: "status", {link.word("chat-lost")} }
            }
            Sampled { link }
            Cheers { link }
            Spoken { link }
        }
    }
}

/// The messages that are shown here, of everything or of a thread: none of somebody who is ignored.
fn heeded(link: ChatLink, thread: Option<&str>) -> Vec<Arc<Message>> {
    let ignored = link.ignored();
    let is_heeded = |message: &&Arc<Message>| !ignored.contains(&message.author.handle);
    let room = link.room.read();
    match thread {
        Some(thread) => room.lines().thread(thread).filter(is_heeded).cloned().collect(),
        None => room.lines().iter().filter(is_heeded).cloned().collect(),
    }
}

/// That only a thread is shown, and the way back.
#[component]
fn ThreadHead(link: ChatLink, draft: Draft) -> Element {
    let mut draft = draft;
    rsx! {
        header { class: "chat-thread", "data-testid": "thread",
            h3 { {link.word("chat-thread")} }
            button {
                class: "button button-quiet",
                onclick: move |_| {
                    link.leave_thread();
                    draft.reply.set(None);
                },
                Icon { shape: lucide::X, size: 16 }
                {link.word("chat-thread-leave")}
            }
        }
    }
}

/// That more is said than is shown.
#[component]
fn Sampled(link: ChatLink) -> Element {
    (link.version)();
    let now = (link.host.uptime)();
    let is_recent = link.room.read().lines().left_out().is_some_and(|at| at + SAMPLED > now);
    if !is_recent || (link.taste)().everything {
        return rsx! {};
    }
    let mut taste = link.taste;
    rsx! {
        p { class: "chat-sampled", "data-testid": "sampled",
            {link.word("chat-sampled")}
            button { class: "link", onclick: move |_| taste.write().everything = true, {link.word("chat-sampled-all")} }
        }
    }
}

/// Before anything is said.
#[component]
fn Nothing(link: ChatLink, state: Link) -> Element {
    rsx! {
        li { class: "chat-nothing",
            if state == Link::Joined {
                Icon { shape: lucide::MESSAGE_CIRCLE, size: 24 }
                p { {link.word("chat-empty")} }
            } else {
                for line in 0..4 {
                    span { key: "{line}", class: "skeleton skeleton-line" }
                }
            }
        }
    }
}
