//! A web site of a stranger's on this machine: it says what it is told to, however wrong.
//!
//! It listens on 127.0.0.2, so that a test can let a server call on it and on nothing else of this machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// What it answers.
pub(crate) enum Says {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes after so long, then one more every so often until nobody listens.
    Slowly(Vec<u8>, Duration),
}

impl Says {
    /// A web page.
    pub(crate) fn page(html: &str) -> Self {
        Self::with("200 OK", "Content-Type: text/html; charset=utf-8", html.as_bytes())
    }

    pub(crate) fn with(status: &str, header: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        Self::Bytes([head.as_bytes(), body].concat())
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::with("302 Found", &format!("Location: {to}\r\nSet-Cookie: seen=1"), b"")
    }
}

/// How long it thinks before it answers, so that requests at once are seen.
const THINKS: Duration = Duration::from_millis(10);

pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
}

/// What came.
#[derive(Default)]
struct Seen {
    heads: Mutex<Vec<String>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Site {
    /// A site that answers each path as `says` has it.
    pub(crate) async fn open(at: IpAddr, says: impl Fn(&str) -> Says + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((at, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, says) = (Arc::new(Seen::default()), Arc::new(says));
        let site = Self { address, seen: seen.clone() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, says) = (seen.clone(), says.clone());
                // Whoever is told more than they want goes away.
                tokio::spawn(async move { drop(answer(stream, &seen, &*says).await) });
            }
        });
        site
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The heads of the requests that came.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.seen.heads.lock().clone()
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.seen.most_at_once.load(Ordering::SeqCst)
    }
}

async fn answer(mut stream: TcpStream, seen: &Seen, says: &(impl Fn(&str) -> Says + Sync)) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    seen.heads.lock().push(head);
    let at_once = seen.at_once.fetch_add(1, Ordering::SeqCst) + 1;
    seen.most_at_once.fetch_max(at_once, Ordering::SeqCst);
    tokio::time::sleep(THINKS).await;
    seen.at_once.fetch_sub(1, Ordering::SeqCst);
    match says(&path) {
        Says::Bytes(bytes) => stream.write_all(&bytes).await?,
        Says::Slowly(bytes, pause) => {
            tokio::time::sleep(pause).await;
            stream.write_all(&bytes).await?;
            loop {
                tokio::time::sleep(pause).await;
                stream.write_all(b"x").await?;
            }
        }
    }
    stream.shutdown().await
}
