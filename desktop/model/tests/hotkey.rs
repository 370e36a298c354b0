//! Hotkeys: how they are written, what they are refused for, and what they do.

use klieg_studio_model::{
    Action, Announcement, Collection, Command, Edit, Group, Item, Keys, Profile, RecordingState, Refused, ReplayState,
    Scene, ShowState, Source, Studio,
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
    studio.recording = Some(RecordingState { paused: true, ..Default::default() });
    assert_eq!(press(&studio, Action::Record), [Command::StopRecording]);
    assert_eq!(press(&studio, Action::Pause), [Command::ResumeRecording]);
}

#[test]
fn what_starts_or_stops_does_nothing_where_it_is_so() {
    let off = studio();
    let on = Studio {
        show: ShowState::Live { since: 0 },
        recording: Some(RecordingState::default()),
        replay: Some(ReplayState::default()),
        ..off.clone()
    };
    let go_live = Command::GoLive { announcement: Announcement::default() };
    for (toggle, start, stop, starts, stops) in [
        (Action::Show, Action::GoLive, Action::EndShow, go_live, Command::EndShow),
        (
            Action::Record,
            Action::StartRecording,
            Action::StopRecording,
            Command::StartRecording,
            Command::StopRecording,
        ),
        (Action::Replay, Action::StartReplay, Action::StopReplay, Command::StartReplay, Command::StopReplay),
    ] {
        assert_eq!(toggle.commands(&off, true), std::slice::from_ref(&starts), "{toggle}");
        assert_eq!(toggle.commands(&on, true), std::slice::from_ref(&stops), "{toggle}");
        assert_eq!((start.commands(&off, true), start.commands(&on, true)), (vec![starts], vec![]), "{start}");
        assert_eq!((stop.commands(&off, true), stop.commands(&on, true)), (vec![], vec![stops]), "{stop}");
    }
    let begins = Studio { recording_begins: true, ..off.clone() };
    assert_eq!(Action::Record.commands(&begins, true), [], "a second press, while the disk is waited for");
    assert_eq!(Action::StopRecording.commands(&begins, true), [Command::StopRecording]);
    assert_eq!(Action::Split.commands(&on, true), [Command::SplitRecording]);
    assert_eq!(Action::SaveReplay.commands(&on, true), [Command::SaveReplay]);
}

/// What the collection becomes when a key is pressed.
fn pressed(studio: &Studio, action: &Action) -> Result<Studio, Refused> {
    let mut next = studio.clone();
    for command in action.commands(studio, true) {
        let Command::Edit { edit, .. } = command else { panic!("{command:?}") };
        next.collection.apply(edit)?;
    }
    Ok(next)
}

#[test]
fn one_sound_is_muted_and_unmuted() {
    let source = || "Voice".to_owned();
    let (mute, silence) = (Action::Mute { source: source() }, Action::Silence { source: source() });
    let unmute = Action::Unmute { source: source() };
    let mut studio = studio();
    for (action, muted) in [(&unmute, false), (&silence, true), (&silence, true), (&mute, false), (&mute, true)] {
        studio = pressed(&studio, action).unwrap_or_else(|refused| panic!("{refused}"));
        assert_eq!(studio.collection.strip("Voice").muted, muted, "{action}");
    }
    assert_eq!(silence.commands(&studio, true), [], "no step of undo where it is so");
    let gone = Action::Unmute { source: "Gone".into() };
    assert_eq!(pressed(&studio, &gone).err(), Some(Refused::NoSource("Gone".into())));
}

