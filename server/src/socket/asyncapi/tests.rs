use std::collections::BTreeSet;

use klieg_api::desk::ACTIONS;
use klieg_api::room::Event;
use regex::Regex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;

const DOCS: &str = include_str!("../../../../docs/app-developers.md");

/// What an event is called. Who adds one finds here that it wants an example.
fn name(event: &Event) -> &'static str {
    match event {
        Event::Message { .. } => "message",
        Event::Deleted { .. } => "deleted",
        Event::Preview { .. } => "preview",
        Event::Pinned { .. } => "pinned",
        Event::Poll { .. } => "poll",
        Event::Prediction { .. } => "prediction",
        Event::Rewards { .. } => "rewards",
        Event::Emotes { .. } => "emotes",
        Event::Question { .. } => "question",
        Event::QuestionClosed { .. } => "question_closed",
        Event::Raid { .. } => "raid",
        Event::RaidGoes { .. } => "raid_goes",
        Event::Raided { .. } => "raided",
        Event::ShoutOut { .. } => "shout_out",
        Event::Settings { .. } => "settings",
        Event::Silenced { .. } => "silenced",
    }
}

/// The examples of the document, and what they are named.
fn examples() -> Vec<(String, Value)> {
    let document = document();
    let messages = document["components"]["messages"].as_object().unwrap();
    let of = |(key, message): (&String, &Value)| -> Vec<(String, Value)> {
        let examples = message["examples"].as_array().unwrap();
        examples.iter().map(|example| (key.clone(), example["payload"].clone())).collect()
    };
    messages.iter().flat_map(of).collect()
}

/// The names of an enum's variants, as its schema has them.
fn variants(schema: &str, field: &str) -> BTreeSet<String> {
    let document = document();
    let variants = document["components"]["schemas"][schema]["oneOf"].as_array().unwrap().iter();
    let named = |variant: &Value| variant["properties"][field]["enum"][0].as_str().map(str::to_owned);
    // Where a variant has an enum of its own inside, the name stands beside that.
    let beside = |variant: &Value| variant["allOf"].as_array().and_then(|parts| parts.iter().find_map(named));
    variants.map(|variant| named(variant).or_else(|| beside(variant)).unwrap()).collect()
}

#[test]
fn every_command_frame_and_event_has_an_example() {
    let document = document();
    let messages = document["components"]["messages"].as_object().unwrap();
    let named = |prefix: &str| -> BTreeSet<String> {
        messages.keys().filter_map(|key| key.strip_prefix(prefix)).map(str::to_owned).collect()
    };
    for (key, message) in messages {
        assert_ne!(message["summary"], "", "{key} says nothing of itself");
    }
    assert_eq!(named("do-"), variants("Command", "do"));
    assert_eq!(named("event-"), variants("Event", "event"));
    let mut frames = variants("Frame", "is");
    assert!(frames.remove("event"), "its examples are those of events");
    assert_eq!(named("is-"), frames);
    for frame in events::frames() {
        let Frame::Event { event, .. } = &frame else { panic!("{frame:?} is no event") };
        assert_eq!(json!(frame)["event"], name(event));
    }
}

#[test]
fn every_example_is_read_as_what_it_was_made_from() {
    fn reads<T: Serialize + DeserializeOwned>(key: &str, example: &Value) {
        let read: T = serde_json::from_value(example.clone()).unwrap_or_else(|error| panic!("{key}: {error}"));
        assert_eq!(json!(read), *example, "{key}");
    }
    for (key, example) in examples() {
        if key.starts_with("do-") { reads::<Request>(&key, &example) } else { reads::<Frame>(&key, &example) }
    }
}

#[test]
fn every_command_names_messages_that_answer_it() {
    let document = document();
    let operations = document["operations"].as_object().unwrap();
    for command in variants("Command", "do") {
        let replies = operations[&format!("do-{command}")]["reply"]["messages"].as_array().unwrap();
        assert_eq!(replies.len(), 2, "{command}");
        for reply in replies {
            let path = reply["$ref"].as_str().unwrap().trim_start_matches('#');
            let message = document.pointer(path).unwrap()["$ref"].as_str().unwrap().trim_start_matches('#').to_owned();
            let message = document.pointer(&message).unwrap();
            assert_eq!(message["tags"][0]["name"], frames::ANSWER, "{command}: {path}");
            for example in message["examples"].as_array().unwrap() {
                assert!(example["payload"]["id"].is_u64(), "{command}: {example}");
            }
        }
    }
}

#[test]
fn everything_that_the_log_may_say_is_described() {
    let document = document();
    let described = &document["components"]["schemas"]["Act"]["properties"]["action"]["description"];
    let described = described.as_str().unwrap();
    for action in ACTIONS {
        assert!(described.contains(&format!("`{action}`")), "{action}");
    }
}

/// A line of the guide is an example, whatever its number, with … for what it leaves out.
#[test]
fn what_the_guide_for_developers_shows_are_these_examples() {
    let number = Regex::new(r#""id":\d+"#).unwrap();
    let numbered = |line: &str| number.replace_all(line, r#""id":0"#).into_owned();
    // As they are written: a `Value` has its fields in another order.
    let requests = commands::requests().into_iter().map(|request| serde_json::to_string(&request).unwrap());
    let frames =
        frames::frames().into_iter().chain(events::frames()).map(|frame| serde_json::to_string(&frame).unwrap());
    let examples: Vec<String> = requests.chain(frames).map(|example| numbered(&example)).collect();
    let mut shown = 0;
    for line in DOCS.lines().filter(|line| line.starts_with(r#"{"id":"#) || line.starts_with(r#"{"is":"#)) {
        let said = line.split_once("   #").map_or(line, |(said, _)| said).trim_end();
        let pattern = regex::escape(&numbered(said)).replace('…', ".*");
        let pattern = Regex::new(&format!("^{pattern}$")).unwrap();
        assert!(examples.iter().any(|example| pattern.is_match(example)), "no example is {said}");
        shown += 1;
    }
    assert!(shown >= 18, "{shown}");
}

#[test]
fn the_guide_for_developers_says_what_to_do_after_each_close_code() {
    for closing in Closing::ALL {
        let row = format!("| {} | {} | {} |", closing.code(), closing.reason(), closing.advice());
        assert!(DOCS.contains(&row), "a line is missing: {row}");
    }
}
