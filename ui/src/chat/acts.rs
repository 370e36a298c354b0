//! What was done to keep the room in order, in words.

use dioxus::prelude::*;
use klieg_api::desk::Act;
use klieg_api::live::Command;
use klieg_core::room::{appointed_with, changed_settings};

use super::ChatLink;
use super::people::rights_in_words;

/// What was done, the latest first.
#[component]
pub(super) fn Acts(link: ChatLink, acts: Vec<Act>) -> Element {
    rsx! {
        ul { class: "chat-entries",
            for act in acts {
                Entry { key: "{act.id}", link, act }
            }
        }
    }
}

#[component]
fn Entry(link: ChatLink, act: Act) -> Element {
    let given = appointed_with(&act).map(|rights| rights_in_words(link, rights));
    let detail = settings(link, &act).or(given).unwrap_or_else(|| act.detail.clone());
    let whom = act.whom.clone();
    rsx! {
        li {
            p {
                if let Some(by) = &act.by {
                    strong { "@{by} " }
                }
                if let Some(token) = &act.token {
                    span { class: "soft", {link.words("chat-act-token", &[("token", token.clone())])} " " }
                }
                {link.word(word(&act.action))}
                if let Some(whom) = whom {
                    " "
                    button {
                        class: "link",
                        onclick: {
                            let whom = whom.clone();
                            move |_| link.look(whom.clone())
                        },
                        "@{whom}"
                    }
                }
            }
            if let Some(message) = &act.message {
                p { class: "soft small", "“{message}”" }
            }
            if !detail.is_empty() {
                p { class: "soft small", "{detail}" }
            }
            if let Some(count) = act.removed {
                RemovedAtOnce { link, act: act.id, count }
            }
            p { class: "soft small tabular", {(link.host.moment)(act.at)} }
        }
    }
}

/// What one act removed: how much, and if somebody wants to know it, what.
#[component]
fn RemovedAtOnce(link: ChatLink, act: i64, count: u32) -> Element {
    (link.version)();
    let room = link.room.read();
    let shown = room.removed().filter(|removal| removal.act == act);
    let messages = shown.map(|removal| removal.messages.clone());
    let more = shown.is_some_and(|removal| removal.more);
    drop(room);
    let last = messages.as_ref().and_then(|messages| messages.last()).map(|last| last.message.clone());
    let read = move |after: Option<String>| link.ask(Command::ReadRemoved { room: link.handle(), act, after });
    rsx! {
        match messages {
            None => rsx! {
                button { class: "link", "data-testid": "removed", onclick: move |_| read(None),
                    {link.words("chat-removed", &[("count", count.to_string())])}
                }
            },
            Some(messages) => rsx! {
                for removed in messages {
                    p { key: "{removed.message}", class: "soft small", "@{removed.who} “{removed.text}”" }
                }
                if more {
                    button { class: "link", onclick: move |_| read(last.clone()), {link.word("chat-removed-more")} }
                }
            },
        }
    }
}

/// What was changed about how the room is kept, if that is what was done.
fn settings(link: ChatLink, act: &Act) -> Option<String> {
    let change = changed_settings(act)?;
    let seconds = |seconds: u32| match seconds {
        0 => link.word("chat-off"),
        seconds => link.words("chat-seconds", &[("count", seconds.to_string())]),
    };
    let followers = |minutes: i32| match minutes {
        -1 => link.word("chat-everybody"),
        0 => link.word("chat-followers"),
        minutes => link.words("chat-followers-for", &[("count", minutes.to_string())]),
    };
    let switch = |on: bool| link.word(if on { "chat-on" } else { "chat-off" });
    let goal = change
        .goal
        .map(|goal| if goal.target == 0 { link.word("chat-off") } else { format!("{} ({})", goal.title, goal.target) });
    let changed = [
        ("chat-slow", change.slow_s.map(seconds)),
        ("chat-who", change.followers_min.map(followers)),
        ("chat-delay", change.delay_s.map(seconds)),
        ("chat-subscribers-only", change.subscribers_only.map(switch)),
        ("chat-emotes-only", change.emotes_only.map(switch)),
        ("chat-unique", change.unique.map(switch)),
        ("chat-hold-links", change.hold_links.map(switch)),
        ("chat-hold-noise", change.hold_noise.map(switch)),
        ("chat-previews", change.no_previews.map(|off| switch(!off))),
        ("chat-shield", change.shield.map(switch)),
        ("chat-auto-shield", change.auto_shield.map(switch)),
        ("chat-questions-take", change.questions.map(switch)),
        ("chat-refuses-raids", change.refuses_raids.map(switch)),
        ("chat-goal", goal),
    ];
    let words = changed.into_iter().filter_map(|(name, value)| Some(format!("{}: {}", link.word(name), value?)));
    Some(words.collect::<Vec<_>>().join(" · "))
}

fn word(action: &str) -> &'static str {
    match action {
        "ban" => "chat-act-ban",
        "time_out" => "chat-act-time-out",
        "unban" => "chat-act-unban",
        "delete" => "chat-act-delete",
        "approve" => "chat-act-approve",
        "discard" => "chat-act-discard",
        "announce" => "chat-act-announce",
        "pin" => "chat-act-pin",
        "unpin" => "chat-act-unpin",
        "start_poll" => "chat-act-start-poll",
        "end_poll" => "chat-act-end-poll",
        "start_prediction" => "chat-act-start-prediction",
        "lock_prediction" => "chat-act-lock-prediction",
        "resolve_prediction" => "chat-act-resolve-prediction",
        "cancel_prediction" => "chat-act-cancel-prediction",
        "save_reward" => "chat-act-save-reward",
        "remove_reward" => "chat-act-remove-reward",
        "fulfil" => "chat-act-fulfil",
        "refund" => "chat-act-refund",
        "answer_question" => "chat-act-answer-question",
        "dismiss_question" => "chat-act-dismiss-question",
        "raid" => "chat-act-raid",
        "cancel_raid" => "chat-act-cancel-raid",
        "shout_out" => "chat-act-shout-out",
        "settings" => "chat-act-settings",
        "add_filter" => "chat-act-add-filter",
        "remove_filter" => "chat-act-remove-filter",
        "appoint" => "chat-act-appoint",
        "dismiss" => "chat-act-dismiss",
        "note" => "chat-act-note",
        "accept" => "chat-act-accept",
        "reject" => "chat-act-reject",
        "remove_note" => "chat-act-remove-note",
        "delete_all" => "chat-act-delete-all",
        "discard_all" => "chat-act-discard-all",
        "discard_held" => "chat-act-discard-held",
        "resolve" => "chat-act-resolve",
        "shield" => "chat-act-shield",
        "shield_over" => "chat-act-shield-over",
        _ => "chat-act-other",
    }
}

#[cfg(test)]
mod tests {
    use klieg_api::desk::ACTIONS;

    use super::*;

    #[test]
    fn there_are_words_for_all_that_is_done() {
        for action in ACTIONS {
            assert_ne!(word(action), word("something else"), "{action}");
        }
    }
}
