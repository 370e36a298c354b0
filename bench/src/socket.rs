//! A lean WebSocket client: it sends text, finds frames in what comes, and waits for bytes without understanding the rest.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);
/// Where Klieg's rooms are.
pub const LIVE: &str = "/api/v1/live";

/// Asks for a WebSocket (RFC 6455 section 4.1). The answer is not waited for.
pub async fn ask(stream: &mut TcpStream, host: &str, path: &str) -> Result<()> {
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    Ok(stream.write_all(head.as_bytes()).await?)
}

/// Enters a room of Klieg's.
pub async fn join(stream: &mut TcpStream, room: &str) -> Result<()> {
    send(stream, &format!(r#"{{"id":2,"do":"join","room":"{room}"}}"#)).await?;
    until(stream, br#""is":"done","id":2"#).await
}

/// Reads until these bytes have come.
pub async fn until(stream: &mut TcpStream, wanted: &[u8]) -> Result<()> {
    let mut seen = Vec::new();
    while !seen.windows(wanted.len()).any(|window| window == wanted) {
        let read = timeout(PATIENCE, stream.read_buf(&mut seen)).await;
        let count = read.with_context(|| {
            format!("no {:?} in {:?}", String::from_utf8_lossy(wanted), String::from_utf8_lossy(&seen))
        })??;
        ensure!(count > 0, "the connection ended: {}", String::from_utf8_lossy(&seen));
    }
    Ok(())
}

/// A text message, masked with zeros (RFC 6455 section 5.3).
pub async fn send(stream: &mut (impl AsyncWriteExt + Unpin), text: &str) -> Result<()> {
    let mut frame = vec![0x81];
    match text.len() {
        length @ 0..=125 => frame.push(0x80 + length as u8),
        length => {
            frame.push(0xfe);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    Ok(stream.write_all(&frame).await?)
}

/// The length of the frame at the beginning, if its header is there.
pub fn frame(bytes: &[u8]) -> Option<usize> {
    match *bytes.get(1)? {
        126 => Some(4 + usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        127 => Some(10 + usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        length => Some(2 + usize::from(length)),
    }
}