#[test]
fn items_and_groups_are_shown_and_hidden() {
    let mut studio = studio();
    let add = |scene: &str| Edit::AddItem { scene: scene.into(), item: Item::full("Voice") };
    for edit in [add("Camera"), add("Break"), add("Break")] {
        studio.collection.apply(edit).unwrap_or_else(|refused| panic!("{refused}"));
    }
    let hidden = |studio: &Studio| {
        let scenes = studio.collection.scenes.iter();
        scenes.flat_map(|scene| scene.items.iter().map(|item| scene.is_hidden(item))).collect::<Vec<_>>()
    };
    let press = |studio: &mut Studio, action: &Action| {
        *studio = pressed(studio, action).unwrap_or_else(|refused| panic!("{refused}"));
        hidden(studio)
    };
    let (scene, source) = (|| "Break".to_owned(), || "Voice".to_owned());
    let toggle = Action::Item { scene: scene(), source: source() };
    let show = Action::ShowItem { scene: scene(), source: source() };
    let hide = Action::HideItem { scene: scene(), source: source() };
    assert_eq!(press(&mut studio, &toggle), [false, true, true], "all of it in that scene, and none elsewhere");
    assert_eq!(press(&mut studio, &hide), [false, true, true]);
    assert_eq!(press(&mut studio, &show), [false, false, false]);
    assert_eq!(press(&mut studio, &hide), [false, true, true]);
    assert_eq!(press(&mut studio, &toggle), [false, false, false]);
    assert_eq!(hide.commands(&studio, false), []);

    let gather = Edit::Group { scene: scene(), ids: vec![2], name: "Lower third".into() };
    assert_eq!(studio.collection.apply(gather), Ok(()));
    let group = || "Lower third".to_owned();
    let lock = Edit::SetGroup { scene: scene(), name: group(), group: Group { locked: true, ..Group::new(group()) } };
    assert_eq!(studio.collection.apply(lock), Ok(()));
    let toggle = Action::Group { scene: scene(), group: group() };
    let show = Action::ShowGroup { scene: scene(), group: group() };
    assert_eq!(press(&mut studio, &toggle), [false, true, false]);
    assert_eq!(press(&mut studio, &show), [false, false, false]);
    assert_eq!(press(&mut studio, &show), [false, false, false]);
    let kept = studio.collection.scene("Break").and_then(|scene| scene.group("Lower third"));
    assert!(kept.is_some_and(|group| group.locked), "a key changes nothing else of it");

    for (action, why) in [
        (Action::ShowItem { scene: "Gone".into(), source: source() }, "there is no scene named `Gone`"),
        (Action::HideItem { scene: scene(), source: "Guest".into() }, "the scene `Break` has no item of `Guest`"),
        (Action::HideGroup { scene: scene(), group: "Gone".into() }, "the scene `Break` has no group named `Gone`"),
    ] {
        assert!(!action.is_in(&studio.collection));
        assert_eq!(pressed(&studio, &action).err().map(|refused| refused.to_string()).as_deref(), Some(why));
    }

    // They follow each of the names.
    let mut profile = Profile::default();
    assert_eq!(profile.set_hotkey(toggle, Some(keys("F6")), true), Ok(()));
    assert_eq!(profile.set_hotkey(hide, Some(keys("F7")), true), Ok(()));
    let follow = |profile: &mut Profile, collection: &mut Collection, edit: Edit| {
        let before = collection.clone();
        assert!(collection.apply(edit).is_ok());
        assert!(profile.follow(&before, collection));
    };
    let mut collection = studio.collection.clone();
    let renamed = Edit::RenameScene { scene: scene(), name: "Pause".into() };
    follow(&mut profile, &mut collection, renamed);
    let renamed = Edit::SetGroup { scene: "Pause".into(), name: group(), group: Group::new("Names") };
    follow(&mut profile, &mut collection, renamed);
    follow(&mut profile, &mut collection, Edit::SetSource { name: source(), source: microphone("Ada") });
    let all: Vec<_> = profile.hotkeys.iter().map(|hotkey| hotkey.action.to_string()).collect();
    assert_eq!(all, ["Show or hide the group “Names” in “Pause”", "Hide “Ada” in “Pause”"]);
    assert!(profile.hotkeys.iter().all(|hotkey| hotkey.action.is_in(&collection)));
    let text = toml::to_string(&profile).unwrap_or_default();
    assert!(text.contains("does = \"hide-item\"\nscene = \"Pause\"\nsource = \"Ada\"\n"), "{text}");
    assert_eq!(toml::from_str::<Profile>(&text).ok(), Some(profile));
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
