//! Hotkeys: how they are written, what they are refused for, and what they do.

use klieg_studio_model::{
    Action, Announcement, Collection, Command, Edit, Keys, Profile, Scene, ShowState, Source, Studio,
};

fn keys(text: &str) -> Keys {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn microphone(name: &str) -> Source {
    let text = format!("kind = 'microphone'\nname = '{name}'\ndevice = 'x'");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn studio() -> Studio {
    let scene = |name: &str| Scene { name: name.into(), ..Scene::default() };
    let collection = Collection {
        sources: vec![microphone("Voice"), microphone("Guest")],
        scenes: vec![scene("Camera"), scene("Break")],
        ..Collection::default()
    };
    Studio { collection, on_air: "Camera".into(), ..Studio::default() }
}

#[test]
fn keys_are_written_as_people_write_them() {
    for text in ["F9", "Ctrl+Shift+M", "Alt+7", "Ctrl+Alt+Shift+Super+Numpad0", "MediaPlayPause"] {
        assert_eq!(keys(text).to_string(), text);
    }
    for wrong in ["", "Ctrl", "Ctrl+", "ctrl+M", "Ctrl+m", "F25", "F0", "M+Ctrl", "Escape", "Tab", "Ctrl++", "ä"] {
        assert!(wrong.parse::<Keys>().is_err(), "{wrong}");
    }
    let plain = [false; 4];
    assert_eq!(Keys::of_event("KeyQ", "a", [true, false, false, false]), Some(keys("Ctrl+A")), "on a French keyboard");
    assert_eq!(Keys::of_event("KeyM", "ь", plain), Some(keys("M")), "on a Russian one");
    assert_eq!(Keys::of_event("Digit1", "&", plain), Some(keys("1")));
    assert_eq!(Keys::of_event("F9", "F9", [false, false, true, false]), Some(keys("Shift+F9")));
    for modifier in ["ControlLeft", "ShiftRight", "AltLeft", "MetaLeft", "Escape", "Tab", "Unidentified", ""] {
        assert_eq!(Keys::of_event(modifier, "", plain), None, "{modifier}");
    }
    assert_eq!(
        (keys("M").code(), keys("7").code(), keys("PageUp").code()),
        ("KeyM".into(), "Digit7".into(), "PageUp".into())
    );
}

#[test]
fn keys_that_are_needed_elsewhere_are_refused_with_the_reason() {
    let refused = |text: &str, outside: bool| keys(text).problem(outside);
    assert_eq!(refused("Ctrl+Z", false).as_deref(), Some("Ctrl+Z undoes in this window; choose other keys"));
    assert!(refused("Space", false).is_some_and(|why| why.contains("own controls")));
    assert_eq!(refused("M", false), None);
    assert!(refused("Shift+M", true).is_some_and(|why| why.contains("no program could type Shift+M")));
    for good in ["F9", "Ctrl+M", "Numpad5", "Pause", "MediaStop", "Super+Space"] {
        assert_eq!(refused(good, true), None, "{good}");
    }
}

#[test]
fn two_actions_do_not_share_keys() {
    let mut profile = Profile::default();
    assert_eq!(profile.set_hotkey(Action::Show, Some(keys("Ctrl+F9")), true), Ok(()));
    assert_eq!(profile.set_hotkey(Action::Show, Some(keys("Ctrl+F9")), false), Ok(()), "it may keep its own");
    let refused = profile.set_hotkey(Action::Record, Some(keys("Ctrl+F9")), false);
    assert_eq!(refused, Err("Ctrl+F9 is taken by “Go live or end the show”; give that other keys first".into()));
    assert_eq!(profile.hotkeys.len(), 1);
    assert_eq!(profile.set_hotkey(Action::Show, None, false), Ok(()));
    assert!(profile.hotkeys.is_empty());
}

#[test]
fn the_profile_is_readable() {
    let mut profile = Profile::default();
    let scene = Action::Scene { scene: "Break".into() };
    assert_eq!(profile.set_hotkey(scene, Some(keys("Ctrl+Alt+2")), true), Ok(()));
    let text = toml::to_string(&profile).unwrap_or_default();
    let written = "[[hotkeys]]\nkeys = \"Ctrl+Alt+2\"\noutside = true\ndoes = \"scene\"\nscene = \"Break\"\n";
    assert!(text.contains(written), "{text}");
    assert_eq!(toml::from_str::<Profile>(&text).ok(), Some(profile));
}

#[test]
fn hotkeys_follow_a_new_name_and_wait_for_what_is_gone() {
    let mut profile = Profile::default();
    let scene = |name: &str| Action::Scene { scene: name.into() };
    let talk = |name: &str| Action::PushToTalk { source: name.into() };
    assert_eq!(profile.set_hotkey(scene("Break"), Some(keys("F6")), true), Ok(()));
    assert_eq!(profile.set_hotkey(talk("Voice"), Some(keys("F7")), true), Ok(()));
    let before = studio().collection;
    let mut now = before.clone();
    assert!(now.apply(Edit::RenameScene { scene: "Break".into(), name: "Pause".into() }).is_ok());
    let renamed = microphone("Ada");
    assert!(now.apply(Edit::SetSource { name: "Voice".into(), source: renamed }).is_ok());
    assert!(profile.follow(&before, &now));
    assert!(profile.hotkey(&scene("Pause")).is_some() && profile.hotkey(&talk("Ada")).is_some());
    let mut fewer = now.clone();
    assert!(fewer.apply(Edit::RemoveScene { scene: "Pause".into() }).is_ok());
    assert!(!profile.follow(&now, &fewer));
    assert!(profile.hotkeys.iter().any(|known| !known.action.is_in(&fewer)));
}

#[test]
fn an_action_does_what_fits_the_moment() {
    let mut studio = studio();
    let press = |studio: &Studio, action: Action| action.commands(studio, true);
    studio.announcement.title = Some("Last time".into());
    let announcement = Announcement::default();
    assert_eq!(press(&studio, Action::Show), [Command::GoLive { announcement }], "what viewers were told stays");
    studio.show = ShowState::Live { since: 0 };
    assert_eq!(press(&studio, Action::Show), [Command::EndShow]);
    assert_eq!(Action::Show.commands(&studio, false), [], "a release ends nothing");
    assert_eq!(press(&studio, Action::StudioMode), [Command::StudioMode { on: true }]);
    assert_eq!(press(&studio, Action::Record), [Command::StartRecording]);
    studio.recording = Some(klieg_studio_model::RecordingState { paused: true, ..Default::default() });
    assert_eq!(press(&studio, Action::Record), [Command::StopRecording]);
    assert_eq!(press(&studio, Action::Pause), [Command::ResumeRecording]);
}

#[test]
fn a_held_key_talks_until_it_comes_up() {
    let studio = studio();
    let voice = |muted: bool| [Command::Mute { source: "Voice".into(), muted }];
    let talk = Action::PushToTalk { source: "Voice".into() };
    assert!(talk.is_held());
    assert_eq!(talk.commands(&studio, true), voice(false));
    assert_eq!(talk.commands(&studio, false), voice(true));
    let quiet = Action::PushToMute { source: "Voice".into() };
    assert_eq!(quiet.commands(&studio, true), voice(true));
    assert_eq!(quiet.commands(&studio, false), voice(false));
}

#[test]
fn a_media_file_is_played_from_its_beginning_by_a_key() {
    let mut studio = studio();
    let play = |name: &str| Action::Play { source: name.into() };
    let film: Source =
        toml::from_str("kind = 'file'\nname = 'Intro'\npath = 'intro.mp4'").unwrap_or_else(|error| panic!("{error}"));
    studio.collection.sources.push(film);
    assert_eq!(play("Intro").commands(&studio, true), [Command::Seek { source: "Intro".into(), position: 0 }]);
    assert_eq!(play("Intro").commands(&studio, false), []);
    assert!(play("Intro").is_in(&studio.collection));
    assert!(!play("Voice").is_in(&studio.collection), "a microphone is not played");
    assert_eq!(play("Intro").to_string(), "Play “Intro” from the beginning");
    let mut profile = Profile::default();
    assert_eq!(profile.set_hotkey(play("Intro"), Some(keys("F8")), true), Ok(()));
    let text = toml::to_string(&profile).unwrap_or_default();
    assert!(text.contains("does = \"play\"\nsource = \"Intro\"\n"), "{text}");
}

#[test]
fn all_microphones_are_muted_at_once() {
    let mut studio = studio();
    let all = |studio: &Studio| {
        let commands = Action::MuteMicrophones.commands(studio, true);
        commands.into_iter().fold(studio.collection.clone(), |mut collection, command| {
            let Command::Edit { edit, .. } = command else { panic!("{command:?}") };
            assert!(collection.apply(edit).is_ok());
            collection
        })
    };
    studio.collection = all(&studio);
    assert!(studio.are_microphones_muted());
    studio.collection = all(&studio);
    assert!(!studio.are_microphones_muted() && !studio.collection.strip("Guest").muted);
}

#[test]
fn the_sound_of_the_desktop_is_no_microphone() {
    for device in ["@DEFAULT_MONITOR@", "speakers.monitor"] {
        let text = format!("kind = 'microphone'\nname = 'Desktop sound'\ndevice = '{device}'");
        let desktop: Source = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
        let mut studio = studio();
        studio.collection.sources.push(desktop.clone());
        assert_eq!(Action::MuteMicrophones.commands(&studio, true).len(), 2, "{device}");
        studio.collection.sources = vec![desktop];
        assert!(!studio.has_microphones(), "{device}");
    }
}
