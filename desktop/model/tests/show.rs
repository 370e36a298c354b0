//! A show file is read as it stands, and one that cannot be broadcast says what to change.

use klieg_studio_model::{Crop, Event, Output, OutputState, PictureFilter, Show, ShowError, Source, Split};

const SHOW: &str = r#"
[canvas]
width = 640
height = 360
fps = 25

[overlays]
clock = true

[[sources]]
name = "lights"
kind = "test"
pattern = "klieg"

[[sources]]
name = "speech"
kind = "file"
path = "speech.wav"
loop = true

[[scene]]
source = "lights"

[[scene]]
source = "speech"
volume = 0.5

[[outputs]]
name = "main"
kind = "whip"
url = "http://127.0.0.1:8080/whip"
key = "sk-secret"

[[outputs]]
kind = "rtmp"
url = "rtmp://127.0.0.1:1935/live"
key_env = "KEY"
[outputs.video]
bitrate = 4000
"#;

fn problems(text: &str, overrides: &[&str]) -> Vec<String> {
    let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
    match Show::parse(text, &overrides) {
        Err(ShowError::Invalid(problems)) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("expected problems, got {other:?}"),
    }
}

#[test]
fn a_show_is_read_with_its_defaults() {
    let show = Show::parse(SHOW, &[]).unwrap();
    assert_eq!((show.canvas.width, show.canvas.height, show.canvas.fps), (640, 360, 25));
    assert!(show.overlays.clock);
    assert!(matches!(&show.sources[1], Source::File(file) if file.repeat));
    assert_eq!(show.scene[0].size(show.canvas), (640, 360));
    assert_eq!(show.video_of(&show.outputs[0]).bitrate, 2_500);
    assert_eq!(show.video_of(&show.outputs[1]).bitrate, 4_000);
    assert_eq!(show.outputs[1].name(), "rtmp");
}

#[test]
fn single_values_are_overridden_by_place_or_by_name() {
    let overrides = ["canvas.width=1280", "outputs.main.url=https://example.org/whip", "outputs.1.key_env=OTHER"];
    let show = Show::parse(SHOW, &overrides.map(str::to_owned)).unwrap();
    assert_eq!(show.canvas.width, 1_280);
    assert!(matches!(&show.outputs[0], Output::Whip(whip) if whip.url == "https://example.org/whip"));
    assert!(matches!(&show.outputs[1], Output::Rtmp(rtmp) if rtmp.key_env.as_deref() == Some("OTHER")));
}

#[test]
fn an_override_that_leads_nowhere_is_named_without_its_value() {
    let error = Show::parse(SHOW, &["outputs.none.key=sk-hidden".to_owned()]).unwrap_err().to_string();
    assert!(error.contains("outputs.none.key"), "{error}");
    assert!(!error.contains("sk-hidden"), "{error}");
}

#[test]
fn every_problem_is_told_at_once_with_its_key() {
    let found = problems(
        SHOW,
        &[
            "canvas.width=641",
            "scene.0.source=nobody",
            "outputs.0.url=ftp://x",
            "outputs.1.key=k",
            "outputs.1.name=main",
        ],
    );
    for key in ["canvas.width:", "scene.0.source:", "outputs.0.url:", "outputs.1.key:", "outputs.1.name:"] {
        assert!(found.iter().any(|problem| problem.starts_with(key)), "{key} not in {found:?}");
    }
}

#[test]
fn a_recording_says_when_it_goes_on_in_another_file() {
    let text = SHOW.replacen(
        "[[outputs]]",
        "[[outputs]]\nkind = \"file\"\npath = \"a.mkv\"\nsplit = { minutes = 30 }\n[[outputs]]",
        1,
    );
    let show = Show::parse(&text, &[]).unwrap();
    let split =
        show.outputs.iter().find_map(|output| if let Output::File(file) = output { Some(file.split) } else { None });
    assert_eq!(split, Some(Split { minutes: Some(30), megabytes: None }));
    let found = problems(&text, &["outputs.0.split.minutes=0"]);
    assert!(
        found.iter().any(|problem| problem.starts_with("outputs.0.split:") && problem.contains("1,440")),
        "{found:?}"
    );
    // The replay buffer is the studio's own.
    assert!(
        Show::parse(&text.replace("kind = \"file\"\npath = \"a.mkv\"", "kind = \"replay\"\nname = \"r\""), &[])
            .is_err()
    );
}

#[test]
fn a_show_without_outputs_is_refused() {
    assert!(problems("", &[]).iter().any(|problem| problem.starts_with("outputs:")));
}

#[test]
fn an_unknown_key_is_an_error() {
    let error = Show::parse("[canvas]\nwidht = 3\n", &[]).unwrap_err().to_string();
    assert!(error.contains("widht"), "{error}");
    let error = Show::parse("[[sources]]\nname='a'\nkind='tone'\npitch=3\n", &[]).unwrap_err().to_string();
    assert!(error.contains("pitch"), "{error}");
}

#[test]
fn a_crop_names_the_sides_from_which_it_cuts() {
    let show = |crop: &str| {
        let look = format!("[looks]\na = [{{ kind = 'crop'{crop} }}]\n");
        let output = "[[outputs]]\nkind = 'file'\npath = 'a.mkv'\n";
        Show::parse(&format!("[[sources]]\nname = 'a'\nkind = 'test'\n{look}{output}"), &[])
    };
    let parsed = show(", left = 12, bottom = 3").unwrap();
    let crop = Crop { left: 12, bottom: 3, ..Crop::default() };
    assert_eq!(parsed.looks["a"], [PictureFilter::Crop(crop)]);
    let json = serde_json::to_value(&parsed.looks["a"]).unwrap();
    assert_eq!(json, serde_json::json!([{ "kind": "crop", "left": 12, "top": 0, "right": 0, "bottom": 3 }]));
    for wrong in [", left = -1", ", width = 12"] {
        assert!(show(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_key_is_never_printed_nor_written_back() {
    let show = Show::parse(SHOW, &[]).unwrap();
    assert!(!format!("{show:?}").contains("sk-secret"));
    assert!(!serde_json::to_string(&show).unwrap().contains("sk-secret"));
}

#[test]
fn events_are_flat_json_with_a_tag() {
    let event = Event::Output {
        name: "main".into(),
        state: OutputState::Reconnecting { attempt: 2, reason: "connection refused".into() },
    };
    let json = serde_json::to_value(&event).unwrap();
    assert_eq!(json["event"], "output");
    assert_eq!(json["state"]["is"], "reconnecting");
    assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
}

#[test]
fn the_shows_in_the_documents_can_be_broadcast() {
    let documents = [include_str!("../../../docs/shows.md"), include_str!("../../../docs/creators.md")];
    for document in documents {
        let show = document.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        Show::parse(show, &[]).unwrap();
    }
}
