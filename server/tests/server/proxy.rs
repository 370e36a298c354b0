//! Behind a proxy: nginx, with the server that the operators' manual has for it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest as _};
use tokio_tungstenite::{MaybeTlsStream, client_async};

use crate::live::{Answer, PATIENCE, Person};
use crate::support::{send, start_with};

const MANUAL: &str = include_str!("../../../docs/operators.md");

/// The first block in this language, and what follows it.
fn block<'a>(text: &'a str, language: &str) -> (&'a str, &'a str) {
    let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap()
}

/// An nginx in a folder of its own.
struct Nginx(Child);

impl Nginx {
    /// With the manual's server, which listens here at `port`, without TLS, for the `server` that runs.
    fn start(folder: &Path, manuals: &str, port: u16, server: SocketAddr) -> Self {
        let plain: Vec<&str> = manuals.lines().filter(|line| !line.trim_start().starts_with("ssl_")).collect();
        let here = plain
            .join("\n")
            .replace("listen 443 ssl http2;", &format!("listen 127.0.0.1:{port};"))
            .replace("http://127.0.0.1:8080", &format!("http://{server}"));
        assert!(!here.contains("ssl") && !here.contains("proxy_pass http://127.0.0.1:8080"), "{here}");
        let configuration = format!(
            "daemon off;
            master_process off;
            error_log {folder}/error.log warn;
            pid {folder}/nginx.pid;
            events {{}}
            http {{
                access_log off;
                client_body_temp_path {folder}/body;
                proxy_temp_path {folder}/proxy;
                fastcgi_temp_path {folder}/fastcgi;
                uwsgi_temp_path {folder}/uwsgi;
                scgi_temp_path {folder}/scgi;
                {here}
            }}",
            folder = folder.display(),
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration).unwrap();
        let mut nginx = Command::new("nginx");
        nginx.arg("-p").arg(folder).arg("-e").arg(folder.join("error.log")).arg("-c").arg(&file);
        let child = nginx.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.expect("nginx (apt-get install nginx)"))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Opens the live connection through the proxy from this address, as a page does that came from there; or the status of the answer.
async fn open(proxy: SocketAddr, from: [u8; 4]) -> Result<Person, u16> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::from(from), 0))).unwrap();
    let stream = socket.connect(proxy).await.unwrap();
    let mut request = "ws://live.example.org/api/v1/live".into_client_request().unwrap();
    request.headers_mut().insert("origin", "https://live.example.org".parse().unwrap());
    match client_async(request, MaybeTlsStream::Plain(stream)).await {
        Ok((socket, _)) => Ok(Person::at(socket)),
        Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// The number of the segment that a playlist does not have yet.
fn next_segment(playlist: &str) -> usize {
    let first = playlist.lines().find_map(|line| line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:")).unwrap();
    first.parse::<usize>().unwrap() + playlist.lines().filter(|line| line.starts_with("#EXTINF:")).count()
}

#[tokio::test]
async fn behind_the_manuals_proxy_people_talk_and_watch_and_each_address_has_limits_of_its_own() {
    let (nginx, rest) = block(MANUAL, "nginx");
    let (settings, _) = block(rest, "toml");
    let server = start_with(&format!("{settings}[limits]\nlive_connections = 1\n")).await;
    let token = server.person("ada").await;
    let folder = tempfile::tempdir().unwrap();
    // Nobody else is given its port as long as this is held; nginx asks for addresses that were used a moment ago.
    let port = TcpSocket::new_v4().unwrap();
    port.set_reuseaddr(true).unwrap();
    port.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let proxy = port.local_addr().unwrap();
    let _nginx = Nginx::start(folder.path(), nginx, proxy.port(), server.address());
    let began = Instant::now();
    while TcpStream::connect(proxy).await.is_err() {
        let log = std::fs::read_to_string(folder.path().join("error.log")).unwrap_or_default();
        assert!(began.elapsed() < PATIENCE, "nginx does not listen: {log}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let mut ada = open(proxy, [127, 0, 0, 1]).await.unwrap();
    ada.ask(json!({ "do": "authenticate", "token": token })).await.done();
    ada.ask(json!({ "do": "join", "room": "ada" })).await.done();
    let mut guest = open(proxy, [127, 0, 0, 2]).await.unwrap();
    guest.ask(json!({ "do": "join", "room": "ada" })).await.done();
    ada.say("ada", "Hello behind there").await.done();
    assert_eq!(guest.event("message").await["message"]["text"], "Hello behind there");
    assert_eq!(open(proxy, [127, 0, 0, 2]).await.err(), Some(429), "one of each address");

    let (key, _) = server.stream_key(&token).await;
    tokio::spawn(send(server.publish(&key).await.unwrap()));
    let playlist = async |path: &str| {
        let answer = server.client.get(format!("http://{proxy}/hls/ada/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    };
    let offered = playlist("index.m3u8").await;
    let picture = offered.lines().find(|line| line.ends_with("/source/index.m3u8")).unwrap();
    let now = playlist(picture).await;
    assert!(now.contains("#EXT-X-PART:"), "{now}");
    let next = next_segment(&now);
    let later = playlist(&format!("{picture}?_HLS_msn={next}")).await;
    assert!(next_segment(&later) > next, "it was waited for: {later}");
}
