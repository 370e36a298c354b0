#![expect(clippy::indexing_slicing, reason = "a failed test may panic")]

use proptest::prelude::*;

use super::*;

/// The client's side, as an encoder speaks it.
struct Client {
    session: Session,
    writer: ChunkWriter,
    reader: ChunkReader,
    wire: BytesMut,
    received: BytesMut,
}

impl Client {
    fn new() -> Self {
        let mut client = Self {
            session: Session::default(),
            writer: ChunkWriter::default(),
            reader: ChunkReader::default(),
            wire: BytesMut::from(&[3; 1 + 2 * 1_536][..]),
            received: BytesMut::new(),
        };
        assert!(client.step().unwrap().is_none());
        let _ = client.received.split_to(1 + 2 * 1_536);
        client
    }

    fn step(&mut self) -> Result<Option<Event>, SessionError> {
        let event = self.session.receive(&mut self.wire);
        self.received.unsplit(self.session.output());
        event
    }

    fn send(&mut self, stream: u32, kind: u8, body: &[u8]) -> Result<Option<Event>, SessionError> {
        let message = Message { timestamp: 7, kind, stream, body: Bytes::copy_from_slice(body) };
        self.writer.write(&mut self.wire, 3, &message);
        self.step()
    }

    fn command(&mut self, stream: u32, values: &[Value]) -> Result<Option<Event>, SessionError> {
        let mut body = BytesMut::new();
        for value in values {
            amf0::write(&mut body, value);
        }
        self.send(stream, kind::COMMAND_AMF0, &body)
    }

    fn call(&mut self, stream: u32, name: &str, argument: Value) -> Result<Option<Event>, SessionError> {
        self.command(stream, &[Value::string(name), Value::Number(4.0), Value::Null, argument])
    }

    fn connect(&mut self, app: &str) -> Result<Option<Event>, SessionError> {
        let object = Value::object([("app", Value::string(app)), ("flashVer", Value::string("FMLE/3.0"))]);
        self.command(0, &[Value::string("connect"), Value::Number(1.0), object])
    }

    /// What the server has said since the last time.
    fn heard(&mut self) -> Vec<Message> {
        let mut messages = Vec::new();
        while let Some(message) = self.reader.read(&mut self.received).unwrap() {
            messages.push(message);
        }
        messages
    }

    fn answers(&mut self) -> Vec<Vec<Value>> {
        let messages = self.heard().into_iter().filter(|message| message.kind == kind::COMMAND_AMF0);
        messages.map(|message| amf0::read_all(&message.body).unwrap()).collect()
    }

    fn last_code(&mut self) -> String {
        let answers = self.answers();
        answers.last().unwrap()[3].get("code").unwrap().as_str().unwrap().to_owned()
    }

    fn publishing() -> Self {
        let mut client = Self::new();
        client.connect("live").unwrap();
        client.call(0, "createStream", Value::Null).unwrap();
        client.call(1, "publish", Value::string("key")).unwrap();
        client.session.accept();
        client.step().unwrap();
        assert_eq!(client.last_code(), "NetStream.Publish.Start");
        client
    }
}

#[test]
fn connecting_tells_what_enhanced_rtmp_may_bring() {
    let mut client = Client::new();
    client.connect("live").unwrap();
    let answers = client.answers();
    let [name, _, server, info] = &answers[0][..] else { panic!("{answers:?}") };
    assert_eq!(name.as_str(), Some("_result"));
    assert_eq!(info.get("code").and_then(Value::as_str), Some("NetConnection.Connect.Success"));
    for object in [server, info] {
        let Some(Value::StrictArray(codecs)) = object.get("fourCcList") else { panic!("{object:?}") };
        assert!(codecs.contains(&Value::string("hvc1")) && codecs.contains(&Value::string("Opus")));
    }
}

#[test]
fn publishing_gives_the_key_without_its_query_and_then_media() {
    let mut client = Client::new();
    client.connect("live/").unwrap();
    client.call(0, "releaseStream", Value::string("key")).unwrap();
    client.call(0, "createStream", Value::Null).unwrap();
    let event = client.call(1, "publish", Value::string("key?token=1")).unwrap();
    assert!(event == Some(Event::Publish { key: "key".into(), encoder: Some("FMLE/3.0".into()) }));
    client.session.accept();
    let event = client.send(1, kind::VIDEO, b"tag").unwrap();
    assert!(event == Some(Event::Video { timestamp: 7, body: Bytes::from_static(b"tag") }));
}

