//! Keys: in memory, and in a real keyring of the system.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use klieg_studio::keys::{KeyError, Keyring, Keys, MemoryKeyring, Removals, SystemKeyring};
use klieg_studio_model::{Command as Ask, DestinationKind, Output, Secret};
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use crate::support::drawer::Drawer;
use crate::support::{PATIENCE, Rig, go_live, place};

/// The real keyring's. It takes it as it comes, with the line's end.
const PASSWORD: &str = "a password\n";

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
async fn the_thread_answers() {
    let home = tempfile::tempdir().unwrap();
    let removals = home.path().join("removals.json");
    let keys = Keys::start(Drawer::default().opener(), Removals::at(removals.clone())).unwrap();
    assert_eq!(keys.opened().await, Ok(()));
    keys.set("a", &Secret::new("sk")).await.unwrap();
    assert_eq!(keys.get("a").await.unwrap(), Some(Secret::new("sk")));
    keys.remove("a").await.unwrap();
    assert_eq!(keys.get("a").await.unwrap(), None);
    assert!(!removals.exists(), "it is done");
    assert_eq!(format!("{:?}", Secret::new("sk")), "Secret(…)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_unlocked_later_has_what_was_kept_meanwhile() {
    let drawer = Drawer::locked(KeyError::Dismissed);
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    let studio = rig.until("what is wrong", |studio| studio.keyring.is_some()).await;
    let said = studio.keyring.clone().unwrap();
    assert!(said.starts_with("Your keyring was not unlocked") && !said.contains("gnome-keyring"), "{said}");
    rig.destination("b", DestinationKind::Whip, "https://b.example/whip").await;
    assert_eq!(drawer.get("key b"), Ok(None), "it is shut");
    let home = rig.close().await;

    // The next start: one of its keys is in the keyring, and now it is unlocked while the studio runs.
    drawer.set("key b", &Secret::new("sk-kept")).unwrap();
    let rig = Rig::with_keyring(home, &drawer);
    rig.until("what is wrong", |studio| studio.keyring.is_some()).await;
    assert!(rig.state().await.keys.is_empty());
    rig.destination("c", DestinationKind::Whip, "https://c.example/whip").await;
    assert_eq!(rig.refused(Ask::OpenKeyring).await, "the keyring was not unlocked: its password was not given");
    drawer.unlock();
    rig.done(Ask::OpenKeyring).await;
    let studio = rig.state().await;
    assert_eq!(studio.keyring, None);
    assert!(["b", "c"].iter().all(|id| studio.keys.iter().any(|known| known == id)), "{:?}", studio.keys);
    assert_eq!(drawer.get("key c"), Ok(Some(Secret::new("sk-test"))), "what was kept in memory is in it");
    rig.done(Ask::OpenKeyring).await;
    rig.close().await;
}

/// The file in the folder of a studio.
fn removals(home: &Path) -> PathBuf {
    home.join("state/removals.json")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_while_the_keyring_is_shut_does_not_come_back() {
    let drawer = Drawer::default();
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    for id in ["b", "c", "d"] {
        rig.destination(id, DestinationKind::Whip, "https://b.example/whip").await;
    }
    let home = rig.close().await;
    let forget = |id: &str| Ask::SetDestination {
        destination: place(id, DestinationKind::Whip, "https://b.example/whip"),
        key: Some(Secret::new("")),
    };

    drawer.lock(KeyError::Locked);
    let rig = Rig::with_keyring(home, &drawer);
    rig.until("what is wrong", |studio| studio.keyring.is_some()).await;
    rig.done(forget("b")).await;
    rig.done(Ask::RemoveDestination { id: "c".into() }).await;
    let text = std::fs::read_to_string(removals(rig.home.path())).unwrap();
    assert_eq!(text, r#"["key b","key c"]"#, "names, and no secret");
    let home = rig.close().await;
    assert!(drawer.get("key b").unwrap().is_some() && drawer.get("key c").unwrap().is_some(), "it is shut");

    // It stays shut for another run, in which one of them gets another key.
    let rig = Rig::with_keyring(home, &drawer);
    rig.until("what is wrong", |studio| studio.keyring.is_some()).await;
    let destination = place("b", DestinationKind::Whip, "https://b.example/whip");
    rig.done(Ask::SetDestination { destination, key: Some(Secret::new("sk-new")) }).await;
    drawer.unlock();
    rig.done(Ask::OpenKeyring).await;
    let mut keys = rig.state().await.keys.clone();
    keys.sort();
    assert_eq!(keys, ["b", "d"]);
    assert_eq!(drawer.get("key b"), Ok(Some(Secret::new("sk-new"))));
    assert_eq!(drawer.get("key c"), Ok(None));
    assert!(!removals(rig.home.path()).exists());

    // The same where it is locked again while the studio runs.
    drawer.lock(KeyError::Locked);
    rig.done(forget("b")).await;
    rig.done(go_live("")).await;
    let of = |output: &Output| matches!(output, Output::Whip(whip) if whip.name.as_deref() == Some("b") && whip.key.is_none());
    assert!(rig.notes.outputs().iter().any(of), "nothing is sent with a key that was deleted");
    rig.done(Ask::EndShow).await;
    let home = rig.close().await;
    drawer.unlock();
    let rig = Rig::with_keyring(home, &drawer);
    rig.done(Ask::OpenKeyring).await;
    assert_eq!(rig.state().await.keys, ["d"]);
    assert_eq!(drawer.get("key b"), Ok(None));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_while_the_keyring_is_silent_is_deleted_after_a_crash() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("removals.json");
    let (_opens, never) = std::sync::mpsc::channel::<()>();
    let never = parking_lot::Mutex::new(never);
    let silent = move || {
        let _ = never.lock().recv();
        Err(KeyError::Silent)
    };
    let keys = Keys::start(Box::new(silent), Removals::at(path.clone())).unwrap();
    // It waits for the keyring, and is gone before that answers.
    let asked = tokio::spawn(async move { keys.remove("key a").await });
    let started = Instant::now();
    while !path.exists() {
        assert!(started.elapsed() < PATIENCE, "it is not written down");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    asked.abort();

    let drawer = Drawer::default();
    drawer.set("key a", &Secret::new("sk")).unwrap();
    let keys = Keys::start(drawer.opener(), Removals::at(path.clone())).unwrap();
    assert_eq!(keys.opened().await, Ok(()));
    assert_eq!(drawer.get("key a"), Ok(None));
    assert!(!path.exists());
    // What cannot be read stops nobody.
    std::fs::write(&path, "nonsense").unwrap();
    let keys = Keys::start(drawer.opener(), Removals::at(path)).unwrap();
    assert_eq!(keys.opened().await, Ok(()));
}

/// The daemon takes the password that unlocks its keyring from its input, and goes on in the background.
const WITH_A_KEYRING: &str = "gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$@\"";

/// Run by [`a_real_keyring_keeps_keys`] in a session of its own.
#[test]
#[ignore = "needs a keyring that may be written to"]
fn in_a_session_with_a_keyring() {
    behaves(&SystemKeyring::open().unwrap());
}

/// Run by [`without_a_keyring_it_is_said_what_is_missing`] in a session of its own.
#[test]
#[ignore = "needs a session without a keyring"]
fn in_a_session_without_a_keyring() {
    let error = SystemKeyring::open().map(drop).unwrap_err();
    assert_eq!(error, KeyError::NoService);
    assert!(error.consequence().contains("gnome-keyring"));
}

/// The real keyring as other programs of the desktop reach it.
struct Outside(Connection);

impl Outside {
    const KEYRING: &str = "/org/freedesktop/secrets/collection/login";

    fn service(&self, interface: &'static str) -> Proxy<'_> {
        Proxy::new(&self.0, "org.freedesktop.secrets", "/org/freedesktop/secrets", interface).unwrap()
    }

    fn lock(&self) {
        let keyrings = vec![ObjectPath::try_from(Self::KEYRING).unwrap()];
        let service = self.service("org.freedesktop.Secret.Service");
        let (locked, _): (Vec<OwnedObjectPath>, OwnedObjectPath) = service.call("Lock", &(keyrings,)).unwrap();
        assert_eq!(locked.len(), 1);
    }

    /// As the log-in to the desktop does it, without asking anybody.
    fn unlock(&self) {
        let service = self.service("org.freedesktop.Secret.Service");
        let (_, session): (OwnedValue, OwnedObjectPath) =
            service.call("OpenSession", &("plain", Value::from(""))).unwrap();
        let password = (session, Vec::<u8>::new(), PASSWORD.as_bytes(), "text/plain");
        let keyring = ObjectPath::try_from(Self::KEYRING).unwrap();
        let inside = self.service("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface");
        inside.call::<_, _, ()>("UnlockWithMasterPassword", &(keyring, password)).unwrap();
    }
}

/// Run by [`a_real_keyring_that_is_locked_gets_the_keys_when_it_is_unlocked`] in a session of its own.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a keyring that may be locked"]
async fn in_a_session_with_a_keyring_that_locks() {
    use tokio::task::block_in_place;

    let keyring = SystemKeyring::open().unwrap();
    keyring.set("key b", &Secret::new("sk-before")).unwrap();
    let outside = block_in_place(|| Outside(Connection::session().unwrap()));
    block_in_place(|| outside.lock());
    // There is nobody who could ask for the password, and what is not in a locked keyring is not found either way.
    assert_eq!(SystemKeyring::open().map(drop), Err(KeyError::Dismissed));
    assert_eq!(keyring.get("key b"), Err(KeyError::Dismissed));
    assert_eq!(keyring.get("key c"), Ok(None));
    assert_eq!(keyring.set("key c", &Secret::new("sk")), Err(KeyError::Locked));

    let rig = Rig::opening(tempfile::tempdir().unwrap(), SystemKeyring::opener());
    let studio = rig.until("what is wrong", |studio| studio.keyring.is_some()).await;
    let said = studio.keyring.clone().unwrap();
    assert!(said.starts_with("Your keyring was not unlocked: keys are kept only until you close"), "{said}");
    rig.destination("b", DestinationKind::Whip, "https://b.example/whip").await;
    rig.done(go_live("")).await;
    let Output::Whip(whip) = &rig.notes.outputs()[0] else { panic!() };
    assert_eq!(whip.key.as_ref().unwrap().reveal(), "sk-test", "it is used from memory");
    rig.done(Ask::EndShow).await;
    assert_eq!(rig.refused(Ask::OpenKeyring).await, "the keyring was not unlocked: its password was not given");

    block_in_place(|| outside.unlock());
    assert_eq!(keyring.get("key b"), Ok(Some(Secret::new("sk-before"))));
    rig.done(Ask::OpenKeyring).await;
    let studio = rig.state().await;
    assert_eq!((&studio.keyring, &studio.keys[..]), (&None, &["b".to_owned()][..]));
    assert_eq!(keyring.get("key b"), Ok(Some(Secret::new("sk-test"))), "what was kept in memory is in it");
    rig.close().await;
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
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_real_keyring_keeps_keys() {
    in_a_session(WITH_A_KEYRING, "keys::in_a_session_with_a_keyring");
}

#[test]
fn a_real_keyring_that_is_locked_gets_the_keys_when_it_is_unlocked() {
    in_a_session(WITH_A_KEYRING, "keys::in_a_session_with_a_keyring_that_locks");
}

#[test]
fn without_a_keyring_it_is_said_what_is_missing() {
    // A bus that can start nothing.
    let script = "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent exec \"$@\"";
    in_a_session(script, "keys::in_a_session_without_a_keyring");
}
