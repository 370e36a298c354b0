//! A line that carries so much and no more: what comes faster waits, and is lost when too much waits.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until};

/// How long something may wait.
const QUEUE: Duration = Duration::from_millis(400);

/// Where such a line to `server` begins. It carries so many bit/s towards the server, and everything back.
pub(crate) async fn line_to(server: SocketAddr, width: Arc<AtomicU64>) -> SocketAddr {
    let near = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let far = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let begins_at = near.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut there, mut back) = ([0; 2_000], [0; 2_000]);
        let mut client = None;
        let mut waiting: VecDeque<Vec<u8>> = VecDeque::new();
        let mut free_at = Instant::now();
        loop {
            let takes =
                |bytes: usize| Duration::from_secs_f64(bytes as f64 * 8.0 / width.load(Ordering::Relaxed) as f64);
            tokio::select! {
                received = near.recv_from(&mut there) => {
                    let Ok((length, source)) = received else { return };
                    client = Some(source);
                    let queued: usize = waiting.iter().map(Vec::len).sum();
                    if takes(queued) < QUEUE {
                        waiting.push_back(there[..length].to_vec());
                    }
                }
                received = far.recv_from(&mut back) => {
                    let Ok((length, _)) = received else { return };
                    if let Some(client) = client {
                        let _ = near.try_send_to(&back[..length], client);
                    }
                }
                () = sleep_until(free_at), if !waiting.is_empty() => {
                    let Some(datagram) = waiting.pop_front() else { continue };
                    let _ = far.try_send_to(&datagram, server);
                    // A line that was idle has nothing to catch up on.
                    free_at = free_at.max(Instant::now() - Duration::from_millis(5)) + takes(datagram.len());
                }
            }
        }
    });
    begins_at
}
