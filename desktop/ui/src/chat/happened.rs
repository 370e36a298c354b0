//! What the chat's connection brings besides talk, in sentences for the list of what has happened.

use klieg_studio_model::figures::{counted, grouped};
use klieg_ui::chat::{Happening, News, Notification, What};

use crate::activity;

/// What happened in the channel's own room.
pub(super) fn sentence(happening: Happening) -> String {
    match happening {
        Happening::Followed { more: 1, all } => format!("Somebody new follows your channel: {} do now.", grouped(all)),
        Happening::Followed { more, all } => {
            format!("{} more follow your channel: {} do now.", grouped(more), grouped(all))
        }
        Happening::Raided { by, viewers } => format!("{by} has come with {}.", counted(viewers, "viewer")),
        Happening::Redeemed { by, reward, text } if text.is_empty() => format!("{by} redeemed “{reward}”."),
        Happening::Redeemed { by, reward, text } => format!("{by} redeemed “{reward}”: {text}"),
        Happening::Announced { by, text } => format!("{by} announced: {text}"),
    }
}

/// What the creator is told of from elsewhere on the server.
pub(super) fn news(news: News) {
    let News::Came(Notification { channel, what, .. }) = news else { return };
    let channel = channel.shown();
    activity::tell(match what {
        What::Live { title } if title.is_empty() => format!("{channel} is live."),
        What::Live { title } => format!("{channel} is live: {title}"),
        What::Mention { by, text, reply: true } => format!("{} answered you in {channel}’s chat: {text}", by.shown()),
        What::Mention { by, text, .. } => format!("{} named you in {channel}’s chat: {text}", by.shown()),
    });
}
