//! Two ends and a network between them that loses what it likes. Time is simulated.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use str0m::config::DtlsCert;
use str0m::crypto::dtls::{DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, SrtpProfile};

use super::AwsLc;

/// A peer gives up long before.
const PATIENCE: Duration = Duration::from_secs(60);

fn rsa() -> &'static DtlsCert {
    static RSA: OnceLock<DtlsCert> = OnceLock::new();
    RSA.get_or_init(|| {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
        DtlsCert { certificate: certificate.der().to_vec(), private_key: key.serialize_der() }
    })
}

fn ecdsa() -> &'static DtlsCert {
    static ECDSA: OnceLock<DtlsCert> = OnceLock::new();
    ECDSA.get_or_init(|| AwsLc.generate_certificate().unwrap())
}

/// One end and what it has told.
struct End {
    dtls: Box<dyn DtlsInstance>,
    timeout: Instant,
    certificate: Option<Vec<u8>>,
    keys: Option<(Vec<u8>, SrtpProfile)>,
    connected: bool,
    data: Vec<Vec<u8>>,
    left: bool,
    sent: usize,
}

impl End {
    fn new(provider: &dyn DtlsProvider, certificate: &DtlsCert, client: bool, now: Instant) -> Self {
        let mut dtls = provider.new_dtls(certificate, now, DtlsVersion::Dtls12, Some(1_150)).unwrap();
        dtls.set_active(client);
        dtls.handle_timeout(now).unwrap();
        let _ = dtls.handle_packet(&[]);
        let (certificate, keys, data) = (None, None, Vec::new());
        Self { dtls, timeout: now, certificate, keys, connected: false, data, left: false, sent: 0 }
    }

    fn ours(certificate: &DtlsCert, client: bool, now: Instant) -> Self {
        Self::new(&AwsLc, certificate, client, now)
    }

    /// What str0m has without us.
    fn foreign(client: bool, now: Instant) -> Self {
        Self::new(str0m::crypto::from_feature_flags().dtls_provider, ecdsa(), client, now)
    }

    fn poll(&mut self) -> Vec<Vec<u8>> {
        let (mut packets, mut buffer) = (Vec::new(), vec![0; 2_000]);
        loop {
            match self.dtls.poll_output(&mut buffer) {
                DtlsOutput::Packet(packet) => packets.push(packet.to_vec()),
                DtlsOutput::PeerCert(der) => self.certificate = Some(der.to_vec()),
                DtlsOutput::KeyingMaterial(keys, profile) => self.keys = Some((keys.to_vec(), profile)),
                DtlsOutput::Connected => self.connected = true,
                DtlsOutput::ApplicationData(data) => self.data.push(data.to_vec()),
                DtlsOutput::CloseNotify => self.left = true,
                DtlsOutput::Timeout(at) => {
                    self.timeout = at;
                    self.sent += packets.len();
                    return packets;
                }
                other @ DtlsOutput::BufferTooSmall { .. } => panic!("{other:?}"),
                _ => {}
            }
        }
    }
}

/// The network between a client and a server.
struct Network {
    ends: [End; 2],
    start: Instant,
    now: Instant,
    /// Of a hundred datagrams.
    lost: u32,
    dice: u32,
}

impl Network {
    fn new(ends: [End; 2], now: Instant, lost: u32) -> Self {
        Self { ends, start: now, now, lost, dice: 4_711 }
    }

    fn loses(&mut self) -> bool {
        self.dice = self.dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.dice >> 16) % 100 < self.lost
    }

    /// Carries datagrams and lets time pass until both are content.
    fn until(&mut self, content: impl Fn(&End) -> bool) {
        loop {
            assert!(self.now - self.start < PATIENCE, "nothing comes of it");
            let mut quiet = true;
            for from in [0, 1] {
                for packet in self.ends[from].poll() {
                    assert!(packet.len() <= 1_150);
                    quiet = false;
                    if !self.loses() {
                        self.ends[1 - from].dtls.handle_packet(&packet).unwrap();
                    }
                }
            }
            if self.ends.iter().all(&content) {
                return;
            }
            let next = self.ends[0].timeout.min(self.ends[1].timeout);
            if quiet {
                self.now = next.max(self.now + Duration::from_millis(1));
            }
            for end in &mut self.ends {
                if end.timeout <= self.now {
                    end.dtls.handle_timeout(self.now).unwrap();
                }
            }
        }
    }

    fn connect(&mut self) {
        self.until(|end| end.connected);
        let [client, server] = &self.ends;
        assert_eq!(client.keys, server.keys);
        let (keys, profile) = client.keys.as_ref().unwrap();
        assert_eq!((keys.len(), *profile), (88, SrtpProfile::AEAD_AES_256_GCM));
    }

    /// Says something to the other side, which hears it.
    fn say(&mut self, from: usize, data: &[u8]) {
        assert_eq!(self.ends[from].dtls.send_application_data(data).unwrap(), data.len());
        let client = from == 0;
        self.until(|end| end.dtls.is_active() == client || !end.data.is_empty());
        assert_eq!(self.ends[1 - from].data, [data]);
        self.ends[1 - from].data.clear();
    }
}

fn between(client: &DtlsCert, server: &DtlsCert, lost: u32) -> Network {
    let now = Instant::now();
    Network::new([End::ours(client, true, now), End::ours(server, false, now)], now, lost)
}

#[test]
fn a_peer_with_an_rsa_certificate_connects_on_either_side() {
    for (client, server) in [(rsa(), ecdsa()), (ecdsa(), rsa()), (ecdsa(), ecdsa())] {
        let mut network = between(client, server, 0);
        network.connect();
        assert_eq!(network.ends[0].certificate.as_ref(), Some(&server.certificate));
        assert_eq!(network.ends[1].certificate.as_ref(), Some(&client.certificate));
        assert!(network.now - network.start < Duration::from_millis(50), "without loss nobody waits");
    }
}

