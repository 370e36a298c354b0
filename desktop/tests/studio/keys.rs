//! Keys: in memory, and in a real keyring of the system.

use std::io::Write;
use std::process::{Command, Stdio};

use klieg_studio::keys::{Keyring, Keys, MemoryKeyring, OpenKeyring, SystemKeyring};
use klieg_studio_model::Secret;

fn behaves(keyring: &dyn Keyring) {
    assert_eq!(keyring.get("key a").unwrap(), None);
    keyring.remove("key a").unwrap();
    keyring.set("key a", &Secret::new("sk-1 ä")).unwrap();
    keyring.set("key b", &Secret::new("sk-2")).unwrap();
    keyring.set("key a", &Secret::new("sk-3 ä")).unwrap();
    assert_eq!(keyring.get("key a").unwrap(), Some(Secret::new("sk-3 ä")));
    assert_eq!(keyring.get("key b").unwrap(), Some(Secret::new("sk-2")));
    keyring.remove("key a").unwrap();
    assert_eq!(keyring.get("key a").unwrap(), None);
    keyring.remove("key b").unwrap();
}

#[test]
fn memory_keeps_keys() {
    behaves(&MemoryKeyring::default());
}

#[tokio::test]
async fn the_thread_answers_and_says_what_is_missing() {
    let keys = Keys::start(OpenKeyring::in_memory).unwrap();
    assert_eq!(keys.problem().await, None);
    keys.set("a", &Secret::new("sk")).await.unwrap();
    assert_eq!(keys.get("a").await.unwrap(), Some(Secret::new("sk")));
    keys.remove("a").await.unwrap();
    assert_eq!(keys.get("a").await.unwrap(), None);
    assert_eq!(format!("{:?}", Secret::new("sk")), "Secret(…)");
}

/// Run by [`a_real_keyring_keeps_keys`] in a session of its own.
#[test]
#[ignore = "needs a keyring that may be written to"]
fn in_a_session_with_a_keyring() {
    behaves(&SystemKeyring::open().unwrap());
}

/// Run by [`without_a_keyring_keys_are_kept_in_memory`] in a session of its own.
#[test]
#[ignore = "needs a session without a keyring"]
fn in_a_session_without_a_keyring() {
    let open = OpenKeyring::of_the_system();
    assert!(open.problem.unwrap().contains("gnome-keyring"));
    behaves(&*open.keyring);
}

/// Runs one test of this program in a session of its own, with a script around it.
fn in_a_session(script: &str, test: &str) {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", test])
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_RUNTIME_DIR", home.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("dbus-run-session, from Debian's package dbus-daemon");
    child.stdin.take().unwrap().write_all(b"a password\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_real_keyring_keeps_keys() {
    // The daemon takes the password that unlocks its keyring from its input, and goes on in the background.
    let script = "gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$@\"";
    in_a_session(script, "keys::in_a_session_with_a_keyring");
}

#[test]
fn without_a_keyring_keys_are_kept_in_memory() {
    // A bus that can start nothing.
    let script = "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent exec \"$@\"";
    in_a_session(script, "keys::in_a_session_without_a_keyring");
}
