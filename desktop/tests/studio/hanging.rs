//! The whole program beside a display that answers nobody.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::program::{Program, STUDIO, signal};

/// An X server that takes connections and says nothing.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn hanging() -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().expect("Xvfb (apt-get install xvfb)");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        signal("STOP", &server);
        Self { server, name: format!(":{}", number.trim()) }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_that_hangs_holds_up_neither_the_creator_nor_the_end() {
    let (display, home) = (Display::hanging(), tempfile::tempdir().unwrap());
    let mut command = Command::new(STUDIO);
    command.env("DISPLAY", &display.name).env("PULSE_SERVER", "unix:/nonexistent");
    let mut studio = Program::start(&mut command, home.path()).await;
    for name in ["One", "Two", "Three"] {
        let source = json!({ "kind": "screen", "name": name, "display": display.name });
        studio.done(json!({ "command": "edit", "edit": "add_source", "scene": "Scene", "source": source })).await;
    }

    let looking =
        json!({ "id": "look", "invoke": "command", "args": { "command": { "command": "look_for_devices" } } });
    studio.remote.send(&looking.to_string()).await;
    studio.done(json!({ "command": "studio_mode", "on": true })).await;
    let answer = loop {
        let message = studio.remote.next_json().await.expect("an answer");
        if message["id"] == "look" {
            break message;
        }
    };
    assert!(answer["error"].as_str().is_some_and(|said| said.contains("does not answer")), "{answer}");

    // Each of the sources, and what follows the devices, may take five seconds.
    let asked = Instant::now();
    assert!(studio.stop().success());
    assert!(asked.elapsed() < Duration::from_secs(15), "they were waited for one after another");
}
