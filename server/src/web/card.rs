//! A page's title and its preview card (OpenGraph), for the shell's head. All text in it is escaped.

use std::fmt::Write as _;

use klieg_api::channels::Channel;

use crate::config::PublicUrl;

/// The head of the app's own pages.
pub(super) fn of_site(url: &PublicUrl) -> String {
    head("Klieg", "Live shows, a moment after they happen.", Some(&format!("{url}/")), "website")
}

/// The head of a channel's pages.
pub(super) fn of_channel(channel: &Channel, url: &PublicUrl) -> String {
    let name = channel.display_name.as_deref().unwrap_or(channel.handle.as_str());
    let title = match (&channel.live, channel.title.as_str()) {
        (Some(_), "") => format!("{name} is live · Klieg"),
        (Some(_), title) => format!("{title} · {name} is live on Klieg"),
        (None, _) => format!("{name} · Klieg"),
    };
    let description = match (channel.title.as_str(), channel.about.as_str()) {
        ("", "") => format!("{name} on Klieg"),
        ("", about) => about.chars().take(200).collect(),
        (title, _) => title.to_owned(),
    };
    let kind = if channel.live.is_some() { "video.other" } else { "profile" };
    head(&title, &description, Some(&format!("{url}/{}", channel.handle)), kind)
}

/// The head of a page that does not exist.
pub(super) fn of_nothing() -> String {
    "<title>Not found · Klieg</title>\n    <meta name=\"robots\" content=\"noindex\">".to_owned()
}

fn head(title: &str, description: &str, url: Option<&str>, kind: &str) -> String {
    let (title, description) = (escape(title), escape(description));
    let mut head = format!("<title>{title}</title>\n    <meta name=\"description\" content=\"{description}\">");
    let tags = [("og:site_name", "Klieg"), ("og:type", kind), ("og:title", &title), ("og:description", &description)];
    for (property, content) in tags {
        let _ = write!(head, "\n    <meta property=\"{property}\" content=\"{content}\">");
    }
    if let Some(url) = url {
        let url = escape(url);
        let _ = write!(
            head,
            "\n    <meta property=\"og:url\" content=\"{url}\">\n    <link rel=\"canonical\" href=\"{url}\">"
        );
    }
    head.push_str("\n    <meta name=\"twitter:card\" content=\"summary\">");
    head
}

/// Text as it may stand in an element or between quotation marks.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_leaves_its_quotation_marks(text in "\\PC{0,100}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
        }
    }
}
