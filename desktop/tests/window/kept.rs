//! What outlives the window: files that the creator exports, and its own size.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::desktop::{comes, done, is_seen, keys, seen, until};
use crate::driver::{Driver, PATIENCE, display};
use crate::{STUDIO, environment};

/// Names a file in a window that asks for one, as a person types it. Whether the window is gone then.
fn save_as(display: &str, title: &str, file: &Path) -> bool {
    let Some(window) = seen(display, title) else { return true };
    // Without a window manager nobody gives a window the keyboard.
    keys(display, &["windowfocus", "--sync", &window]);
    keys(display, &["key", "ctrl+a"]);
    keys(display, &["type", file.to_str().unwrap()]);
    keys(display, &["key", "Return"]);
    let started = Instant::now();
    while is_seen(display, title) && started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(50));
    }
    !is_seen(display, title)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_is_imported_again() {
    let home = tempfile::tempdir().unwrap();
    let (_server, display) = display();
    let environment = environment(&display, home.path(), "unix:path=/nonexistent");
    let driver = Driver::open(Path::new(STUDIO), &environment).await;
    done(&driver, json!({ "command": "welcomed" })).await;
    done(&driver, json!({ "command": "edit", "edit": "add_scene", "name": "Break" })).await;
    // It is answered when the file is there.
    let ask = "window.exported = undefined;
        window.__TAURI__.core.invoke(arguments[0]).then(path => { window.exported = path; }); return null";
    for (export, title, import) in [
        ("export_collection", "Export the collection", "import_collection"),
        ("export_profile", "Export the profile", "import_profile"),
    ] {
        let file = home.path().join(format!("{export}.toml"));
        driver.run(ask, json!([export])).await;
        comes("the window", || is_seen(&display, title)).await;
        comes("the name is taken", || save_as(&display, title, &file)).await;
        let started = Instant::now();
        while driver.run("return window.exported ?? null", json!([])).await != json!(file) {
            assert!(started.elapsed() < PATIENCE, "{export} is not answered with {}", file.display());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        done(&driver, json!({ "command": import, "text": text })).await;
    }
    let both = |names: &Value| names.as_array().is_some_and(|names| names.len() == 2);
    let studio = until(&driver, "both", |studio| both(&studio["collections"]) && both(&studio["profiles"])).await;
    assert_eq!(studio["collection"]["scenes"][1]["name"], "Break");
    driver.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_opens_as_large_as_it_was_left() {
    const TITLE: &str = "Klieg Studio";
    let home = tempfile::tempdir().unwrap();
    let (_server, display) = display();
    let environment = environment(&display, home.path(), "unix:path=/nonexistent");
    let driver = Driver::open(Path::new(STUDIO), &environment).await;
    comes("the window", || is_seen(&display, TITLE)).await;
    let window = seen(&display, TITLE).unwrap();
    keys(&display, &["windowsize", &window, "1180", "760"]);
    let size = async |driver: &Driver| driver.run("return [innerWidth, innerHeight]", json!([])).await;
    let is_so = async |driver: &Driver| {
        let started = Instant::now();
        while size(driver).await != json!([1180, 760]) {
            assert!(started.elapsed() < PATIENCE, "it is {} large", size(driver).await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    is_so(&driver).await;
    // As the session's end closes it.
    let told = Command::new("xdotool").args(["getwindowpid", &window]).env("DISPLAY", &display).output().unwrap();
    let process = String::from_utf8(told.stdout).unwrap();
    assert!(Command::new("kill").args(["-TERM", process.trim()]).status().unwrap().success());
    let state = home.path().join("state");
    // Its library is free when it has ended.
    let is_free = || {
        let lock = File::open(state.join("lock")).unwrap();
        lock.try_lock().is_ok() && lock.unlock().is_ok()
    };
    comes("closed", || state.join("window.json").exists() && is_free()).await;
    assert!(!state.join("running").exists());
    driver.close().await;
    let driver = Driver::open(Path::new(STUDIO), &environment).await;
    is_so(&driver).await;
    driver.close().await;
}
