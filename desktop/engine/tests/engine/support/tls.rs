//! TLS in front of a server that speaks none, as a proxy that ends it does, with a certificate for `localhost` of an authority of
//! its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::turn::pem;

/// Where GnuTLS on Debian, with which GStreamer speaks TLS, finds whom the system trusts. No variable names another place.
const TRUSTED: &str = "/etc/ssl/certs/ca-certificates.crt";

const NAMESPACE: [&str; 2] = ["--map-root-user", "--mount"];

pub(crate) struct Tls {
    pub(crate) port: u16,
    authority: PathBuf,
}

impl Tls {
    /// In front of the server at a port of this computer, with its authority's certificate in a file in `folder`.
    pub(crate) fn start(folder: &Path, to: u16) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "An authority of a test");
        let key = KeyPair::generate().unwrap();
        let authority = folder.join("authority.pem");
        std::fs::write(&authority, pem("CERTIFICATE", params.self_signed(&key).unwrap().der())).unwrap();
        let issuer = Issuer::new(params, key);

        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(listener, acceptor, to));
        });
        Self { port, authority }
    }

    /// Whether a program can be started that trusts it: containers often give nobody a namespace.
    pub(crate) fn can_be_trusted() -> bool {
        let tried = Command::new("unshare").args(NAMESPACE).arg("true").status();
        tried.is_ok_and(|status| status.success())
    }

    /// `program` where the authority is all that the system trusts: in a namespace with another list.
    pub(crate) fn trusted_by(&self, program: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(NAMESPACE).args(["sh", "-c"]);
        command.arg(format!("mount --bind \"$0\" {TRUSTED} && exec \"$@\""));
        command.arg(&self.authority).arg(program);
        command
    }
}

async fn serve(listener: std::net::TcpListener, acceptor: TlsAcceptor, to: u16) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((client, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let Ok(mut client) = acceptor.accept(client).await else { return };
            let Ok(mut server) = tokio::net::TcpStream::connect(("127.0.0.1", to)).await else { return };
            // One of the two has gone, which the other is told.
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        });
    }
}
