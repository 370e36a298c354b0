//! The manual of remote control is true: its examples are what the studio reads and writes, and its tables and its prose name what
//! there is.

#![expect(clippy::unwrap_used, reason = "what the tests share stands outside of test functions")]

use std::collections::BTreeSet;

use klieg_studio_model::{
    Action, Collection, Colour, Command, Edit, Encode, EncoderReport, OutputState, OutputStatus, Plain, ProgramHealth,
    RecordingSettings, RecordingState, ReplayState, Scene, Shape, ShowState, Source, Studio,
};
use serde_json::{Deserializer, Value, json};

const MANUAL: &str = include_str!("../../../docs/studio-remote.md");

/// What is written in a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    MANUAL.split(opening.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// The cells of the table that begins so, without its head.
fn rows(head: &str) -> Vec<Vec<&'static str>> {
    let lines = MANUAL.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What stands in backticks.
fn ticked(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Whether all of `part` stands in `all`.
fn holds(all: &Value, part: &Value) -> bool {
    match (all, part) {
        (Value::Object(all), Value::Object(part)) => {
            part.iter().all(|(name, part)| all.get(name).is_some_and(|all| holds(all, part)))
        }
        _ => all == part,
    }
}

/// Reads a command, of which nothing may be ignored.
fn command(asked: &Value) -> Command {
    let command: Command = serde_json::from_value(asked.clone()).unwrap_or_else(|error| panic!("{asked}: {error}"));
    let told = serde_json::to_value(&command).unwrap();
    assert!(holds(&told, asked), "of {asked} the studio reads {told}");
    command
}

/// What the examples speak of.
fn collection() -> Collection {
    let colour = |name: &str| Source::Colour(Plain { name: name.to_owned(), colour: Colour::BLACK });
    let scene = || "Break".to_owned();
    let mut collection =
        Collection { scenes: vec![Scene { name: scene(), ..Scene::default() }], ..Collection::default() };
    for name in ["Microphone", "Logo"] {
        collection.apply(Edit::AddSource { source: colour(name), scene: scene() }).unwrap();
    }
    let logo = collection.scenes[0].items.iter().find(|item| item.source == "Logo").unwrap().id;
    collection.apply(Edit::Group { scene: scene(), ids: vec![logo], name: "Lower third".to_owned() }).unwrap();
    collection
}

#[test]
fn each_example_is_a_command_and_each_edit_is_made() {
    let (mut ids, mut collection) = (Vec::new(), collection());
    let messages = blocks("json").into_iter().flat_map(|block| Deserializer::from_str(block).into_iter::<Value>());
    for message in messages {
        let message = message.unwrap();
        if message.get("invoke").is_none() {
            // The file that says where the studio is.
            let names: BTreeSet<_> = message.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(names, BTreeSet::from(["port", "token", "url"]));
            continue;
        }
        assert_eq!(message["invoke"], "command", "{message}");
        ids.push(message["id"].as_u64().unwrap());
        if let Command::Edit { edit, .. } = command(&message["args"]["command"]) {
            collection.apply(edit).unwrap_or_else(|refused| panic!("{message}: {refused}"));
        }
    }
    assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>(), "no two have the same id");
    assert!(ids.len() > 10, "they are found");

    let script = blocks("python").concat();
    let ask = script.lines().find_map(|line| line.trim().strip_prefix("ask = ")).unwrap();
    command(&serde_json::from_str::<Value>(ask).unwrap()["args"]["command"]);
}

#[test]
fn each_command_of_the_table_is_one_and_takes_what_it_says() {
    let rows = rows("| `command` | does |");
    assert!(rows.len() > 10, "they are found");
    for row in rows {
        let (names, with) = row[0].split_once(", with").unwrap_or((row[0], ""));
        for name in ticked(names) {
            let mut asked = json!({ "command": name });
            for argument in ticked(with) {
                asked[argument] = match argument {
                    "announcement" => json!({ "title": "Friday night" }),
                    "muted" | "sources_off" => json!(true),
                    "position" | "ago" => json!(1_500),
                    "recording" => serde_json::to_value(RecordingSettings::default()).unwrap(),
                    "destination" => json!({ "id": "a", "name": "A", "kind": "whip", "url": "https://a.example/whip" }),
                    _ => json!("a text"),
                };
            }
            command(&asked);
        }
    }
}

