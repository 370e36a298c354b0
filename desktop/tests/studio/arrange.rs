//! Edits and undo, scenes on air, studio mode, and whole collections.

use klieg_studio_model::{
    Canvas, Collection, Command, DestinationKind, Edit, Event, ImageFile, Item, Severity, Shape, Source, Strip, Studio,
};

use crate::support::{Rig, add, colour, go_live, tone};

fn scene(name: &str) -> Edit {
    Edit::AddScene { name: name.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_reaches_stage_and_state_and_can_be_undone() {
    let rig = Rig::new();
    rig.edit(add(colour("ground"), "Scene")).await;
    let studio = rig.state().await;
    assert_eq!(studio.collection.sources.len(), 1);
    assert!(studio.can_undo && !studio.can_redo);
    rig.done(Command::Undo).await;
    let studio = rig.state().await;
    assert!(studio.collection.sources.is_empty() && studio.can_redo);
    rig.done(Command::Redo).await;
    assert_eq!(rig.state().await.collection.sources.len(), 1);
    let told = rig.notes.take();
    assert_eq!(
        told,
        ["open My show Scene 1280x720", "preview nothing", "set 1 sources", "set 0 sources", "set 1 sources"]
    );
    rig.done(Command::Undo).await;
    assert_eq!(rig.refused(Command::Undo).await, "there is nothing to undo");
    let wrong = Edit::RemoveSource { name: "gone".into() };
    assert_eq!(rig.refused(Command::Edit { edit: wrong, gesture: None }).await, "there is no source named `gone`");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_leaves_the_stage_with_its_last_item_and_comes_back_with_it() {
    let rig = Rig::new();
    rig.edit(add(colour("ground"), "Scene")).await;
    rig.edit(add(tone("voice"), "Scene")).await;
    rig.notes.take();
    rig.edit(Edit::RemoveItems { scene: "Scene".into(), ids: vec![2] }).await;
    assert!(rig.state().await.collection.source("voice").is_none());
    rig.done(Command::Undo).await;
    assert!(rig.state().await.collection.source("voice").is_some());
    assert_eq!(rig.notes.take(), ["set 1 sources", "set 2 sources"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_stage_refuses_is_not_kept() {
    let rig = Rig::new();
    rig.state().await;
    rig.notes.fail_next("no such thing");
    let edit = Command::Edit { edit: add(colour("ground"), "Scene"), gesture: None };
    assert!(rig.refused(edit).await.contains("no such thing"));
    let studio = rig.state().await;
    assert!(studio.collection.sources.is_empty() && !studio.can_undo);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scene_on_air_is_followed_through_renaming_and_removal() {
    let rig = Rig::new();
    rig.edit(scene("Break")).await;
    rig.done(Command::ShowScene { scene: "Break".into() }).await;
    rig.edit(Edit::RenameScene { scene: "Break".into(), name: "Pause".into() }).await;
    assert_eq!(rig.state().await.on_air, "Pause");
    rig.done(Command::Undo).await;
    assert_eq!(rig.state().await.on_air, "Break");
    rig.edit(Edit::RemoveScene { scene: "Break".into() }).await;
    assert_eq!(rig.state().await.on_air, "Scene");
    assert_eq!(rig.notes.shown().last().map(String::as_str), Some("cut to Scene"));
    assert_eq!(rig.refused(Command::ShowScene { scene: "Break".into() }).await, "there is no scene named `Break`");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn studio_mode_swaps_preview_and_programme() {
    let rig = Rig::new();
    rig.edit(scene("Break")).await;
    assert!(rig.refused(Command::Take).await.starts_with("studio mode is off"));
    rig.notes.take();
    rig.done(Command::StudioMode { on: true }).await;
    assert!(rig.notes.collection().scene("\u{1}take 1").is_some());
    rig.done(Command::ShowScene { scene: "Break".into() }).await;
    let studio = rig.state().await;
    assert_eq!((studio.on_air.as_str(), studio.preview.as_deref()), ("Scene", Some("Break")));
    rig.done(Command::Take).await;
    assert!(rig.notes.collection().scene("\u{1}take 2").is_some());
    let studio = rig.state().await;
    assert_eq!((studio.on_air.as_str(), studio.preview.as_deref()), ("Break", Some("Scene")));
    rig.done(Command::StudioMode { on: false }).await;
    assert_eq!(rig.state().await.preview, None);
    assert_eq!(rig.notes.collection().scenes.len(), 2);
    assert_eq!(
        rig.notes.shown(),
        [
            "cut to \u{1}take 1",
            "preview Scene",
            "preview Break",
            "go to \u{1}take 2",
            "preview Scene",
            "cut to Break",
            "preview nothing"
        ]
    );
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_arranged_in_the_preview_is_on_air_when_it_is_taken() {
    let rig = Rig::new();
    rig.edit(add(colour("ground"), "Scene")).await;
    rig.done(Command::StudioMode { on: true }).await;
    // What the stage shows: the copy on air, and the scene in the preview.
    let x = |name: &str| rig.notes.collection().scene(name).unwrap().items[0].x;
    let moved = |x: i32, studio: &Studio| {
        let item = Item { x, ..studio.collection.scenes[0].items[0].clone() };
        Edit::SetItem { scene: studio.collection.scenes[0].name.clone(), item }
    };
    rig.edit(moved(40, &*rig.state().await)).await;
    assert_eq!((x("\u{1}take 1"), x("Scene")), (0, 40));
    let studio = rig.state().await;
    assert_eq!((studio.programme().unwrap().items[0].x, studio.on_air.as_str()), (0, "Scene"));
    rig.notes.take();

    rig.done(Command::Take).await;
    assert_eq!(rig.notes.shown(), ["go to \u{1}take 2", "preview Scene"]);
    assert_eq!((x("\u{1}take 2"), x("Scene")), (40, 40));
    // Nothing to take: nothing happens to what is on air.
    rig.done(Command::Take).await;
    assert_eq!(rig.notes.shown(), ["preview Scene"]);
    rig.done(Command::Undo).await;
    assert_eq!((x("\u{1}take 2"), x("Scene")), (40, 0));

    // Names are followed, and a scene that goes takes its copy along.
    rig.edit(Edit::SetSource { name: "ground".into(), source: colour("floor") }).await;
    assert_eq!(rig.notes.collection().scene("\u{1}take 2").unwrap().items[0].source, "floor");
    rig.edit(Edit::RenameScene { scene: "Scene".into(), name: "Stage".into() }).await;
    let studio = rig.state().await;
    assert_eq!((studio.on_air.as_str(), studio.programme().unwrap().name.as_str()), ("Stage", "Stage"));
    rig.edit(scene("Break")).await;
    rig.edit(Edit::RemoveScene { scene: "Stage".into() }).await;
    let studio = rig.state().await;
    assert_eq!((studio.on_air.as_str(), studio.programme().unwrap().items.len()), ("Break", 0));
    rig.done(Command::Undo).await;
    rig.done(Command::ShowScene { scene: "Stage".into() }).await;
    rig.done(Command::Take).await;

    // When studio mode ends, what was not taken is seen.
    rig.edit(moved(60, &*rig.state().await)).await;
    rig.done(Command::ShowScene { scene: "Stage".into() }).await;
    rig.notes.take();
    rig.done(Command::StudioMode { on: false }).await;
    assert_eq!(rig.notes.shown(), ["go to Stage", "preview nothing"]);
    assert_eq!(rig.notes.collection().scenes.len(), 2);
    let studio = rig.state().await;
    assert_eq!((studio.aired.clone(), studio.programme().unwrap().items[0].x), (None, 60));
    rig.edit(moved(80, &studio)).await;
    assert_eq!(rig.state().await.programme().unwrap().items[0].x, 80);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_removed_in_the_preview_stays_on_air_until_it_is_taken() {
    let rig = Rig::new();
    rig.edit(scene("Break")).await;
    rig.edit(add(colour("ground"), "Scene")).await;
    rig.edit(add(tone("voice"), "Scene")).await;
    let strip = Strip { volume: 0.5, ..Strip::default() };
    let everywhere = Strip { everywhere: true, ..strip.clone() };
    rig.edit(Edit::SetStrip { source: "voice".into(), strip: everywhere }).await;
    rig.done(Command::StudioMode { on: true }).await;
    let remove = |id| Edit::RemoveItems { scene: "Scene".into(), ids: vec![id] };
    let played = || rig.notes.collection().sources.iter().map(|source| source.name().to_owned()).collect::<Vec<_>>();
    rig.edit(remove(2)).await;
    assert!(rig.state().await.collection.source("voice").is_none());
    // Also after an edit that has nothing to do with it, and another source that goes.
    rig.edit(scene("Later")).await;
    rig.edit(remove(1)).await;
    let stage = rig.notes.collection();
    assert_eq!((played().len(), stage.scene("\u{1}take 1").unwrap().items.len()), (2, 2), "{:?}", played());
    // It is heard as it was in the copy that has it, and not in what is taken next.
    assert_eq!((stage.scene("Scene").unwrap().items.len(), stage.strip("voice")), (0, strip));
    rig.done(Command::Undo).await;
    assert_eq!(played().len(), 2);
    rig.done(Command::Redo).await;

    rig.done(Command::Take).await;
    rig.edit(scene("Last")).await;
    assert!(played().is_empty(), "{:?}", played());
    // The scene on air goes, and the preview is composed anew: its picture may have gone on air.
    rig.done(Command::ShowScene { scene: "Last".into() }).await;
    rig.notes.take();
    rig.edit(Edit::RemoveScene { scene: "Scene".into() }).await;
    assert_eq!(rig.notes.shown().last().map(String::as_str), Some("preview Last"));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_in_the_scene_on_air_is_heard_when_it_is_taken_anew_and_the_preview_stays() {
    let rig = Rig::new();
    rig.edit(scene("Break")).await;
    rig.edit(add(tone("voice"), "Scene")).await;
    let muted = |muted: bool, studio: &Studio| {
        let item = Item { muted, ..studio.collection.scenes[0].items[0].clone() };
        Edit::SetItem { scene: "Scene".into(), item }
    };
    rig.edit(muted(true, &*rig.state().await)).await;
    rig.done(Command::StudioMode { on: true }).await;
    rig.done(Command::ShowScene { scene: "Break".into() }).await;
    rig.edit(muted(false, &*rig.state().await)).await;
    assert!(rig.state().await.programme().unwrap().items[0].muted);
    // As the button beside the advice does it.
    rig.done(Command::ShowScene { scene: "Scene".into() }).await;
    rig.done(Command::Take).await;
    rig.done(Command::ShowScene { scene: "Break".into() }).await;
    let studio = rig.state().await;
    assert!(!studio.programme().unwrap().items[0].muted);
    assert_eq!((studio.on_air.as_str(), studio.preview.as_deref()), ("Scene", Some("Break")));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_canvas_changes_between_shows_only() {
    let rig = Rig::new();
    rig.edit(scene("Break")).await;
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    let canvas =
        Command::Edit { edit: Edit::SetCanvas { canvas: Canvas { width: 320, height: 180, fps: 30 } }, gesture: None };
    rig.done(go_live("")).await;
    assert!(rig.refused(canvas.clone()).await.contains("the canvas cannot change"));
    rig.done(Command::ShowScene { scene: "Break".into() }).await;
    let remove = Edit::RemoveScene { scene: "Break".into() };
    assert!(rig.refused(Command::Edit { edit: remove, gesture: None }).await.contains("is on air"));
    assert!(rig.refused(Command::NewCollection { name: "Other".into() }).await.contains("end the show"));
    rig.done(Command::EndShow).await;
    rig.done(canvas).await;
    assert!(rig.notes.take().contains(&"open My show Break 320x180".to_owned()));
    rig.done(Command::Undo).await;
    assert!(rig.notes.take().contains(&"open My show Break 1280x720".to_owned()));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_come_and_go() {
    let rig = Rig::new();
    rig.edit(add(colour("ground"), "Scene")).await;
    rig.done(Command::NewCollection { name: "Second".into() }).await;
    let studio = rig.state().await;
    assert_eq!(studio.collections, ["My show", "Second"]);
    assert!(studio.collection.sources.is_empty() && !studio.can_undo);
    assert!(rig.refused(Command::NewCollection { name: "Second".into() }).await.contains("already"));
    assert!(rig.refused(Command::NewCollection { name: "  ".into() }).await.contains("name"));
    assert!(rig.refused(Command::RemoveCollection { name: "Second".into() }).await.contains("is open"));
    rig.done(Command::OpenCollection { name: "My show".into(), sources_off: false }).await;
    assert_eq!(rig.state().await.collection.sources.len(), 1);
    rig.done(Command::RemoveCollection { name: "Second".into() }).await;
    assert_eq!(rig.state().await.collections, ["My show"]);

    let text = Collection::default().write().unwrap();
    rig.done(Command::ImportCollection { text }).await;
    let studio = rig.state().await;
    assert_eq!(studio.collection.name, "My show 2");
    assert!(rig.refused(Command::ImportCollection { text: "scenes = []".into() }).await.contains("not a collection"));
    let rename = Edit::Rename { name: "My show".into() };
    assert!(rig.refused(Command::Edit { edit: rename, gesture: None }).await.contains("already"));
    rig.edit(Edit::Rename { name: "Friday".into() }).await;
    assert_eq!(rig.state().await.collections, ["Friday", "My show"]);
    let home = rig.close().await;

    let rig = Rig::again(home);
    let studio = rig.state().await;
    assert_eq!(studio.collection.name, "Friday");
    assert!(studio.notices.is_empty(), "{:?}", studio.notices);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_is_duplicated_while_it_is_on_air() {
    let rig = Rig::new();
    rig.edit(add(colour("ground"), "Scene")).await;
    rig.destination("a", DestinationKind::Whip, "https://a.example/whip").await;
    rig.done(go_live("")).await;
    rig.notes.take();
    let duplicate =
        |of: &str, name: &str| Command::DuplicateCollection { collection: of.to_owned(), name: name.to_owned() };
    rig.done(duplicate("My show", " Friday ")).await;
    let studio = rig.state().await;
    assert_eq!(
        (studio.collections.join(", ").as_str(), studio.collection.name.as_str()),
        ("Friday, My show", "My show")
    );
    assert_eq!(rig.notes.shown(), [] as [&str; 0], "viewers see nothing of it");
    let taken = "there is a collection named “Friday” already; choose another name";
    assert_eq!(rig.refused(duplicate("My show", "Friday")).await, taken);
    assert_eq!(rig.refused(duplicate("Gone", "Else")).await, "there is no collection named “Gone”");
    assert!(rig.refused(duplicate("My show", "  ")).await.contains("name"));
    rig.done(Command::EndShow).await;

    // The copy goes its own way from here, and one that is not open is copied as well.
    rig.edit(add(colour("sky"), "Scene")).await;
    rig.done(duplicate("Friday", "Saturday")).await;
    let home = rig.close().await;
    let rig = Rig::again(home);
    for name in ["Friday", "Saturday"] {
        rig.done(Command::OpenCollection { name: name.into(), sources_off: false }).await;
        let sources = rig.state().await.collection.sources.len();
        assert_eq!(sources, 1, "{name}");
    }
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_does_not_open_is_said_and_edits_go_on() {
    let home = tempfile::tempdir().unwrap();
    let notes = crate::support::notes::Notes::default();
    notes.fail_next("no element `compositor`");
    let rig = Rig::over(notes.opener(), notes, home);
    let studio = rig.state().await;
    assert!(studio.notices.iter().any(|n| n.severity == Severity::Bad && n.text.contains("compositor")));
    rig.edit(add(colour("ground"), "Scene")).await;
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    assert!(rig.refused(go_live("")).await.contains("compositor"));
    assert!(rig.refused(Command::StartRecording).await.contains("compositor"));
    let notice = rig.state().await.notices[0].id;
    rig.done(Command::Dismiss { notice }).await;
    assert!(rig.state().await.notices.is_empty());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_item_takes_the_shape_that_its_source_tells_and_an_old_one_stays() {
    let tells = |rig: &Rig, width, height| {
        rig.notes.happen(Event::Shape { name: "logo".into(), shape: Shape { width, height } });
    };
    let known = |width: u32| move |studio: &Studio| studio.shapes.values().any(|s| s.width == width);
    let place = |collection: &Collection| {
        let item = &collection.scenes[0].items[0];
        (item.x, item.y, item.width, item.height)
    };
    let shaped = (160, 0, Some(960), Some(720));
    let rig = Rig::new();
    let logo = Source::Image(ImageFile { name: "logo".into(), path: "logo.png".into() });
    rig.edit(add(logo, "Scene")).await;
    rig.notes.take();
    tells(&rig, 640, 480);
    let studio = rig.until("its shape", known(640)).await;
    assert_eq!((place(&studio.collection), place(&rig.notes.collection())), (shaped, shaped));
    assert_eq!(rig.notes.take(), ["set 1 sources"]);

    // Its shape is no step of its own.
    rig.done(Command::Undo).await;
    let studio = rig.state().await;
    assert!(studio.collection.sources.is_empty() && studio.shapes.is_empty() && !studio.can_undo);
    rig.done(Command::Redo).await;
    assert_eq!(place(&rig.state().await.collection), shaped);
    let home = rig.close().await;

    let rig = Rig::again(home);
    assert_eq!(place(&rig.state().await.collection), shaped);
    tells(&rig, 480, 640);
    let studio = rig.until("another shape", known(480)).await;
    assert_eq!((place(&studio.collection), studio.can_undo), (shaped, false));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_filter_lacks_is_said_until_it_lacks_it_no_more() {
    let rig = Rig::new();
    rig.edit(add(colour("ground"), "Scene")).await;
    let told = |problem: Option<&str>| {
        let problems = problem.map(ToOwned::to_owned).into_iter().collect();
        rig.notes.happen(Event::Look { name: "ground".to_owned(), problems });
    };
    let says = |text: &'static str| move |studio: &Studio| studio.notices.iter().map(|n| n.text.as_str()).eq([text]);
    told(Some("film.cube is empty"));
    rig.until("why", says("A filter of “ground” does nothing: film.cube is empty.")).await;
    told(Some("film.cube is not there"));
    rig.until("the newest reason alone", says("A filter of “ground” does nothing: film.cube is not there.")).await;
    told(None);
    let studio = rig.until("nothing is wrong", |studio| studio.notices.is_empty()).await;
    assert!(studio.looks.is_empty());
    rig.close().await;
}
