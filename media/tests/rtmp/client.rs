//! An RTMP client that publishes exactly the messages a test wants.

use bytes::{Bytes, BytesMut};
use klieg_media::rtmp::amf0::{self, Value};
use klieg_media::rtmp::chunk::{ChunkReader, ChunkWriter};
use klieg_media::rtmp::message::{Message, kind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{Node, PATIENCE};

pub(crate) struct Client {
    socket: TcpStream,
    writer: ChunkWriter,
    reader: ChunkReader,
    input: BytesMut,
}

impl Client {
    /// Handshake, connect, publish; waits for the server's answer to that.
    pub(crate) async fn publish(node: &Node, key: &str) -> Self {
        let mut socket = TcpStream::connect(node.address()).await.unwrap();
        socket.write_all(&[3; 1 + 1_536]).await.unwrap();
        socket.read_exact(&mut [0; 1 + 2 * 1_536]).await.unwrap();
        socket.write_all(&[0; 1_536]).await.unwrap();
        let mut client =
            Self { socket, writer: ChunkWriter::default(), reader: ChunkReader::default(), input: BytesMut::new() };
        client.command(0, "connect", Value::object([("app", Value::string("live"))])).await;
        client.command(0, "createStream", Value::Null).await;
        let body = [Value::string("publish"), Value::Number(3.0), Value::Null, Value::string(key)];
        client.send(1, kind::COMMAND_AMF0, 0, encode(&body)).await;
        assert_eq!(client.status().await, "NetStream.Publish.Start");
        client.send(0, kind::SET_CHUNK_SIZE, 0, Bytes::from_static(&[0, 0, 0x10, 0])).await;
        client.writer.set_chunk_size(4_096);
        client
    }

    async fn command(&mut self, stream: u32, name: &str, object: Value) {
        let body = encode(&[Value::string(name), Value::Number(1.0), object]);
        self.send(stream, kind::COMMAND_AMF0, 0, body).await;
    }

    pub(crate) async fn send(&mut self, stream: u32, kind: u8, timestamp: u32, body: Bytes) {
        let mut wire = BytesMut::new();
        self.writer.write(&mut wire, u32::from(kind) + 3, &Message { timestamp, kind, stream, body });
        self.socket.write_all(&wire).await.unwrap();
    }

    pub(crate) async fn raw(&mut self, bytes: &[u8]) {
        let _ = self.socket.write_all(bytes).await;
    }

    /// The code of the next `onStatus`, or nothing if the server closed.
    pub(crate) async fn status(&mut self) -> String {
        timeout(PATIENCE, async {
            loop {
                while let Some(message) = self.reader.read(&mut self.input).unwrap() {
                    if message.kind == kind::COMMAND_AMF0 {
                        let values = amf0::read_all(&message.body).unwrap();
                        if values[0].as_str() == Some("onStatus") {
                            return values[3].get("code").unwrap().as_str().unwrap().to_owned();
                        }
                    }
                }
                if self.socket.read_buf(&mut self.input).await.unwrap_or(0) == 0 {
                    return String::new();
                }
            }
        })
        .await
        .expect("the server did not answer")
    }
}

fn encode(values: &[Value]) -> Bytes {
    let mut out = BytesMut::new();
    for value in values {
        amf0::write(&mut out, value);
    }
    out.freeze()
}
