//! The chat of the creator's channel, in the column at the right.

mod happened;
mod words;

use dioxus::prelude::*;
use klieg_studio_model::Account;
use klieg_ui::Icon;
use klieg_ui::chat::{Address, Chat, Heard, Host, Taste, use_chat};
use klieg_ui::icon::lucide;

use crate::audience::AUDIENCE;
use crate::desk::Open;
use crate::settings::Page;
use crate::studio::STUDIO;
use crate::{activity, browser, desk};
use words::words;

/// Where the creator's taste is kept.
const TASTE: &str = "chat";

#[component]
pub fn ChatDock() -> Element {
    let account = use_memo(|| STUDIO.read().account.clone());
    rsx! {
        match account() {
            // Another account is another room.
            Some(account) => rsx! {
                for account in [account] {
                    Joined { key: "{account.handle} {account.server}", account }
                }
            },
            None => rsx! {
                section { class: "dock", "aria-labelledby": "chat-title",
                    header { class: "list-head",
                        h2 { id: "chat-title", "Chat" }
                    }
                    p { class: "soft small dock-empty", "Sign in to your Klieg server, and your channel’s chat stands here." }
                    button { class: "button button-plain", onclick: |_| desk::open(Open::Settings(Page::Account)),
                        Icon { shape: lucide::LOG_IN, size: 16 }
                        "Sign in"
                    }
                }
            },
        }
    }
}

#[component]
fn Joined(account: Account) -> Element {
    let Ok(handle) = account.handle.parse::<klieg_ui::chat::Handle>() else { return rsx! {} };
    // The creator sees what is said when it is said: it is their picture that others are behind.
    let host = Host {
        words,
        clock,
        moment,
        now: browser::now,
        uptime: || browser::uptime() as u64,
        random: browser::random,
        has_picture: false,
        picture,
        page,
        news: happened::news,
    };
    let link = use_chat(handle.clone(), Some(handle), host, kept, address, |_| 0);
    use_effect(move || browser::keep(TASTE, &link.taste.read().to_string()));
    let mut heard = use_hook(|| CopyValue::new(Heard::default()));
    use_effect(move || {
        (link.version)();
        let others = link.others();
        if *AUDIENCE.peek() != others {
            *AUDIENCE.write() = others;
        }
        let told = link.hear(&mut heard.write());
        told.into_iter().map(happened::sentence).for_each(activity::tell);
    });
    use_drop(|| *AUDIENCE.write() = None);
    rsx! {
        div { class: "dock dock-chat",
            Chat { link, guest: rsx! {} }
        }
    }
}

async fn address() -> Option<Address> {
    let pictures = STUDIO.peek().pictures.clone();
    (!pictures.is_empty()).then(|| Address { url: format!("{pictures}/chat"), token: None })
}

/// The window reaches no server: the studio brings the pictures.
fn picture(path: &str) -> Option<String> {
    let studio = STUDIO.peek();
    let here = studio.pictures.strip_prefix("ws")?;
    Some(format!("http{here}{path}"))
}

/// The system's browser shows it, as it shows any page.
fn page(path: &str) -> Option<String> {
    let studio = STUDIO.peek();
    let account = studio.account.as_ref()?;
    Some(format!("{}{path}", account.server))
}

fn kept() -> Taste {
    browser::kept(TASTE).map_or_else(Taste::default, |kept| Taste::parse(&kept))
}

fn clock(at: klieg_ui::chat::OffsetDateTime) -> String {
    browser::time_of_day(millis(at))
}

fn moment(at: klieg_ui::chat::OffsetDateTime) -> String {
    browser::day_and_time(millis(at))
}

fn millis(at: klieg_ui::chat::OffsetDateTime) -> u64 {
    (at.unix_timestamp_nanos() / 1_000_000) as u64
}
