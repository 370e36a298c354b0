//! Why something was not done, in the words of whoever uses the chat.

use klieg_api::Problem;

use super::ChatLink;

const PREFIX: &str = "chat-refused-";
/// The sentences there are words for, by the reasons and the types of problems that the server gives. `count` is the first
/// number in one, `most` the second.
const KNOWN: &[&str] = &[
    "chat-refused-offline",
    "chat-refused-unanswered",
    "chat-refused-too-many-waiting",
    "chat-refused-unauthenticated",
    "chat-refused-forbidden",
    "chat-refused-creator-only",
    "chat-refused-rights",
    "chat-refused-over-creator",
    "chat-refused-appoints",
    "chat-refused-not-yours",
    "chat-refused-own-question",
    "chat-refused-has-stake",
    "chat-refused-yourself",
    "chat-refused-not-found",
    "chat-refused-no-account",
    "chat-refused-said-just-now",
    "chat-refused-said-already",
    "chat-refused-filtered",
    "chat-refused-would-wait",
    "chat-refused-shielded",
    "chat-refused-silenced",
    "chat-refused-silenced-for",
    "chat-refused-banned",
    "chat-refused-followers-only",
    "chat-refused-followers-for",
    "chat-refused-subscribers-only",
    "chat-refused-emotes-only",
    "chat-refused-too-many-requests",
    "chat-refused-room-full",
    "chat-refused-held-full",
    "chat-refused-held-own",
    "chat-refused-unavailable",
    "chat-refused-unwritten",
    "chat-refused-questions-own",
    "chat-refused-questions-full",
    "chat-refused-no-questions",
    "chat-refused-questions-delayed",
    "chat-refused-notes-full",
    "chat-refused-reports-many",
    "chat-refused-rewards-full",
    "chat-refused-rewards-wait",
    "chat-refused-reward-changed",
    "chat-refused-reward-paused",
    "chat-refused-not-enough-points",
    "chat-refused-too-many-reactions",
    "chat-refused-one-emoji",
    "chat-refused-poll-is-on",
    "chat-refused-poll-ended",
    "chat-refused-prediction-is-on",
    "chat-refused-prediction-locked",
    "chat-refused-prediction-over",
    "chat-refused-stake-moved",
    "chat-refused-stake-lowered",
    "chat-refused-own-channel",
    "chat-refused-raid-self",
    "chat-refused-raid-is-on",
    "chat-refused-raids-refused",
    "chat-refused-not-live",
    "chat-refused-raid-go-live",
    "chat-refused-not-silenced",
    "chat-refused-appealed-already",
    "chat-refused-banned-already",
    "chat-refused-silenced-anew",
    "chat-refused-empty",
    "chat-refused-too-long",
    "chat-refused-marks",
    "chat-refused-range",
    "chat-refused-filters-full",
    "chat-refused-catches-all",
    "chat-refused-no-pattern",
];

/// Why something was not done: what is wrong with a part of it, if the server names one. A sentence that there are no words for is
/// the server's own.
pub(super) fn refusal(link: ChatLink, problem: &Problem) -> String {
    let (kind, reason, detail) = if let Some(wrong) = problem.errors.first() {
        (None, wrong.reason.as_ref(), &wrong.detail)
    } else {
        let detail = problem.detail.as_ref().unwrap_or(&problem.title);
        (problem.kind.rsplit('/').next(), problem.reason.as_deref(), detail)
    };
    let name = reason.map(|reason| reason.name.as_str()).or(kind);
    let Some(&word) = KNOWN.iter().find(|word| word.strip_prefix(PREFIX) == name) else { return detail.clone() };
    let numbers = reason.map(|reason| reason.numbers.as_slice()).unwrap_or_default();
    let values: Vec<_> =
        ["count", "most"].into_iter().zip(numbers).map(|(name, number)| (name, number.to_string())).collect();
    link.words(word, &values)
}
