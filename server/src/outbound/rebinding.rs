//! Names that lead somewhere else the second time, as an attacker's own name server has them.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// Where a stranger's site is, and where nobody is: what a test calls public.
const SITE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const NOBODY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 4);
const THIS_MACHINE: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// A stranger's site, and beside it something of this machine's own that listens on the same port.
struct World {
    port: u16,
    site: Arc<AtomicUsize>,
    secret: Arc<AtomicUsize>,
    /// What the name server has not answered yet.
    answers: Arc<Mutex<VecDeque<Vec<Ipv4Addr>>>>,
    outbound: Outbound,
}

impl World {
    /// A world in which the site says this, of its own address, and the name server one of these answers after the other.
    async fn new(says: impl Fn(&str) -> String, answers: &[&[Ipv4Addr]]) -> Self {
        let (site, secret) = loop {
            let site = TcpListener::bind((SITE, 0)).await.unwrap();
            let port = site.local_addr().unwrap().port();
            if let Ok(secret) = TcpListener::bind((THIS_MACHINE, port)).await {
                break (site, secret);
            }
        };
        let port = site.local_addr().unwrap().port();
        let answers: VecDeque<Vec<Ipv4Addr>> = answers.iter().map(|answer| answer.to_vec()).collect();
        let answers = Arc::new(Mutex::new(answers));
        let left = answers.clone();
        let ask = move |_: &str| -> io::Result<Vec<SocketAddr>> {
            let answer = left.lock().pop_front().ok_or_else(|| io::Error::other("it is asked too often"))?;
            Ok(answer.into_iter().map(|address| SocketAddr::new(IpAddr::V4(address), 0)).collect())
        };
        let addresses = vec![IpAddr::V4(SITE), IpAddr::V4(NOBODY)];
        let policy = Policy { ports: vec![port], addresses, time: Duration::from_secs(20), ..Policy::default() };
        Self {
            port,
            site: serve(site, says(&format!("http://stranger.example:{port}/"))),
            secret: serve(secret, page()),
            answers,
            outbound: Outbound::asking(policy, "test", ask).unwrap(),
        }
    }

    async fn look(&self) -> Result<String, Error> {
        let address = format!("http://stranger.example:{}/", self.port).parse().unwrap();
        self.outbound.page(&address).await.map(|page| page.html)
    }

    /// How often the site was called on, and how many answers the name server has left. This machine's own never is.
    fn came_of_it(&self) -> (usize, usize) {
        assert_eq!(self.secret.load(Ordering::Relaxed), 0);
        (self.site.load(Ordering::Relaxed), self.answers.lock().len())
    }
}

fn page() -> String {
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<p>Hi!".to_owned()
}

/// Says the same to everybody who connects: how many did.
fn serve(listener: TcpListener, says: String) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let asked = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            asked.fetch_add(1, Ordering::Relaxed);
            let mut head = [0; 4_096];
            if stream.read(&mut head).await.is_ok() {
                // Whoever has gone meanwhile is not told.
                let _ = stream.write_all(says.as_bytes()).await;
            }
        }
    });
    count
}

#[tokio::test]
async fn the_connection_goes_to_what_was_looked_at_and_the_name_is_not_asked_again() {
    let world = World::new(|_| page(), &[&[SITE], &[THIS_MACHINE]]).await;
    assert_eq!(world.look().await.as_deref(), Ok("<p>Hi!"));
    assert_eq!(world.came_of_it(), (1, 1));
    // The next page is resolved anew, and so looked at anew.
    assert_eq!(world.look().await, Err(Error::NotPublic));
    assert_eq!(world.came_of_it(), (1, 0));
}

#[tokio::test]
async fn a_redirect_to_the_same_name_is_looked_at_like_the_first() {
    let redirect = |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let world = World::new(redirect, &[&[SITE], &[THIS_MACHINE]]).await;
    assert_eq!(world.look().await, Err(Error::NotPublic));
    assert_eq!(world.came_of_it(), (1, 0));
}

#[tokio::test]
async fn of_several_addresses_only_what_is_public_is_tried() {
    let world = World::new(|_| page(), &[&[THIS_MACHINE, SITE], &[NOBODY, THIS_MACHINE]]).await;
    assert_eq!(world.look().await.as_deref(), Ok("<p>Hi!"));
    let refused = world.look().await;
    assert!(matches!(refused, Err(Error::Unreachable(_))), "{refused:?}");
    assert_eq!(world.came_of_it(), (1, 0));
}
