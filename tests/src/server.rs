//! A real `klieg-server` on ports of its own, and a person's calls to it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use klieg_api::accounts::{NewStreamKey, Tokens};
use klieg_api::channels::{Channel, Live};
use reqwest::{Client, Method, Response};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::Process;
use crate::{PATIENCE, program, wait_for};

/// A server with an empty database.
#[derive(Debug)]
pub struct Server {
    pub process: Process,
    /// `host:port` of each listener.
    pub http: String,
    pub rtmp: String,
    pub rtc: String,
    pub client: Client,
    data: TempDir,
    arguments: Vec<String>,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// As [`start`](Self::start), with more arguments to `serve`.
    pub fn start_with(arguments: &[&str]) -> Result<Self> {
        Self::start_in(tempfile::tempdir()?, "", arguments)
    }

    /// As [`start`](Self::start), with more lines of the table `[limits]`.
    pub fn start_limited(limits: &str) -> Result<Self> {
        Self::start_in(tempfile::tempdir()?, limits, &[])
    }

    /// As [`start_limited`](Self::start_limited), in a folder of the caller's, with more arguments.
    pub fn start_in(data: TempDir, limits: &str, arguments: &[&str]) -> Result<Self> {
        // Tests sign up and log in far faster than people do, and their encoders may take long to come back.
        let roomy = "grace_s = 180\n[limits]\nsign_up = \"1000/min\"\nlog_in = \"1000/min\"\nlog_in_account = \"1000/min\"\nlog_in_address = \"1000/min\"\n";
        std::fs::write(data.path().join("klieg.toml"), format!("{roomy}{limits}"))?;
        let (process, [http, rtmp, rtc]) = spawn(data.path(), arguments)?;
        let arguments = arguments.iter().map(ToString::to_string).collect();
        Ok(Self { process, http, rtmp, rtc, client: Client::new(), data, arguments })
    }

    /// Kills the server as a power cut does, and starts it again on the same data (and other ports).
    pub fn restart_after_kill(&mut self) -> Result<()> {
        self.process.signal(Signal::KILL)?;
        self.process.wait(PATIENCE)?;
        self.start_again()
    }

    /// Starts a server that has ended again.
    pub fn start_again(&mut self) -> Result<()> {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        (self.process, [self.http, self.rtmp, self.rtc]) = spawn(self.data.path(), &arguments)?;
        Ok(())
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("server.log")).unwrap_or_default()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }

    pub async fn get(&self, path: &str) -> Result<Response> {
        Ok(self.client.get(self.url(path)).send().await?)
    }

    /// Signs a person up and logs in.
    pub async fn person(&self, handle: &str) -> Result<Person> {
        let account = json!({"handle": handle, "email": format!("{handle}@example.org"), "password": "correct horse"});
        let answer = self.client.post(self.url("/api/v1/accounts")).json(&account).send().await?;
        ensure!(answer.status() == 201, "sign-up: {} {}", answer.status(), answer.text().await?);
        let log_in = json!({"login": handle, "password": "correct horse"});
        let answer = self.client.post(self.url("/api/v1/sessions")).json(&log_in).send().await?;
        ensure!(answer.status() == 201, "log-in: {} {}", answer.status(), answer.text().await?);
        Ok(Person { handle: handle.to_owned(), tokens: answer.json().await? })
    }

    /// Calls the API as a person.
    pub async fn call(&self, person: &Person, method: Method, path: &str, body: Option<Value>) -> Result<Response> {
        let mut request = self.client.request(method, self.url(path)).bearer_auth(&person.tokens.access_token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Ok(request.send().await?)
    }

    pub async fn stream_key(&self, person: &Person) -> Result<NewStreamKey> {
        let answer = self.call(person, Method::POST, "/api/v1/me/stream-keys", None).await?;
        ensure!(answer.status() == 201, "stream key: {}", answer.status());
        Ok(answer.json().await?)
    }

    /// A channel's broadcast, if it is on.
    pub async fn live(&self, handle: &str) -> Result<Option<Live>> {
        let answer = self.get(&format!("/api/v1/channels/{handle}")).await?.error_for_status()?;
        Ok(answer.json::<Channel>().await?.live)
    }

    /// Waits until a channel is live with at least these renditions.
    pub async fn until_live(&self, handle: &str, renditions: &[&str]) -> Result<Live> {
        wait_for(&format!("{handle} live with {renditions:?}"), PATIENCE, async || {
            let live = self.live(handle).await?;
            let has = |live: &Live, name: &str| live.renditions.iter().any(|rendition| rendition.name == name);
            Ok(live.filter(|live| renditions.iter().all(|name| has(live, name))))
        })
        .await
    }

    /// Waits until a channel's broadcast is over.
    pub async fn until_offline(&self, handle: &str, patience: Duration) -> Result<()> {
        let offline = async || Ok(self.live(handle).await?.is_none().then_some(()));
        wait_for(&format!("{handle} offline"), patience, offline).await
    }

    /// Asks the server to drain, as an operator does, and waits for its end.
    pub fn terminate(&mut self) -> Result<std::process::ExitStatus> {
        self.process.signal(Signal::TERM)?;
        self.process.wait(PATIENCE)
    }
}

/// Starts the program and reads its addresses (HTTP, RTMP, WebRTC) from the line that says it is ready.
fn spawn(data: &Path, arguments: &[&str]) -> Result<(Process, [String; 3])> {
    let any = "127.0.0.1:0";
    let log = File::options().create(true).append(true).open(data.join("server.log"))?;
    let mut process = Process::start(
        Command::new(program("klieg-server")?)
            .args(["serve", "--http", any, "--rtmp", any, "--rtc", any])
            .arg("--config")
            .arg(data.join("klieg.toml"))
            .arg("--data")
            .arg(data)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(log),
    )?;
    let output = process.child().stdout.take().context("no standard output")?;
    let ready = BufReader::new(output).lines().map_while(Result::ok).find(|line| line.starts_with("ready "));
    let Some(ready) = ready else {
        bail!("the server did not start:\n{}", std::fs::read_to_string(data.join("server.log"))?)
    };
    let address = |name: &str| -> Result<String> {
        let prefix = format!("{name}=");
        let word = ready.split_whitespace().find_map(|word| word.strip_prefix(&prefix));
        let word = word.with_context(|| format!("no {name} in {ready:?}"))?;
        Ok(word.rsplit('/').next().unwrap_or(word).to_owned())
    };
    Ok((process, [address("http")?, address("rtmp")?, address("rtc")?]))
}

/// Somebody with an account and a session.
#[derive(Clone, Debug)]
pub struct Person {
    pub handle: String,
    pub tokens: Tokens,
}
