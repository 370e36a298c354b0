//! A server on ports of its own in a folder of its own, and people who use it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use klieg_media::authority::{IngestProtocol, PublishRequest};
use klieg_media::codec::{AudioConfig, AudioSetup, TrackConfig, VideoConfig, VideoSetup};
use klieg_media::hub::PublishError;
use klieg_media::publisher::{Publisher, SourceFrame};
use klieg_media::time::MediaTime;
use klieg_server::Server;
use klieg_server::bus::Bus;
use klieg_server::config::{Config, Flags};
use klieg_server::web::WebApp;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "correct horse battery";
/// Room for every test to sign up whom it needs, and no request to anybody else.
pub(crate) const ROOMY: &str = "link_previews = false\n[limits]\nsign_up = '10000/min'\nlog_in = '10000/min'\nlog_in_account = '10000/min'\nlog_in_address = '10000/min'\n";

pub(crate) struct TestServer {
    pub(crate) server: Server,
    pub(crate) data: TempDir,
    pub(crate) client: reqwest::Client,
}

pub(crate) async fn start() -> TestServer {
    start_with(ROOMY).await
}

/// A server whose `klieg.toml` is `file`.
pub(crate) async fn start_with(file: &str) -> TestServer {
    start_in(tempfile::tempdir().unwrap(), file).await
}

pub(crate) async fn start_in(data: TempDir, file: &str) -> TestServer {
    let server = Server::start(config(&data, file), WebApp::UNBUILT).await.unwrap();
    TestServer { server, data, client: client() }
}

/// The same data under a server that is started anew.
pub(crate) async fn start_again(TestServer { server, data, .. }: TestServer, file: &str) -> TestServer {
    server.stop().await;
    start_in(data, file).await
}

/// A server of those that share the database of `first` and reach each other by `bus`.
pub(crate) async fn start_among(bus: Bus, first: Option<&TestServer>) -> TestServer {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(&data, ROOMY);
    if let Some(first) = first {
        config.database = first.data.path().join("klieg.db");
    }
    let server = Server::start_among(config, WebApp::UNBUILT, Some(bus)).await.unwrap();
    TestServer { server, data, client: client() }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub(crate) fn config(data: &TempDir, file: &str) -> Config {
    let path = data.path().join("klieg.toml");
    std::fs::write(&path, file).unwrap();
    let any = Some("127.0.0.1:0".to_owned());
    let flags = Flags {
        config: Some(path),
        data: Some(data.path().to_owned()),
        http: any.clone(),
        rtmp: any.clone(),
        rtc: any,
        ..Flags::default()
    };
    Config::load(&flags).unwrap()
}

/// An answer: its status, its headers, its JSON (or its text).
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        Self { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// The problem's name, if the answer is a well-formed problem document.
    #[track_caller]
    pub(crate) fn problem(&self) -> &str {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.body);
        assert_eq!(self.body["status"], self.status.as_u16());
        assert!(!self.body["title"].as_str().unwrap().is_empty());
        assert!(!self.body["detail"].as_str().unwrap().is_empty());
        self.body["type"].as_str().unwrap().strip_prefix("/problems/").unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl TestServer {
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.http_address()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// Asks as a stranger (`""`) or with an access token.
    pub(crate) async fn ask(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Answer {
        let mut request = self.client.request(method, self.url(path));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "", None).await
    }

    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Answer {
        self.ask(Method::GET, path, token, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, "", Some(body)).await
    }

    pub(crate) async fn patch_as(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(Method::PATCH, path, token, Some(body)).await
    }

    pub(crate) async fn put_as(&self, token: &str, path: &str) -> Answer {
        self.ask(Method::PUT, path, token, None).await
    }

    pub(crate) async fn delete_as(&self, token: &str, path: &str) -> Answer {
        self.ask(Method::DELETE, path, token, None).await
    }

    pub(crate) async fn sign_up(&self, handle: &str) -> Answer {
        let body = json!({ "handle": handle, "email": format!("{handle}@example.org"), "password": PASSWORD });
        self.post("/api/v1/accounts", body).await
    }

    pub(crate) async fn log_in(&self, login: &str) -> Value {
        self.post("/api/v1/sessions", json!({ "login": login, "password": PASSWORD })).await.expect(201)
    }

    /// A new person's access token.
    pub(crate) async fn person(&self, handle: &str) -> String {
        self.sign_up(handle).await.expect(201);
        self.log_in(handle).await["access_token"].as_str().unwrap().to_owned()
    }

    /// A new stream key and its identifier.
    pub(crate) async fn stream_key(&self, token: &str) -> (String, String) {
        let made = self.ask(Method::POST, "/api/v1/me/stream-keys", token, None).await.expect(201);
        (made["key"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned())
    }

    /// Knocks at the live plane's door as an encoder does.
    pub(crate) async fn publish(&self, key: &str) -> Result<Publisher, PublishError> {
        let request = PublishRequest {
            key: key.to_owned(),
            protocol: IngestProtocol::Rtmp,
            peer: "127.0.0.1:40000".parse().unwrap(),
            encoder: Some("test encoder".into()),
        };
        self.server.app().hub.publish(request).await
    }

    /// Goes live with half a second of picture and sound.
    pub(crate) async fn go_live(&self, token: &str) -> Publisher {
        let (key, _) = self.stream_key(token).await;
        let mut publisher = self.publish(&key).await.unwrap();
        for (name, frame) in frames(0..15) {
            publisher.push(name, frame).unwrap();
        }
        publisher
    }

    /// Asks until the answer is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = std::time::Instant::now();
        loop {
            let answer = self.get(path).await;
            if wanted(&answer.body) {
                return answer.body;
            }
            assert!(began.elapsed() < crate::live::PATIENCE, "still {}", answer.body);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

pub(crate) fn handles(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["handle"].as_str().unwrap()).collect()
}

/// Sends picture and sound as fast as an encoder does, for ever.
pub(crate) async fn send(mut publisher: Publisher) {
    for (name, frame) in frames(0..) {
        publisher.push(name, frame).unwrap();
        if name == "aac" {
            tokio::time::sleep(Duration::from_millis(33)).await;
        }
    }
}

/// Frames of 30 pictures a second, of which one a second is a keyframe, and sound beside them.
fn frames(numbers: impl Iterator<Item = i64>) -> impl Iterator<Item = (&'static str, SourceFrame)> {
    let video = Arc::new(TrackConfig::Video(VideoConfig {
        setup: VideoSetup::H264 {
            sps: vec![Bytes::from_static(&[0x67, 0x42, 0xc0, 0x1f])],
            pps: vec![Bytes::from_static(&[0x68, 0xce, 0x3c, 0x80])],
        },
        width: 1_280,
        height: 720,
    }));
    let audio = Arc::new(TrackConfig::Audio(AudioConfig {
        setup: AudioSetup::Aac { specific_config: Bytes::from_static(&[0x11, 0x90]) },
        sample_rate: 48_000,
        channels: 2,
    }));
    let frame = |config: &Arc<TrackConfig>, index: i64, keyframe, size| SourceFrame {
        pts: MediaTime::from_millis(index * 33),
        dts: MediaTime::from_millis(index * 33),
        captured: None,
        keyframe,
        config: config.clone(),
        payload: Bytes::from(vec![0; size]),
    };
    numbers.flat_map(move |index| {
        [("source", frame(&video, index, index % 30 == 0, 8_000)), ("aac", frame(&audio, index, true, 400))]
    })
}
