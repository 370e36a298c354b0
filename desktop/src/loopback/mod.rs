//! A server for this computer alone: pictures, the chat and its emotes for the interface, and remote control for other programs.
//!
//! Whatever runs here can reach it, also a page in a browser. So pictures and the chat need an address that cannot be guessed, remote control
//! a token, and who names an origin has to be the studio's own window. Pages from this computer (`http://127.0.0.1:…`) are let in
//! only while remote control is on: that is how the interface runs in a plain browser.

mod chat;
mod emotes;
mod pictures;
mod remote;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use klieg_studio_model::Secret;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::director::{Addresses, Director};
use crate::library::Places;

/// Bytes of chance in a token.
const TOKEN: usize = 24;

/// The server, not yet serving.
pub struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
    /// The port of an earlier run, if something else has it now.
    taken: Option<u16>,
    pictures_token: String,
    remote_token: String,
}

#[derive(Clone)]
struct Shared {
    director: Director,
    pictures_token: String,
    remote_token: String,
}

/// What the file of [`Places::remote`] has of an earlier run. Each is of use without the other.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Earlier {
    port: Option<u16>,
    token: String,
}

impl Loopback {
    /// Takes a port of the loopback interface: that of `KLIEG_STUDIO_PORT`, else that of an earlier run, or if something else has that
    /// any. Port and token of remote control stay the same from run to run, because other programs are told them once.
    pub fn bind(places: &Places) -> io::Result<Self> {
        let earlier = std::fs::read_to_string(places.remote()).ok();
        let earlier = earlier.and_then(|text| serde_json::from_str::<Earlier>(&text).ok()).unwrap_or_default();
        let wanted = std::env::var("KLIEG_STUDIO_PORT").ok().and_then(|port| port.parse().ok());
        let listen = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let (listener, taken) = match (wanted, earlier.port) {
            (Some(port), _) => (listen(port)?, None),
            (None, Some(port)) => match listen(port) {
                Ok(listener) => (listener, None),
                Err(error) => {
                    tracing::warn!(port, %error, "the port of an earlier run is not to be had");
                    (listen(0)?, Some(port))
                }
            },
            (None, None) => (listen(0)?, None),
        };
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let remote_token = Some(earlier.token).filter(|token| token.len() == 2 * TOKEN).unwrap_or_else(token);
        Ok(Self { listener, address, taken, pictures_token: token(), remote_token })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `remote_on` lets remote control in whatever the profile says.
    pub fn addresses(&self, remote_on: bool) -> Addresses {
        Addresses {
            pictures: format!("ws://{}/{}", self.address, self.pictures_token),
            remote: format!("ws://{}/remote", self.address),
            port: self.port(),
            taken: self.taken,
            remote_token: Secret::new(self.remote_token.clone()),
            remote_on,
        }
    }

    /// Serves for as long as the runtime lives.
    pub async fn serve(self, director: Director) -> io::Result<()> {
        let Self { listener, pictures_token, remote_token, .. } = self;
        let shared = Shared { director, pictures_token, remote_token };
        let routes = Router::new()
            .route("/{token}/chat", get(chat::chat))
            .route("/{token}/emotes/{file}", get(emotes::emote))
            .route("/{token}/{view}", get(pictures::pictures))
            .route("/remote", get(remote::remote))
            .with_state(shared);
        axum::serve(tokio::net::TcpListener::from_std(listener)?, routes).await
    }
}

fn token() -> String {
    hex::encode(rand::random::<[u8; TOKEN]>())
}

fn is_same(given: &str, expected: &str) -> bool {
    given.as_bytes().ct_eq(expected.as_bytes()).into()
}

/// The answer to pages that are not the studio's. Programs name no origin.
fn stranger(headers: &HeaderMap, director: &Director) -> Option<Response> {
    let origin = headers.get(header::ORIGIN)?;
    let origin = origin.to_str().unwrap_or_default();
    let window = matches!(origin, "tauri://localhost" | "http://tauri.localhost" | "https://tauri.localhost");
    let here = || {
        let rest = ["http://127.0.0.1", "http://localhost"].iter().find_map(|host| origin.strip_prefix(host));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    };
    if window || (director.latest().remote.is_some() && here()) {
        return None;
    }
    Some((StatusCode::FORBIDDEN, "This address is for the studio on this computer.\n").into_response())
}
