//! WebDriver, as WebKit speaks it: the few calls that the tests need, over plain HTTP.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpSocket;

/// Longer than anything here takes; reached only by what is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// The name under which an element's reference stands (WebDriver, section 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A program that is gone when this is.
pub(crate) struct Program(Child);

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let program = command.get_program().to_owned();
        Self(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display())))
    }
}

impl Program {
    /// What it writes, if it was started so that this is read.
    pub(crate) fn stdout(&mut self) -> std::process::ChildStdout {
        self.0.stdout.take().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An X server of its own, and the display's name.
pub(crate) fn display() -> (Program, String) {
    use std::io::{BufRead, BufReader};
    let mut child = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb, from Debian's package xvfb");
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Program(child), format!(":{}", line.trim()))
}

pub(crate) struct Driver {
    http: reqwest::Client,
    session: String,
    _program: Program,
}

impl Driver {
    /// Starts a program under WebKitWebDriver, with an environment of its own.
    pub(crate) async fn open(program: &Path, environment: &[(&str, &str)]) -> Self {
        // Held until it listens there, so that nobody else is given the port.
        let held = TcpSocket::new_v4().unwrap();
        held.set_reuseaddr(true).unwrap();
        held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = held.local_addr().unwrap();
        let driver = Program::start(
            Command::new("WebKitWebDriver")
                .args([format!("--port={}", address.port()), "--host=127.0.0.1".to_owned()])
                .envs(environment.iter().copied())
                // What tauri-driver sets: the window lets itself be driven.
                .env("TAURI_AUTOMATION", "true")
                .env("TAURI_WEBVIEW_AUTOMATION", "true"),
        );
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let server = format!("http://{address}");
        let started = Instant::now();
        while http.get(format!("{server}/status")).send().await.is_err() {
            assert!(started.elapsed() < PATIENCE, "WebKitWebDriver, from Debian's package webkit2gtk-driver");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let wanted = json!({ "webkitgtk:browserOptions": { "binary": program, "args": [] } });
        let body = json!({ "capabilities": { "alwaysMatch": wanted } });
        let answer = http.post(format!("{server}/session")).body(body.to_string()).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}"));
        let driver = Self { session: format!("{server}/session/{id}"), http, _program: driver };
        // The window is there before its page is.
        while driver.run("return location.origin", json!([])).await != "tauri://localhost" {
            assert!(started.elapsed() < 2 * PATIENCE, "the page does not come");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        driver
    }

    async fn ask(&self, method: reqwest::Method, path: &str, body: Value) -> Result<Value, String> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.session)).timeout(PATIENCE);
        if method == reqwest::Method::POST {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let good = answer.status().is_success();
        let answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        if good {
            Ok(answer["value"].clone())
        } else {
            Err(format!("{}: {}", answer["value"]["error"], answer["value"]["message"]))
        }
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value, String> {
        self.ask(reqwest::Method::POST, path, body).await
    }

    /// What a script returns. It has the arguments in `arguments`.
    pub(crate) async fn run(&self, script: &str, arguments: Value) -> Value {
        let answer = self.post("/execute/sync", json!({ "script": script, "args": arguments })).await;
        answer.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What a script returns that waits: it calls the last of its arguments.
    pub(crate) async fn wait_for(&self, script: &str, arguments: Value) -> Value {
        let answer = self.post("/execute/async", json!({ "script": script, "args": arguments })).await;
        answer.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// The element that `xpath` names, as soon as there is one.
    pub(crate) async fn find(&self, xpath: &str) -> String {
        let started = Instant::now();
        loop {
            let found = self.post("/element", json!({ "using": "xpath", "value": xpath })).await;
            match found {
                Ok(found) => return found[ELEMENT].as_str().unwrap().to_owned(),
                Err(error) => {
                    let page = || async { self.run("return document.body.innerText", json!([])).await };
                    assert!(started.elapsed() < PATIENCE, "no {xpath}: {error}; {}", page().await);
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Clicks at the element that `xpath` names, once it is still enough to be clicked at: the page may draw it anew meanwhile.
    pub(crate) async fn click(&self, xpath: &str) {
        let started = Instant::now();
        loop {
            let element = self.find(xpath).await;
            let Err(error) = self.post(&format!("/element/{element}/click"), json!({})).await else { return };
            assert!(started.elapsed() < PATIENCE, "{xpath}: {error}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The window as PNG.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        use base64::Engine;
        let picture = self.ask(reqwest::Method::GET, "/screenshot", Value::Null).await.unwrap();
        base64::engine::general_purpose::STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    /// Closes the window.
    pub(crate) async fn close(self) {
        let _ = self.ask(reqwest::Method::DELETE, "", Value::Null).await;
    }
}
