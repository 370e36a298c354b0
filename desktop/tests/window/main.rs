//! The real window, driven as a person would: under an X server of its own, with files of its own and no keyring.

#![expect(clippy::unwrap_used, reason = "what the tests share stands outside of test functions")]

mod desktop;
mod driver;
mod kept;
mod links;
mod tray;

use std::path::{Path, PathBuf};

use driver::{Driver, display};
use serde_json::{Value, json};

const STUDIO: &str = env!("CARGO_BIN_EXE_klieg-studio");

/// Calls the studio as the interface does.
const INVOKE: &str = "const done = arguments[arguments.length - 1];
    window.__TAURI__.core.invoke(arguments[0], arguments[1]).then(ok => done({ ok }), error => done({ error: String(error) }));";

async fn invoke(driver: &Driver, name: &str, args: Value) -> Value {
    driver.wait_for(INVOKE, json!([name, args])).await
}

async fn command(driver: &Driver, command: Value) -> Value {
    invoke(driver, "command", json!({ "command": command })).await
}

/// What the studio is started with: files, a display and a session bus of its own.
fn environment<'a>(display: &'a str, home: &'a Path, bus: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("DISPLAY", display),
        ("KLIEG_STUDIO_HOME", home.to_str().unwrap()),
        ("DBUS_SESSION_BUS_ADDRESS", bus),
        ("GDK_BACKEND", "x11"),
        ("NO_AT_BRIDGE", "1"),
        // Neither a graphics card nor a sandbox for the page's process is to be had everywhere that tests run.
        ("LIBGL_ALWAYS_SOFTWARE", "1"),
        ("XDG_SESSION_TYPE", "x11"),
    ]
}

/// Where a picture of the window is kept, to be looked at.
async fn picture(driver: &Driver, name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, driver.screenshot().await).unwrap();
    println!("{}", path.display());
    path
}

#[tokio::test]
async fn a_creator_opens_the_studio_and_adds_a_source() {
    let home = tempfile::tempdir().unwrap();
    let (_display, display) = display();
    let environment = environment(&display, home.path(), "unix:path=/nonexistent");
    let driver = Driver::open(Path::new(STUDIO), &environment).await;

    assert_eq!(driver.run("return location.origin", json!([])).await, "tauri://localhost");
    let title = driver.run("return document.querySelector('h1')?.innerText ?? ''", json!([])).await;
    assert_ne!(title, "The interface is not built", "run cargo xtask studio, then this test again");
    assert_eq!(command(&driver, json!({ "command": "welcomed" })).await, json!({ "ok": null }));
    let studio = invoke(&driver, "state", json!({})).await;
    assert_eq!(studio["ok"]["on_air"], "Scene");
    assert!(studio["ok"]["keyring"].as_str().is_none_or(|said| said.contains("gnome-keyring")), "{studio}");

    // Only what the window needs is allowed to it.
    let refused = "const done = arguments[arguments.length - 1];
        window.__TAURI__.core.invoke('plugin:window|close').then(() => done('closed'), error => done(String(error)));";
    assert!(driver.wait_for(refused, json!([])).await.as_str().unwrap().contains("not allowed"));
    // Nor does the page run what it did not come with, or reach what it should not.
    let evaluated = "try { return new Function('return 1')() } catch (error) { return String(error) }";
    assert!(driver.run(evaluated, json!([])).await.to_string().contains("Content Security Policy"));
    let inline = "const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.head.append(script);
        return window.ran ?? false;";
    assert_eq!(driver.run(inline, json!([])).await, false);
    let outside = "const done = arguments[arguments.length - 1];
        fetch(arguments[0], { mode: 'no-cors' }).then(() => done('fetched'), () => done('refused'));";
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://127.0.0.1:{}/", server.local_addr().unwrap().port());
    assert_eq!(driver.wait_for(outside, json!([address])).await, "refused");
    server.set_nonblocking(true).unwrap();
    assert!(server.accept().is_err(), "the page reached another server");

    let source = json!({ "kind": "test", "name": "A moving ball", "pattern": "ball" });
    let added = json!({ "command": "edit", "edit": "add_source", "source": source, "scene": "Scene" });
    assert_eq!(command(&driver, added.clone()).await, json!({ "ok": null }));
    assert_eq!(
        command(&driver, added).await["error"],
        "there is a source named `A moving ball` already; choose another name"
    );
    // The interface hears of it by itself, and shows the picture.
    driver.find("//*[contains(text(), 'A moving ball')]").await;
    driver.find("//canvas[@data-shown='true']").await;
    picture(&driver, "studio-window.png").await;
    driver.close().await;
}

#[tokio::test]
async fn remote_control_is_switched_on_in_the_settings_and_works_as_documented() {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;

    let home = tempfile::tempdir().unwrap();
    let (_display, display) = display();
    let environment = environment(&display, home.path(), "unix:path=/nonexistent");
    let driver = Driver::open(Path::new(STUDIO), &environment).await;
    command(&driver, json!({ "command": "welcomed" })).await;
    driver.click("//button[@aria-label='Settings']").await;
    driver.click("//nav[@aria-label='Settings']//button[contains(., 'Remote control')]").await;
    driver.click("//input[@name='remote']").await;
    driver.find("//code[contains(@class, 'address') and contains(., 'ws://127.0.0.1:')]").await;

    let found: Value = serde_json::from_slice(&std::fs::read(home.path().join("state/remote.json")).unwrap()).unwrap();
    let url = format!("{}?events=none&token={}", found["url"].as_str().unwrap(), found["token"].as_str().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let action = json!({ "does": "studio-mode" });
    let asked =
        json!({ "id": 7, "invoke": "command", "args": { "command": { "command": "press", "action": action } } });
    socket.send(Message::text(asked.to_string())).await.unwrap();
    let answer = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap(), json!({ "id": 7, "ok": null }));
    driver.find("//button[contains(., 'Studio mode') and @aria-pressed='true']").await;

    driver.click("//input[@name='remote']").await;
    while let Some(Ok(message)) = socket.next().await {
        assert!(matches!(message, Message::Close(_)), "{message}");
    }
    driver.close().await;
}
