//! RTMP over TLS: to a server that can be trusted, and to none that cannot.

use std::path::Path;

use klieg_studio_model::{Event, OutputState};

use crate::nginx::{self, Nginx, recordings, until_recorded};
use crate::support::OnAir;
use crate::support::port::Port;
use crate::support::running::{ENGINE, Running};
use crate::support::tls::Tls;

/// An nginx that takes RTMP, and TLS in front of it.
fn servers(folder: &Path) -> (Nginx, Tls) {
    let port = Port::reserve();
    (Nginx::start(folder, &port), Tls::start(folder, port.number))
}

fn show(host: &str, port: u16) -> String {
    nginx::show(&format!("rtmps://{host}:{port}/live"), Some("sk-test"))
}

/// Whether an attempt failed because of the certificate.
fn is_refusal(event: &Event) -> bool {
    matches!(event, Event::Output { state: OutputState::Reconnecting { reason, .. }, .. }
        if reason.contains("does not trust the server's certificate"))
}

#[test]
fn a_server_that_the_system_trusts_gets_the_show() {
    if !Tls::can_be_trusted() {
        assert!(
            std::env::var_os("KLIEG_NEEDS_NAMESPACES").is_none(),
            "this system gives namespaces, but not to this test"
        );
        return eprintln!(
            "not tried: this system gives nobody a namespace, so nothing can be trusted that it does not trust"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let (_nginx, tls) = servers(folder.path());
    let file = folder.path().join("show.toml");
    std::fs::write(&file, show("localhost", tls.port)).unwrap();
    let mut engine = tls.trusted_by(ENGINE);
    let mut running = Running::start(engine.env("HOME", folder.path()), &file);
    running.until("live", |event| matches!(event, Event::Output { state: OutputState::Live, .. }));
    running.record(60.0);
    until_recorded(folder.path());

    // It vouches for the name, not for whatever else is at that address.
    std::fs::write(&file, show("127.0.0.1", tls.port)).unwrap();
    let mut engine = tls.trusted_by(ENGINE);
    Running::start(engine.env("HOME", folder.path()), &file).until("a refusal", is_refusal);
}

#[test]
fn one_that_nobody_vouches_for_gets_nothing_and_the_creator_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (_nginx, tls) = servers(folder.path());
    let mut on_air = OnAir::start(&show("localhost", tls.port));
    let mut refusals = 0;
    on_air.until("two refusals", |event| {
        assert!(!matches!(event, Event::Output { state: OutputState::Live, .. }), "it went live");
        refusals += u32::from(is_refusal(event));
        refusals == 2
    });
    on_air.stop();
    assert!(recordings(folder.path()).is_empty(), "something reached the server");
}
