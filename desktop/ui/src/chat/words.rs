//! The chat's sentences: those of the web app, which draws the same chat. Of Fluent this reads what they need: places for values, and
//! one form for one of something and another for several.

use std::collections::HashMap;
use std::sync::LazyLock;

const ENGLISH: &str = include_str!("../../../../web/i18n/en.ftl");

/// What is different in a window of the creator's own.
const OWN: &[(&str, &str)] = &[
    ("chat-empty", "Nobody has said anything yet. What you write here is read by your viewers."),
    ("chat-logged-out", "You have been signed out. Sign in again in the settings."),
    ("chat-incompatible", "This studio is too old for the server. Update it to see the chat."),
    ("chat-say-slowly", "Say something"),
];

/// By name: with one of something, and with several.
static SENTENCES: LazyLock<HashMap<&str, [&str; 2]>> = LazyLock::new(|| {
    let mut sentences = read(ENGLISH);
    sentences.extend(OWN.iter().map(|(name, sentence)| (*name, [*sentence, *sentence])));
    sentences
});

fn read(messages: &str) -> HashMap<&str, [&str; 2]> {
    let mut sentences = HashMap::new();
    let mut name = "";
    for line in messages.lines() {
        let form = line.trim_start();
        if let Some(one) = form.strip_prefix("[one] ") {
            sentences.entry(name).or_insert([""; 2])[0] = one;
        } else if let Some(several) = form.strip_prefix("*[other] ") {
            sentences.entry(name).or_insert([""; 2])[1] = several;
        } else if let Some((begun, sentence)) = line.split_once(" = ") {
            name = begun;
            sentences.insert(name, [sentence; 2]);
        }
    }
    sentences
}

/// A sentence by its name, with these values in its places.
pub(super) fn words(name: &'static str, values: &[(&'static str, String)]) -> String {
    let Some([one, several]) = SENTENCES.get(name) else { return name.to_owned() };
    let is_one = values.iter().any(|(name, value)| *name == "count" && value == "1");
    let sentence = if is_one { one } else { several };
    values.iter().fold((*sentence).to_owned(), |text, (name, value)| {
        // The number as it is shown is the number.
        let text = if *name == "count" { text.replace("{ $shown }", value) } else { text };
        text.replace(&format!("{{ ${name} }}"), value)
    })
}
