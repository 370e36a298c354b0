//! Peers with certificates of the other kind: GStreamer makes an RSA one for each connection.

use axum::http::Method;
use klieg_media::webrtc::dtls;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use str0m::Event;
use str0m::config::DtlsCert;

use crate::support::peer::{Peer, Wish, config};
use crate::support::show::{Publisher, number, watch, watch_as};
use crate::support::{FRAGMENT, PATIENCE, Server};

async fn with_rsa(wish: Wish<'_>) -> Peer {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    let certificate = DtlsCert { certificate: certificate.der().to_vec(), private_key: key.serialize_der() };
    // str0m's own DTLS has no use for such a certificate on either side.
    let config = config(wish.video).set_crypto_provider(dtls::crypto()).set_dtls_cert(certificate);
    Peer::with(config, wish).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_and_a_viewer_with_rsa_certificates_are_served() {
    let server = Server::start();
    let _publisher = Publisher::by(with_rsa(Wish::PUBLISH).await, &server).await;
    let mut foreign = watch_as(with_rsa(Wish::PLAY).await, &server).await;
    let mut ordinary = watch(&server).await;
    for viewer in [&mut foreign, &mut ordinary] {
        number(&viewer.picture().await.data).expect("a picture of the film");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_other_than_the_announced_one_is_refused() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let (mut impostor, other) = (with_rsa(Wish::PLAY).await, with_rsa(Wish::PLAY).await);
    let fingerprint = |offer: &str| offer.lines().find(|line| line.starts_with("a=fingerprint:")).unwrap().to_owned();
    let offer = impostor.offer.replace(&fingerprint(&impostor.offer), &fingerprint(&other.offer));
    let answer = server.whep(&offer).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    impostor.accept(&answer.body);
    let headers = [("content-type", FRAGMENT), ("if-match", answer.header("etag"))];
    let refused = async {
        while server.request(Method::PATCH, answer.header("location"), &headers, "a=end-of-candidates\r\n").await.status
            != 404
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.expect("the session is over");
    while let Some(event) = impostor.try_event() {
        assert!(!matches!(event, Event::Connected), "the impostor is never let in");
    }
}
