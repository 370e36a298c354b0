//! What reaches the studio past its window: the desktop's keys, its tray, its windows for files, and links.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt};
use x11rb::rust_connection::RustConnection;

use crate::driver::{Driver, PATIENCE, display};
use crate::tray::{Tray, session_bus};
use crate::{STUDIO, command, environment, invoke, picture};

pub(crate) async fn until(driver: &Driver, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let studio = invoke(driver, "state", json!({})).await;
        if wanted(&studio["ok"]) {
            return studio["ok"].clone();
        }
        assert!(started.elapsed() < PATIENCE, "never: {what}; {studio}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits for what the tray or the computer shows, which blocks.
pub(crate) async fn comes(what: &str, mut is_so: impl FnMut() -> bool + Send) {
    let started = Instant::now();
    while !tokio::task::block_in_place(&mut is_so) {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Real presses, as a keyboard makes them (XTEST).
pub(crate) fn keys(display: &str, arguments: &[&str]) {
    let done = Command::new("xdotool").args(arguments).env("DISPLAY", display).status();
    assert!(done.expect("xdotool, from Debian's package of this name").success(), "{arguments:?}");
}

/// Lets two keys change their places, as another layout of the keyboard does. They are named as X does it.
fn swap_keys(display: &str, keys: [u32; 2]) {
    let (connection, _) = RustConnection::connect(Some(display)).unwrap();
    let (first, last) = (connection.setup().min_keycode, connection.setup().max_keycode);
    let written = connection.get_keyboard_mapping(first, last - first + 1).unwrap().reply().unwrap();
    let each = written.keysyms_per_keycode;
    let places = keys.map(|sign| written.keysyms.chunks(each.into()).position(|key| key[0] == sign).unwrap());
    for (sign, place) in [(keys[0], places[1]), (keys[1], places[0])] {
        let signs = vec![sign; each.into()];
        let place = first + u8::try_from(place).unwrap();
        connection.change_keyboard_mapping(1, place, each, &signs).unwrap().check().unwrap();
    }
}

/// The window with this title, if it is shown.
pub(crate) fn seen(display: &str, title: &str) -> Option<String> {
    let search = ["search", "--onlyvisible", "--name", &format!("^{title}$")];
    let found = Command::new("xdotool").args(search).env("DISPLAY", display).output().unwrap();
    String::from_utf8(found.stdout).unwrap().lines().next().map(str::to_owned)
}

pub(crate) fn is_seen(display: &str, title: &str) -> bool {
    seen(display, title).is_some()
}

/// The window above which a window stays.
fn stays_above(display: &str, window: &str) -> Option<u32> {
    let (connection, _) = RustConnection::connect(Some(display)).unwrap();
    let (window, above) = (window.parse().unwrap(), AtomEnum::WM_TRANSIENT_FOR);
    let told = connection.get_property(false, window, above, AtomEnum::WINDOW, 0, 1).unwrap().reply().unwrap();
    told.value32()?.next()
}

/// Clicks at the middle one of the buttons along the lower edge of a window.
fn click_below(display: &str, title: &str) {
    let window = seen(display, title).unwrap();
    let geometry = ["getwindowgeometry", "--shell", &window];
    let told = Command::new("xdotool").args(geometry).env("DISPLAY", display).output().unwrap().stdout;
    let told = String::from_utf8(told).unwrap();
    let side = |name: &str| told.lines().find_map(|line| line.strip_prefix(name)?.parse::<u32>().ok()).unwrap();
    let (x, y) = (side("WIDTH=") / 2, side("HEIGHT=") - 16);
    keys(display, &["mousemove", "--window", &window, &x.to_string(), &y.to_string(), "click", "1"]);
}

/// A picture of all windows, to be looked at.
fn whole_display(display: &str, name: &str) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let grab = ["-loglevel", "error", "-y", "-f", "x11grab", "-i", display, "-frames:v", "1"];
    assert!(Command::new("ffmpeg").args(grab).arg(&path).status().unwrap().success());
    println!("{}", path.display());
}

pub(crate) async fn done(driver: &Driver, asked: Value) {
    assert_eq!(command(driver, asked.clone()).await, json!({ "ok": null }), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desktops_keys_reach_a_studio_without_the_focus() {
    let home = tempfile::tempdir().unwrap();
    let (_server, display) = display();
    let environment = environment(&display, home.path(), "unix:path=/nonexistent");
    let driver = Driver::open(Path::new(STUDIO), &environment).await;
    done(&driver, json!({ "command": "welcomed" })).await;
    let voice = json!({ "kind": "tone", "name": "Voice" });
    done(&driver, json!({ "command": "edit", "edit": "add_source", "source": voice, "scene": "Scene" })).await;
    done(&driver, json!({ "command": "edit", "edit": "add_scene", "name": "Break" })).await;
    let scene = json!({ "does": "scene", "scene": "Break" });
    done(&driver, json!({ "command": "set_hotkey", "action": scene, "keys": "Ctrl+Alt+B", "outside": true })).await;
    let talk = json!({ "does": "push-to-talk", "source": "Voice" });
    done(&driver, json!({ "command": "set_hotkey", "action": talk, "keys": "F8", "outside": true })).await;

    // Nothing of the window has the keyboard: without a window manager it follows the pointer.
    keys(&display, &["mousemove", "1439", "899"]);
    let started = Instant::now();
    while driver.run("return document.hasFocus()", json!([])).await == json!(true) {
        assert!(started.elapsed() < PATIENCE, "the window keeps the focus");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The desktop is asked for the keys a moment after they were set, so they are pressed until they do something.
    let started = Instant::now();
    while invoke(&driver, "state", json!({})).await["ok"]["on_air"] != "Break" {
        assert!(started.elapsed() < PATIENCE, "the key does nothing");
        keys(&display, &["key", "ctrl+alt+b"]);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // What is as usual is not in the state.
    let muted = |muted: bool| {
        move |studio: &Value| studio["collection"]["strips"]["Voice"]["muted"].as_bool().unwrap_or_default() == muted
    };
    let started = Instant::now();
    while muted(false)(&invoke(&driver, "state", json!({})).await["ok"]) {
        assert!(started.elapsed() < PATIENCE, "talking by the key does nothing");
        keys(&display, &["keydown", "F8", "keyup", "F8"]);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    keys(&display, &["keydown", "F8"]);
    until(&driver, "heard while the key is down", muted(false)).await;
    keys(&display, &["keyup", "F8"]);
    until(&driver, "silent when it is up", muted(true)).await;

    // Another layout has the key elsewhere, and it is heard there, as soon as the desktop has given it again.
    swap_keys(&display, [0xffc5, 0xffc6]);
    let started = Instant::now();
    loop {
        keys(&display, &["keydown", "F8"]);
        tokio::time::sleep(Duration::from_millis(200)).await;
        if muted(false)(&invoke(&driver, "state", json!({})).await["ok"]) {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "the key does nothing where it is now");
        keys(&display, &["keyup", "F8"]);
    }
    keys(&display, &["keyup", "F8"]);
    until(&driver, "silent when it is up", muted(true)).await;

    // A key that another program has is said; one that is given back does nothing.
    let studio = until(&driver, "heard outside", |studio| studio["outside"]["problem"].is_null()).await;
    assert_eq!(studio["outside"]["taken"], json!([]));
    done(&driver, json!({ "command": "set_hotkey", "action": { "does": "scene", "scene": "Break" } })).await;
    let studio =
        until(&driver, "given back", |studio| studio["profile"]["hotkeys"].as_array().unwrap().len() == 1).await;
    assert_eq!(studio["on_air"], "Break");
    driver.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_chosen_above_the_studios_window() {
    let home = tempfile::tempdir().unwrap();
    let (_server, display) = display();
    let environment = environment(&display, home.path(), "unix:path=/nonexistent");
    let driver = Driver::open(Path::new(STUDIO), &environment).await;
    done(&driver, json!({ "command": "welcomed" })).await;
    // It is answered when a file is chosen.
    driver.run("window.__TAURI__.core.invoke('pick_file', { kind: 'image' }); return null", json!([])).await;
    comes("the window", || is_seen(&display, "Choose a picture")).await;
    let window = |title: &str| seen(&display, title).unwrap();
    assert_eq!(stays_above(&display, &window("Choose a picture")), window("Klieg Studio").parse().ok());
    driver.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_chosen_by_pressing_them() {
    let home = tempfile::tempdir().unwrap();
    let (_server, display) = display();
    let environment = environment(&display, home.path(), "unix:path=/nonexistent");
    let driver = Driver::open(Path::new(STUDIO), &environment).await;
    done(&driver, json!({ "command": "welcomed" })).await;
    driver.click("//button[@aria-label='Settings']").await;
    driver.click("//nav[@aria-label='Settings']//button[contains(., 'Hotkeys')]").await;
    let button = |label: &str| format!("//button[starts-with(@aria-label, '{label}')]");
    let press = "const keys = arguments[1];
        arguments[0].dispatchEvent(new KeyboardEvent('keydown', { ...keys, bubbles: true, cancelable: true }));";
    let chosen = async |label: &str, keys: Value| {
        driver.click(&button(label)).await;
        let pressed = driver.find(&format!("//button[starts-with(@aria-label, '{label}: press the keys')]")).await;
        let element = json!({ "element-6066-11e4-a52e-4f735466cecf": pressed });
        driver.run(press, json!([element, keys])).await;
    };
    let f9 = json!({ "key": "F9", "code": "F9", "ctrlKey": true });
    chosen("Go live or end the show", f9.clone()).await;
    driver.find(&button("Go live or end the show: Ctrl+F9. Change")).await;
    let studio = until(&driver, "kept", |studio| !studio["profile"]["hotkeys"].as_array().unwrap().is_empty()).await;
    assert_eq!(studio["profile"]["hotkeys"][0], json!({ "keys": "Ctrl+F9", "outside": true, "does": "show" }));
    // Twice the same is refused in words, and what is refused changes nothing.
    chosen("Start or stop the recording", f9).await;
    driver.find("//*[@role='alert' and contains(., 'Ctrl+F9 is taken by')]").await;
    picture(&driver, "studio-hotkeys.png").await;
    // Escape leaves it as it is, and the dialog open.
    chosen("Start or stop the recording", json!({ "key": "Escape", "code": "Escape" })).await;
    driver.find(&button("Start or stop the recording: Not set. Change")).await;
    // Keys that type work in the window alone.
    chosen("Set a marker", json!({ "key": "m", "code": "KeyM" })).await;
    driver.find(&button("Set a marker: M. Change")).await;
    let studio = invoke(&driver, "state", json!({})).await;
    assert_eq!(studio["ok"]["profile"]["hotkeys"][1], json!({ "keys": "M", "outside": false, "does": "mark" }));
    driver.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tray_and_links_reach_the_studio_that_runs() {
    let home = tempfile::tempdir().unwrap();
    let (_server, display) = display();
    let (_bus, bus) = session_bus();
    let tray = tokio::task::block_in_place(|| Tray::on(&bus));
    let environment = environment(&display, home.path(), &bus);
    let driver = Driver::open(Path::new(STUDIO), &environment).await;
    done(&driver, json!({ "command": "welcomed" })).await;
    let voice = json!({ "kind": "microphone", "name": "Voice", "device": "none" });
    done(&driver, json!({ "command": "edit", "edit": "add_source", "source": voice, "scene": "Scene" })).await;

    comes("off air", || tray.says() == "Klieg Studio: Off air").await;
    let idle = tokio::task::block_in_place(|| tray.icon());
    let labels: Vec<_> = tokio::task::block_in_place(|| tray.menu()).into_iter().map(|(_, label)| label).collect();
    assert_eq!(labels, ["Show the window", "Go live", "Start recording", "Mute microphones", "Quit"]);
    tokio::task::block_in_place(|| tray.click("Mute microphones"));
    until(&driver, "muted", |studio| studio["collection"]["strips"]["Voice"]["muted"] == true).await;
    tokio::task::block_in_place(|| tray.click("Start recording"));
    until(&driver, "recording", |studio| studio["recording"].is_object()).await;
    comes("the lamp", || tray.says() == "Klieg Studio: Recording" && tray.icon() != idle).await;
    // Quitting would end it, so it is asked about; where there is a tray, the window alone can go.
    tokio::task::block_in_place(|| tray.click("Quit"));
    comes("the question", || is_seen(&display, "The recording runs")).await;
    whole_display(&display, "studio-closing.png");
    click_below(&display, "The recording runs");
    comes("hidden", || !is_seen(&display, "Klieg Studio")).await;
    tokio::task::block_in_place(|| tray.click("Show the window"));
    comes("shown", || is_seen(&display, "Klieg Studio")).await;
    until(&driver, "still recording", |studio| studio["recording"].is_object()).await;
    tokio::task::block_in_place(|| tray.click("Stop recording"));
    until(&driver, "stopped", |studio| studio["recording"].is_null()).await;
    comes("no lamp", || tray.icon() == idle).await;
    // What cannot be done is said in the window.
    tokio::task::block_in_place(|| tray.click("Go live"));
    driver.find("//*[contains(text(), 'add a destination')]").await;

    // A browser that opens a link starts the studio again; that one hands it over and is gone.
    let link = "klieg-studio://sign-in?server=http%3A%2F%2F127.0.0.1%3A1&code=klieg_code_x";
    let second = tokio::process::Command::new(STUDIO).arg(link).envs(environment).status();
    assert!(tokio::time::timeout(PATIENCE, second).await.unwrap().unwrap().success());
    driver.find("//h2[contains(., 'Sign in to 127.0.0.1:1?')]").await;
    picture(&driver, "studio-offer.png").await;
    assert!(invoke(&driver, "state", json!({})).await["ok"]["account"].is_null(), "nobody was asked");
    driver.click("//dialog[@open]//button[normalize-space(.)='Sign in']").await;
    driver.find("//*[contains(text(), 'The server cannot be reached.')]").await;
    until(&driver, "answered", |studio| studio["offer"].is_null()).await;
    tokio::task::block_in_place(|| tray.click("Quit"));
    comes("closed", || !Path::new(&home.path().join("state/running")).exists()).await;
    driver.close().await;
}