#[test]
fn what_is_lost_of_a_handshake_is_sent_again() {
    for (client, server) in [(rsa(), ecdsa()), (ecdsa(), rsa())] {
        for dice in 0..20 {
            let mut network = between(client, server, 40);
            network.dice = dice * 7_919;
            network.connect();
        }
    }
}

#[test]
fn str0ms_own_dtls_connects_on_either_side_despite_loss() {
    for lost in [0, 30] {
        let now = Instant::now();
        Network::new([End::foreign(true, now), End::ours(ecdsa(), false, now)], now, lost).connect();
        Network::new([End::ours(ecdsa(), true, now), End::foreign(false, now)], now, lost).connect();
    }
}

#[test]
fn a_silent_peer_is_asked_ever_more_seldom() {
    let now = Instant::now();
    let mut client = End::ours(rsa(), true, now);
    let mut asked = Vec::new();
    let mut time = now;
    while asked.len() < 4 {
        if !client.poll().is_empty() {
            asked.push((time - now).as_millis());
        }
        time = client.timeout.max(time);
        client.dtls.handle_timeout(time).unwrap();
    }
    assert_eq!(asked, [0, 250, 750, 1_750]);
}

#[test]
fn data_goes_both_ways_until_one_side_says_goodbye() {
    let mut network = between(rsa(), ecdsa(), 0);
    assert_eq!(network.ends[0].dtls.send_application_data(b"early").unwrap(), 0);
    network.connect();
    network.say(0, b"hello");
    network.say(1, &[7; 1_000]);

    network.ends[0].dtls.close().unwrap();
    assert!(!network.ends[0].dtls.is_closed(), "the goodbye is still to be sent");
    for packet in network.ends[0].poll() {
        network.ends[1].dtls.handle_packet(&packet).unwrap();
    }
    assert!(network.ends[0].dtls.is_closed());
    network.ends[1].poll();
    assert!(network.ends[1].left);
    network.ends[1].dtls.close().unwrap();
    assert_eq!(network.ends[1].poll().len(), 1);
    assert!(network.ends[1].dtls.is_closed());
}

#[test]
fn a_connection_closed_before_it_began_is_just_gone() {
    let now = Instant::now();
    let mut server = End::ours(ecdsa(), false, now);
    server.dtls.close().unwrap();
    assert!(server.dtls.is_closed());
    assert!(server.poll().is_empty());
}

#[test]
fn a_hello_that_cannot_be_met_is_answered_with_an_alert() {
    // A ClientHello (RFC 6347, 4.2.1) whose only cipher suite, TLS_ECDH_anon_WITH_AES_128_CBC_SHA, needs no certificates.
    let body = [&[0xfe, 0xfd][..], &[7; 32], &[0, 0], &[0, 2, 0xc0, 0x18], &[1, 0]].concat();
    let length = body.len() as u8;
    let message = [&[1, 0, 0, length, 0, 0, 0, 0, 0, 0, 0, length][..], &body].concat();
    let hello = [&[22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, message.len() as u8][..], &message].concat();
    let mut server = End::ours(ecdsa(), false, Instant::now());
    assert!(server.dtls.handle_packet(&hello).is_err());
    let packets = server.poll();
    assert_eq!(packets.len(), 1);
    assert_eq!(packets[0].first_chunk(), Some(&[21, 0xfe, 0xfd]), "an alert");
    assert!(server.dtls.is_closed());
}

/// Anything, or what begins like a record of DTLS 1.2 in one of the first two epochs.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let body = || prop::collection::vec(any::<u8>(), 0..200);
    let record = (20u8..25, 0u8..2, any::<u8>(), body()).prop_map(|(kind, epoch, number, body)| {
        let length = (body.len() as u16).to_be_bytes();
        [&[kind, 254, 253, 0, epoch, 0, 0, 0, 0, 0, number][..], &length, &body].concat()
    });
    prop_oneof![body(), record]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_is_survived_before_the_handshake(datagrams in prop::collection::vec(garbage(), 1..20), client: bool) {
        let now = Instant::now();
        let mut end = End::ours(ecdsa(), client, now);
        for datagram in datagrams {
            let _ = end.dtls.handle_packet(&datagram);
            end.poll();
        }
        prop_assert!(!end.connected);
    }

    #[test]
    fn a_handshake_with_flipped_bits_fails_or_recovers(at in 0usize..4_000, bit in 0u8..8) {
        let mut network = between(rsa(), ecdsa(), 0);
        let mut passed = 0;
        for _ in 0..8 {
            for from in [0, 1] {
                for mut packet in network.ends[from].poll() {
                    if let Some(byte) = at.checked_sub(passed).and_then(|at| packet.get_mut(at)) {
                        *byte ^= 1 << bit;
                    }
                    passed += packet.len();
                    let _ = network.ends[1 - from].dtls.handle_packet(&packet);
                }
            }
        }
        let [client, server] = &network.ends;
        if client.connected && server.connected {
            prop_assert_eq!(&client.keys, &server.keys);
            prop_assert_eq!(server.certificate.as_ref(), Some(&rsa().certificate));
        }
    }

    #[test]
    fn garbage_does_not_disturb_a_connection(datagrams in prop::collection::vec(garbage(), 1..20)) {
        let mut network = between(rsa(), ecdsa(), 0);
        network.connect();
        for datagram in datagrams {
            for end in &mut network.ends {
                end.dtls.handle_packet(&datagram).unwrap();
            }
        }
        network.say(0, b"still there");
    }
}