#[test]
fn each_action_is_in_the_table_with_what_it_takes() {
    let mut named = BTreeSet::new();
    for row in rows("| action (`does`) |") {
        for does in ticked(row[0]) {
            let mut asked = json!({ "does": does });
            for argument in ticked(row[1]) {
                asked[argument] = json!("a name");
            }
            let action: Action =
                serde_json::from_value(asked.clone()).unwrap_or_else(|error| panic!("{asked}: {error}"));
            assert_eq!(serde_json::to_value(action).unwrap(), asked);
            named.insert(does.to_owned());
        }
    }
    // Which there are is said of one that is none.
    let error = serde_json::from_value::<Action>(json!({ "does": "nonsense" })).unwrap_err().to_string();
    let all: BTreeSet<_> = ticked(&error).into_iter().skip(1).map(str::to_owned).collect();
    assert_eq!(named, all, "{error}");
}

#[test]
fn the_state_has_what_the_manual_names() {
    let report = EncoderReport { encoder: "x264enc".to_owned(), hardware: false, reason: String::new() };
    let (outputs, slow) = (vec!["a".to_owned()], Vec::new());
    let encode = Encode { report, layer: 0, wanted: 2_500, bitrate: 2_500, adapts: true, load: 0.2, outputs, slow };
    let output = OutputStatus::new("a", "A", OutputState::Live);
    let studio = Studio {
        crashed: Some("My show".to_owned()),
        was_live: true,
        shapes: [("Logo".to_owned(), Shape { width: 64, height: 64 })].into(),
        recording: Some(RecordingState { file: Some("/v/1.mp4".into()), ..RecordingState::default() }),
        recording_begins: true,
        replay: Some(ReplayState { last: Some("/v/r.mp4".into()), ..ReplayState::default() }),
        outputs: vec![OutputStatus { since: Some(1), round_trip: Some(20.0), ..output }],
        encoders: vec![encode],
        program: ProgramHealth { disk_time: Some(60), battery: Some(0.5), ..ProgramHealth::default() },
        session_ended: true,
        ..Studio::default()
    };
    let state = serde_json::to_value(&studio).unwrap();
    for path in [
        "show/is",
        "on_air",
        "recording/recorded",
        "recording/as_of",
        "recording/paused",
        "recording/file",
        "recording_begins",
        "replay/last",
        "outputs/0/state/is",
        "outputs/0/since",
        "outputs/0/was_live",
        "outputs/0/bitrate",
        "outputs/0/dropped",
        "outputs/0/round_trip",
        "outputs/0/lost",
        "encoders/0/encoder",
        "encoders/0/layer",
        "encoders/0/wanted",
        "encoders/0/bitrate",
        "encoders/0/load",
        "encoders/0/outputs",
        "encoders/0/slow",
        "shapes/Logo/width",
        "shapes/Logo/height",
        "program/disk_time",
        "program/battery",
        "announcement",
        "profiles",
        "notices",
        "playing",
        "crashed",
        "was_live",
        "advice",
        "session_ended",
    ] {
        assert!(state.pointer(&format!("/{path}")).is_some_and(|value| !value.is_null()), "{path}");
        let name = path.rsplit('/').next().unwrap();
        assert!(MANUAL.contains(&format!("{name}`")), "the manual says nothing of {path}");
    }
    let states = [ShowState::Off, ShowState::Starting, ShowState::Live { since: 1 }, ShowState::Ending];
    for (state, is) in states.into_iter().zip(["off", "starting", "live", "ending"]) {
        assert_eq!(serde_json::to_value(state).unwrap()["is"], is);
        assert!(MANUAL.contains(&format!("`{is}`")), "{is}");
    }
}