#[test]
fn slashes_around_the_key_are_not_part_of_it() {
    for name in ["/key", "key/", "/key/", "key/?token=1"] {
        let mut client = Client::new();
        client.connect("live").unwrap();
        client.call(0, "createStream", Value::Null).unwrap();
        let event = client.call(1, "publish", Value::string(name)).unwrap();
        assert!(event == Some(Event::Publish { key: "key".into(), encoder: Some("FMLE/3.0".into()) }), "{name}");
    }
}

#[test]
fn media_before_publishing_is_ignored() {
    let mut client = Client::new();
    client.connect("live").unwrap();
    assert!(client.send(1, kind::AUDIO, b"tag").unwrap().is_none());
}

#[test]
fn a_refusal_says_why_on_the_stream_that_asked() {
    let mut client = Client::new();
    client.connect("live").unwrap();
    client.call(1, "publish", Value::string("wrong")).unwrap();
    client.session.refuse("NetStream.Publish.Unauthorized", "no");
    client.step().unwrap();
    let heard = client.heard();
    let last = heard.last().unwrap();
    let values = amf0::read_all(&last.body).unwrap();
    assert_eq!((last.stream, values[3].get("level").and_then(Value::as_str)), (1, Some("error")));
}

#[test]
fn another_application_playing_and_a_second_publish_are_refused() {
    let mut client = Client::new();
    assert!(matches!(client.connect("vod"), Err(SessionError::Refused(_))));
    assert_eq!(client.last_code(), "NetConnection.Connect.InvalidApp");

    let mut client = Client::new();
    client.connect("live").unwrap();
    assert!(matches!(client.call(1, "play", Value::string("ada")), Err(SessionError::Refused(_))));
    assert_eq!(client.last_code(), "NetStream.Play.Failed");

    let mut client = Client::publishing();
    assert!(client.call(1, "publish", Value::string("key")).is_err());
    let mut client = Client::new();
    assert!(client.call(1, "publish", Value::string("key")).is_err(), "publish before connect");
}

#[test]
fn every_kind_of_goodbye_ends_the_show() {
    let goodbyes = [
        (0, "FCUnpublish", Value::string("key")),
        (0, "deleteStream", Value::Number(1.0)),
        (1, "closeStream", Value::Null),
    ];
    for (stream, name, argument) in goodbyes {
        assert!(Client::publishing().call(stream, name, argument).unwrap() == Some(Event::Finished), "{name}");
    }
    assert!(Client::publishing().call(0, "deleteStream", Value::Number(9.0)).unwrap().is_none());
}

#[test]
fn metadata_names_the_encoder() {
    let mut client = Client::publishing();
    let mut body = BytesMut::new();
    let metadata = Value::EcmaArray(vec![("encoder".into(), Value::string("Lavf59.27\n"))]);
    for value in [Value::string("@setDataFrame"), Value::string("onMetaData"), metadata] {
        amf0::write(&mut body, &value);
    }
    assert!(client.send(1, kind::DATA_AMF0, &body).unwrap() == Some(Event::Encoder("Lavf59.27".into())));
    assert!(client.send(1, kind::DATA_AMF0, &body).unwrap().is_none(), "once is enough");
    assert!(client.send(1, kind::DATA_AMF0, b"\xffgarbage").unwrap().is_none());
}

#[test]
fn pings_are_answered_and_bytes_acknowledged() {
    let mut client = Client::publishing();
    client.send(0, kind::USER_CONTROL, &[0, 6, 1, 2, 3, 4]).unwrap();
    assert_eq!(client.heard()[0].body, [0, 7, 1, 2, 3, 4][..]);
    client.send(0, kind::WINDOW_ACK_SIZE, &[0, 0, 3, 0xe8]).unwrap();
    client.heard();
    client.send(1, kind::VIDEO, &[0x27; 2_000]).unwrap();
    client.step().unwrap();
    assert!(client.heard().iter().any(|message| message.kind == kind::ACKNOWLEDGEMENT));
}

#[test]
fn a_command_of_amf3_is_understood() {
    let mut client = Client::new();
    client.connect("live").unwrap();
    let mut body = BytesMut::from(&[0][..]);
    for value in [Value::string("createStream"), Value::Number(2.0), Value::Null] {
        amf0::write(&mut body, &value);
    }
    client.heard();
    client.send(0, kind::COMMAND_AMF3, &body).unwrap();
    assert_eq!(client.answers()[0][3], Value::Number(1.0));
}

proptest! {
    #[test]
    fn garbage_after_the_handshake_never_panics(messages in prop::collection::vec((0u8..24, any::<Vec<u8>>()), 0..8), tail: Vec<u8>) {
        for mut client in [Client::new(), Client::publishing()] {
            for (kind, body) in &messages {
                if client.send(1, *kind, body).is_err() {
                    break;
                }
            }
            client.wire.extend_from_slice(&tail);
            while let Ok(Some(_)) = client.step() {}
        }
    }
}
