//! The chat of the creator's channel, in the column at the right.

use dioxus::prelude::*;
use klieg_studio_model::Account;
use klieg_ui::Icon;
use klieg_ui::chat::{Address, Chat, Host, Taste, use_chat};
use klieg_ui::icon::lucide;

use crate::desk::Open;
use crate::settings::Page;
use crate::studio::STUDIO;
use crate::{browser, desk};

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
        now: browser::now,
        uptime: || browser::uptime() as u64,
        random: browser::random,
        has_picture: false,
        picture,
        // The studio has no place for them.
        news: |_| {},
    };
    let link = use_chat(handle.clone(), Some(handle), host, kept, address, |_| 0);
    use_effect(move || browser::keep(TASTE, &link.taste.read().to_string()));
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

fn kept() -> Taste {
    browser::kept(TASTE).map_or_else(Taste::default, |kept| Taste::parse(&kept))
}

fn clock(at: klieg_ui::chat::OffsetDateTime) -> String {
    browser::time_of_day((at.unix_timestamp_nanos() / 1_000_000) as u64)
}

/// The chat's sentences: with one of something, and with several.
const WORDS: &[(&str, &str, &str)] = &[
    ("chat", "Chat", ""),
    ("chat-messages", "Messages", ""),
    ("chat-present", "One person is here", "{count} people are here"),
    ("chat-settings", "Chat settings", ""),
    ("chat-size", "Text size", ""),
    ("chat-small", "Small", ""),
    ("chat-usual", "Usual", ""),
    ("chat-large", "Large", ""),
    ("chat-times", "Show times", ""),
    ("chat-readable", "Easier to read", ""),
    ("chat-readable-why", "More room between letters and lines, names without colours.", ""),
    ("chat-everything", "Show everything", ""),
    ("chat-everything-why", "Also when more is said than one can read.", ""),
    ("chat-sampled", "More is said than one can read: this is a part of it.", ""),
    ("chat-sampled-all", "Show everything", ""),
    ("chat-still", "Animations off", ""),
    ("chat-still-why", "Emotes stand still.", ""),
    ("chat-rules", "How this room is kept", ""),
    ("chat-off", "Off", ""),
    ("chat-seconds", "1 second", "{count} seconds"),
    ("chat-slow", "Slow mode", ""),
    ("chat-who", "Who may write", ""),
    ("chat-everybody", "Everybody", ""),
    ("chat-followers", "Followers", ""),
    ("chat-followers-for", "Followers for a minute", "Followers for {count} minutes"),
    ("chat-delay", "Delay for viewers", ""),
    ("chat-delay-why", "Moderators see messages so much earlier.", ""),
    ("chat-emotes-only", "Only emoji and emotes", ""),
    ("chat-unique", "Nothing twice", ""),
    ("chat-hold-links", "Hold links for review", ""),
    ("chat-previews", "Show what links lead to", ""),
    ("chat-previews-why", "The server looks the page up and shows its title. Strangers’ links stay as they are.", ""),
    ("chat-hold-noise", "Hold noise for review", ""),
    ("chat-hold-noise-why", "Shouting, drawn-out letters, walls of emoji.", ""),
    ("chat-shield", "Shield", ""),
    ("chat-shield-why", "For 15 minutes only people write whom the room knew before.", ""),
    ("chat-auto-shield", "Raise the shield by itself", ""),
    ("chat-auto-shield-why", "When several strangers say the same.", ""),
    ("chat-shielded", "The shield is up until {time}. Newcomers can read.", ""),
    ("chat-shield-lower", "Lower", ""),
    ("chat-filters", "Filters", ""),
    ("chat-filter", "Word or pattern", ""),
    ("chat-filter-add", "Add", ""),
    ("chat-filter-does", "What it does", ""),
    ("chat-filter-hold", "Hold for review", ""),
    ("chat-filter-refuse", "Refuse", ""),
    (
        "chat-filter-hint",
        "Found also when disguised. End with * for what begins so; write /…/ around a regular expression. Viewers do not see this list.",
        "",
    ),
    ("chat-filter-remove", "Remove “{pattern}”", ""),
    ("chat-close", "Close", ""),
    ("chat-looking", "Looking it up …", ""),
    ("chat-since", "Here since {date}", ""),
    ("chat-follows-since", "Follows since {date}", ""),
    ("chat-follows-not", "Does not follow", ""),
    ("chat-wrote", "1 message here", "{count} messages here"),
    ("chat-silenced-until", "Silenced until {time}", ""),
    ("chat-is-banned", "Banned", ""),
    ("chat-forgive", "Let {name} write again", ""),
    ("chat-appoint", "Make {name} a moderator", ""),
    ("chat-dismiss", "No longer a moderator", ""),
    ("chat-notes", "Notes for moderators", ""),
    ("chat-note", "New note", ""),
    ("chat-note-remove", "Remove the note", ""),
    ("chat-report", "Report {name}", ""),
    ("chat-report-why", "What is wrong?", ""),
    ("chat-report-send", "Report", ""),
    ("chat-reported", "The moderators will look at it.", ""),
    ("chat-acts", "What was done", ""),
    ("chat-desk", "Moderation", ""),
    ("chat-appeals", "Appeals", ""),
    ("chat-appeals-none", "Nobody appeals.", ""),
    ("chat-appeal-answer", "Answer, if you like", ""),
    ("chat-appeal-accept", "Let them back", ""),
    ("chat-appeal-reject", "Keep it", ""),
    ("chat-reports", "Reports", ""),
    ("chat-reports-none", "Nothing is reported.", ""),
    ("chat-report-resolve", "Dealt with", ""),
    ("chat-log", "Log", ""),
    ("chat-log-none", "Nothing was done yet.", ""),
    ("chat-log-more", "Older", ""),
    ("chat-appeal-text", "Why should you be let back?", ""),
    ("chat-appeal-send", "Appeal", ""),
    ("chat-appeal-sent", "You have appealed. A moderator decides.", ""),
    ("chat-appeal-accepted", "You are let back. Reload the page to take part.", ""),
    ("chat-appeal-rejected", "Your appeal was rejected.", ""),
    ("chat-held-filter", "Caught by the filter “{pattern}”", ""),
    ("chat-held-link", "Has a link", ""),
    ("chat-held-noise", "Is loud", ""),
    ("chat-held-delay", "Is shown in a moment", ""),
    ("chat-act-ban", "banned", ""),
    ("chat-act-time-out", "silenced", ""),
    ("chat-act-unban", "let back", ""),
    ("chat-act-delete", "deleted a message of", ""),
    ("chat-act-approve", "approved a message of", ""),
    ("chat-act-discard", "discarded a message of", ""),
    ("chat-act-pin", "pinned a message", ""),
    ("chat-act-unpin", "unpinned", ""),
    ("chat-act-start-poll", "started a poll", ""),
    ("chat-act-end-poll", "ended a poll", ""),
    ("chat-act-settings", "changed how the room is kept", ""),
    ("chat-act-add-filter", "added a filter", ""),
    ("chat-act-remove-filter", "removed a filter", ""),
    ("chat-act-appoint", "appointed", ""),
    ("chat-act-dismiss", "dismissed", ""),
    ("chat-act-note", "wrote a note about", ""),
    ("chat-act-accept", "accepted the appeal of", ""),
    ("chat-act-reject", "rejected the appeal of", ""),
    ("chat-act-resolve", "dealt with a report about", ""),
    ("chat-act-shield", "The shield went up by itself", ""),
    ("chat-act-shield-over", "The shield came down", ""),
    ("chat-act-other", "did something else", ""),
    ("chat-pinned", "Pinned", ""),
    ("chat-unpin", "Unpin", ""),
    ("chat-held", "One message waits for you", "{count} messages wait for you"),
    ("chat-approve", "Show", ""),
    ("chat-deny", "Discard", ""),
    ("chat-empty", "Nobody has said anything yet. What you write here is read by your viewers.", ""),
    ("chat-newest", "To the newest", ""),
    ("chat-unseen", "1 new message", "{count} new messages"),
    ("chat-lost", "The connection is gone; reconnecting. Nothing is lost.", ""),
    ("chat-logged-out", "You have been signed out. Sign in again in the settings.", ""),
    ("chat-banned", "You are banned from this chat.", ""),
    ("chat-refused", "This chat is not open to you.", ""),
    ("chat-incompatible", "This studio is too old for the server. Update it to see the chat.", ""),
    ("chat-announcement", "Announcement", ""),
    ("chat-deleted", "deleted", ""),
    ("chat-creator", "Whose show it is", ""),
    ("chat-moderator", "Moderator", ""),
    ("chat-subscriber", "Subscriber", ""),
    ("chat-reaction", "{emoji}, once; add yours", "{emoji}, {count} times; add yours"),
    ("chat-reply", "Reply", ""),
    ("chat-react", "React", ""),
    ("chat-more", "More", ""),
    ("chat-delete", "Delete", ""),
    ("chat-pin", "Pin", ""),
    ("chat-time-out", "Silence {name} for 10 minutes", ""),
    ("chat-ban", "Ban {name}", ""),
    ("chat-is-held", "A moderator looks at it before it is shown.", ""),
    ("chat-again", "Send again", ""),
    ("chat-edit", "Edit", ""),
    ("chat-say", "Say something", ""),
    ("chat-say-slowly", "Say something", ""),
    ("chat-say-emoji", "Say it in emoji", ""),
    ("chat-send", "Send", ""),
    ("chat-emoji", "Emoji", ""),
    ("chat-emotes", "Emotes of this channel", ""),
    ("chat-emotes-search", "Search emotes", ""),
    ("chat-emotes-none", "No emote has “{name}” in its name.", ""),
    ("chat-answering", "Answering {name}", ""),
    ("chat-answer-none", "Do not answer", ""),
    ("chat-left", "1 character left", "{count} characters left"),
    ("chat-commands", "Commands", ""),
    ("chat-no-command", "There is no such command. Begin with two slashes to say it all the same.", ""),
    ("chat-poll", "Poll", ""),
    ("chat-poll-new", "Ask the room", ""),
    ("chat-poll-question", "Question", ""),
    ("chat-poll-option", "Answer {number}", ""),
    ("chat-poll-time", "Time to vote", ""),
    ("chat-poll-ask", "Start the poll", ""),
    ("chat-poll-left", "{left} left", ""),
    ("chat-poll-over", "Over", ""),
    ("chat-poll-end", "End it now", ""),
    ("chat-poll-away", "Put away", ""),
    ("chat-votes", "1 vote", "{count} votes"),
    ("chat-minutes", "1 minute", "{count} minutes"),
    ("chat-cancel", "Cancel", ""),
    ("chat-sure", "Sure?", ""),
    ("chat-reward-for", "For 1 point", "For {count} points"),
    ("chat-goal", "Goal", ""),
    ("chat-goal-followers", "Followers to reach", ""),
    ("chat-goal-set", "Set the goal", ""),
    ("chat-goal-remove", "Take it away", ""),
    ("chat-thread", "Thread", ""),
    ("chat-thread-show", "Show the thread", ""),
    ("chat-thread-leave", "Everything again", ""),
    ("chat-raid", "Everybody goes to {name}:", ""),
    ("chat-raid-stay", "Stay here", ""),
    ("chat-raid-staying", "You stay", ""),
    ("chat-raid-cancel", "Call it off", ""),
    ("chat-raided", "{name} comes with 1 viewer. Say hello.", "{name} comes with {count} viewers. Say hello."),
    ("chat-shout-out", "Worth a visit: {name}", ""),
    ("chat-shout-out-live", "Live now and worth a visit: {name}", ""),
    ("chat-visit", "Visit", ""),
    ("chat-refuses-raids", "Take no raids", ""),
    ("chat-act-raid", "sent everybody to", ""),
    ("chat-act-cancel-raid", "called the raid off", ""),
    ("chat-act-shout-out", "recommended", ""),
    ("chat-number", "{count}", ""),
    ("chat-points", "1 point", "{count} points"),
    (
        "chat-points-why",
        "You earn 1 point for every five minutes that you watch the live show.",
        "You earn {count} points for every five minutes that you watch the live show.",
    ),
    ("chat-prediction", "Prediction", ""),
    (
        "chat-prediction-why",
        "People stake points on what will come true. Then you say what did, and those who were right share everything.",
        "",
    ),
    ("chat-prediction-ask", "Start the prediction", ""),
    ("chat-prediction-locked", "No more stakes; the outcome is awaited", ""),
    ("chat-prediction-mine", "your stake: {count}", ""),
    ("chat-prediction-people", "1 person", "{count} people"),
    ("chat-prediction-true", "“{outcome}” came true", ""),
    ("chat-prediction-sure", "Sure? 1 point is shared out", "Sure? {count} points are shared out"),
    ("chat-prediction-lock", "No more stakes", ""),
    ("chat-prediction-cancel", "Cancel and give back", ""),
    ("chat-prediction-cancelled", "Cancelled: everybody has their points back.", ""),
    ("chat-prediction-won", "You were right: 1 point for you.", "You were right: {count} points for you."),
    ("chat-prediction-lost", "Not this time: your stake is gone.", ""),
    ("chat-stake", "Points to stake", ""),
    ("chat-stake-do", "Stake", ""),
    ("chat-stake-all", "All: {count}", ""),
    ("chat-poll-kind", "What it is", ""),
    ("chat-rewards", "Rewards", ""),
    ("chat-rewards-why", "What viewers can get for the points that they earn by watching.", ""),
    ("chat-rewards-none", "There is nothing to redeem here yet. Points can also be staked on predictions.", ""),
    ("chat-reward-new", "New reward", ""),
    ("chat-reward-title", "Title", ""),
    ("chat-reward-cost", "Points", ""),
    ("chat-reward-asks", "Viewers have to write something", ""),
    ("chat-reward-waits", "Waits until you have done it", ""),
    ("chat-reward-waits-why", "You can give the points back.", ""),
    ("chat-reward-pause", "Paused", ""),
    ("chat-reward-paused", "paused", ""),
    ("chat-reward-save", "Save", ""),
    ("chat-reward-edit", "Change “{title}”", ""),
    ("chat-reward-remove", "Remove “{title}”", ""),
    ("chat-reward-text", "What to say with it", ""),
    ("chat-reward-redeem", "Redeem", ""),
    ("chat-redeemed", "Redeemed: {title}", ""),
    ("chat-redemptions", "1 reward waits for you", "{count} rewards wait for you"),
    ("chat-redemption-done", "Done", ""),
    ("chat-redemption-back", "Give the points back", ""),
    ("chat-questions", "Questions", ""),
    ("chat-questions-open", "1 question", "{count} questions"),
    ("chat-questions-take", "Take questions", ""),
    ("chat-questions-none", "No question is open.", ""),
    ("chat-question", "Ask a question", ""),
    ("chat-question-ask", "Ask", ""),
    ("chat-question-vote", "I want to know it as well", ""),
    ("chat-question-votes", "1 person wants to know it as well", "{count} people want to know it as well"),
    ("chat-question-answered", "Answered", ""),
    ("chat-question-dismiss", "Put away", ""),
    ("chat-question-back", "Take back", ""),
    ("chat-act-start-prediction", "started a prediction", ""),
    ("chat-act-lock-prediction", "ended the stakes", ""),
    ("chat-act-resolve-prediction", "decided a prediction", ""),
    ("chat-act-cancel-prediction", "cancelled a prediction", ""),
    ("chat-act-save-reward", "changed a reward", ""),
    ("chat-act-remove-reward", "removed a reward", ""),
    ("chat-act-fulfil", "fulfilled a reward of", ""),
    ("chat-act-refund", "gave the points back to", ""),
    ("chat-act-answer-question", "answered a question of", ""),
    ("chat-act-dismiss-question", "put away a question of", ""),
    ("chat-usage", "Use it like this: {usage}", ""),
];

fn words(name: &'static str, values: &[(&'static str, String)]) -> String {
    let Some((_, one, several)) = WORDS.iter().find(|(known, ..)| *known == name) else { return name.to_owned() };
    let is_one = several.is_empty() || values.iter().any(|(name, value)| *name == "count" && value == "1");
    let sentence = if is_one { *one } else { *several };
    values.iter().fold(sentence.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
