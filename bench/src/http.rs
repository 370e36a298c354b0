//! A lean HTTP/1.1 client: it asks on a connection that stays open, and counts and throws away what comes.

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

impl Connection {
    /// `room` is what is read at once, in bytes: an answer's head must fit.
    pub async fn open(host: &str, room: usize) -> Result<Self> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: host.to_owned(), buffer: vec![0; room] })
    }

    /// Asks for a path; answers the length of the body.
    pub async fn get(&mut self, path: &str) -> Result<u64> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\n\r\n", self.host);
        self.stream.write_all(request.as_bytes()).await?;
        let mut filled = 0;
        let head = loop {
            let count = self.stream.read(self.buffer.get_mut(filled..).unwrap_or_default()).await?;
            ensure!(count > 0, "the connection ended, or the head of the answer is too long");
            filled += count;
            let seen = self.buffer.get(..filled).unwrap_or_default();
            if let Some(at) = seen.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = str::from_utf8(self.buffer.get(..head).unwrap_or_default())?.to_ascii_lowercase();
        ensure!(text.starts_with("http/1.1 200"), "{path}: {}", text.lines().next().unwrap_or_default());
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")).context("no length")?;
        let length: u64 = length.trim().parse()?;
        let mut left = length.saturating_sub((filled - head) as u64);
        while left > 0 {
            let count = self.stream.read(&mut self.buffer).await?;
            ensure!(count > 0, "the connection ended within a body");
            left = left.saturating_sub(count as u64);
        }
        Ok(length)
    }
}
