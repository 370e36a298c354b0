//! A TURN server: coturn, on addresses of the loopback interface.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::port::Port;
use super::{PATIENCE, wait_for};

/// Where what goes through the relay comes from.
pub(crate) const RELAY: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

pub(crate) struct Turn {
    server: Child,
    port: u16,
    tls_port: u16,
    directory: tempfile::TempDir,
}

impl Turn {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // Held until it listens there.
        let held = [reserve(), Port::reserve()];
        let [port, tls_port] = held.each_ref().map(|port| port.number);
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (directory.path().join("certificate.pem"), directory.path().join("key.pem"));
        std::fs::write(&certificate, pem("CERTIFICATE", own.cert.der())).unwrap();
        std::fs::write(&key, pem("PRIVATE KEY", &own.signing_key.serialize_der())).unwrap();
        let server = Command::new("turnserver")
            .args(["-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.3", "--allow-loopback-peers"])
            .args(["--no-dtls", "--no-cli", "--lt-cred-mech", "--user=creator:word, and another", "--realm=klieg.test"])
            .args([format!("--tls-listening-port={tls_port}"), format!("--cert={}", certificate.display())])
            .arg(format!("--pkey={}", key.display()))
            .args([format!("--listening-port={port}"), format!("--pidfile={}", directory.path().join("pid").display())])
            .args(["--log-file=stdout", "--simple-log"])
            .arg(format!("--userdb={}", directory.path().join("users").display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("coturn (make setup installs it)");
        wait_for("the TURN server", || TcpStream::connect(("127.0.0.1", port)).ok());
        wait_for("the TURN server", || TcpStream::connect(("127.0.0.1", tls_port)).ok());
        Self { server, port, tls_port, directory }
    }

    /// Vouches for its name.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    /// How a WHIP server names it, by `udp`, `tcp` or `tls`.
    pub(crate) fn link(&self, transport: &str) -> String {
        let address = match transport {
            "tls" => format!("turns:localhost:{}?transport=tcp", self.tls_port),
            transport => format!("turn:127.0.0.1:{}?transport={transport}", self.port),
        };
        format!(
            "<{address}>; rel=\"ice-server\"; username=\"creator\"; \
             credential=\"word, and another\"; credential-type=\"password\""
        )
    }

    /// How a WHIP server names it for STUN, behind a router, and where the router is seen from whatever is asked through it.
    pub(crate) fn behind_router(&self) -> (String, SocketAddr) {
        let inside = UdpSocket::bind("127.0.0.1:0").unwrap();
        let outside = UdpSocket::bind("127.0.0.4:0").unwrap();
        outside.connect(("127.0.0.1", self.port)).unwrap();
        let link = format!("<stun:{}>; rel=\"ice-server\"", inside.local_addr().unwrap());
        let seen = outside.local_addr().unwrap();
        for socket in [&inside, &outside] {
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
        }
        // Ends when nobody has asked, or been answered, for so long.
        std::thread::spawn(move || {
            let mut buffer = [0; 2_000];
            while let Ok((length, asks)) = inside.recv_from(&mut buffer) {
                let _ = outside.send(&buffer[..length]);
                let Ok(length) = outside.recv(&mut buffer) else { return };
                let _ = inside.send_to(&buffer[..length], asks);
            }
        });
        (link, seen)
    }
}

/// A port that nobody has by UDP either, where the server listens as well.
fn reserve() -> Port {
    loop {
        let port = Port::reserve();
        if UdpSocket::bind(("127.0.0.1", port.number)).is_ok() {
            return port;
        }
    }
}

/// As RFC 7468 has it, in one line.
pub(crate) fn pem(what: &str, der: &[u8]) -> String {
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", BASE64_STANDARD.encode(der))
}

impl Drop for Turn {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
