//! A desktop that lets a screen be chosen: a portal of the test's own, which speaks as XDG Desktop Portal does, over a real bus, and
//! a picture that PipeWire carries.

#![expect(clippy::unused_self, clippy::used_underscore_binding, reason = "the shape of these calls is D-Bus's")]

use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use parking_lot::Mutex;
use zbus::message::Header;
use zbus::zvariant::{ObjectPath, OwnedFd, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, blocking, fdo, interface};

use super::wait_for;

const ROOT: &str = "/org/freedesktop/portal/desktop";
type Options = HashMap<String, OwnedValue>;

/// What the creator does in the dialog, and what was seen of it.
#[derive(Default)]
struct Dialog {
    declines: bool,
    /// How often it was shown.
    shown: usize,
    /// The token that brings back what was chosen, without the dialog.
    token: Option<String>,
    asked_with: Option<String>,
    sessions: Vec<OwnedObjectPath>,
}

pub(crate) struct Desktop {
    children: Vec<Child>,
    dialog: Arc<Mutex<Dialog>>,
    bus: Option<blocking::Connection>,
    pub(crate) directory: tempfile::TempDir,
}

impl Desktop {
    /// Shows a picture of 320 x 180 that is red and green by turns.
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut desktop = Self { children: Vec::new(), dialog: Arc::default(), bus: None, directory };
        let home = desktop.directory.path().to_owned();
        std::fs::write(home.join("bus.conf"), bus(&home)).unwrap();
        desktop.spawn("dbus-daemon", &["--nofork", "--config-file", &home.join("bus.conf").display().to_string()]);
        wait_for("the bus", || UnixStream::connect(home.join("bus")).ok());
        desktop.spawn("pipewire", &[]);
        wait_for("PipeWire", || UnixStream::connect(home.join("pipewire-0")).ok());
        desktop.spawn("wireplumber", &[]);
        let picture = "videotestsrc is-live=true pattern=blink foreground-color=0xffff0000 background-color=0xff00ff00 \
                       ! video/x-raw,format=BGRx,width=320,height=180,framerate=10/1 \
                       ! pipewiresink mode=provide stream-properties=p,node.name=desktop-picture,media.class=Video/Source";
        desktop.spawn("gst-launch-1.0", &picture.split_whitespace().collect::<Vec<_>>());
        let node = wait_for("the picture", || desktop.node("desktop-picture"));
        let portal = Portal { dialog: desktop.dialog.clone(), pipewire: home.join("pipewire-0"), node };
        let connection = blocking::connection::Builder::address(desktop.address().as_str())
            .and_then(|builder| builder.serve_at(ROOT, portal))
            .and_then(|builder| builder.name("org.freedesktop.portal.Desktop"))
            .and_then(blocking::connection::Builder::build);
        desktop.bus = Some(connection.unwrap());
        desktop
    }

    /// The creator will choose nothing.
    pub(crate) fn will_decline(&self) {
        self.dialog.lock().declines = true;
    }

    /// How often the creator was asked.
    pub(crate) fn asked(&self) -> usize {
        self.dialog.lock().shown
    }

    /// The token that came with the last request.
    pub(crate) fn asked_with(&self) -> Option<String> {
        self.dialog.lock().asked_with.clone()
    }

    /// The creator ends it by the desktop's own sign.
    pub(crate) fn end(&self) {
        let sessions = std::mem::take(&mut self.dialog.lock().sessions);
        let bus = self.bus.as_ref().unwrap();
        for session in sessions {
            let nothing: HashMap<&str, Value<'_>> = HashMap::new();
            bus.emit_signal(None::<&str>, &session, "org.freedesktop.portal.Session", "Closed", &(nothing,)).unwrap();
        }
    }

    /// A program of this desktop.
    pub(crate) fn program(&self, program: &str) -> Command {
        let home = self.directory.path();
        let mut command = Command::new(program);
        command
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home)
            .env("XDG_STATE_HOME", home.join("state"))
            .env("DBUS_SESSION_BUS_ADDRESS", self.address());
        command
    }

    fn address(&self) -> String {
        format!("unix:path={}", self.directory.path().join("bus").display())
    }

    /// The id of a PipeWire node.
    fn node(&self, name: &str) -> Option<u32> {
        let dump = self.program("pw-dump").output().expect("pw-dump (make setup installs it)");
        let objects: serde_json::Value = serde_json::from_slice(&dump.stdout).ok()?;
        let is_it = |object: &&serde_json::Value| object["info"]["props"]["node.name"] == name;
        let id = objects.as_array()?.iter().find(is_it)?["id"].as_u64()?;
        u32::try_from(id).ok()
    }

    fn spawn(&mut self, program: &str, arguments: &[&str]) {
        let mut command = self.program(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| panic!("{program} (make setup installs it): {error}"));
        self.children.push(child);
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.bus = None;
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn bus(home: &Path) -> String {
    format!(
        "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth><policy context='default'>\
         <allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/><allow own='*'/></policy></busconfig>",
        home.join("bus").display()
    )
}

struct Session;

#[interface(name = "org.freedesktop.portal.Session")]
impl Session {
    fn close(&self) {}
}

struct Portal {
    dialog: Arc<Mutex<Dialog>>,
    pipewire: PathBuf,
    node: u32,
}

#[interface(name = "org.freedesktop.portal.ScreenCast")]
impl Portal {
    async fn create_session(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
        options: Options,
    ) -> fdo::Result<OwnedObjectPath> {
        let session = path("session", &header, &options, "session_handle_token");
        bus.object_server().at(&session, Session).await?;
        self.dialog.lock().sessions.push(session.clone());
        answer(bus, &header, &options, 0, HashMap::from([("session_handle", Value::from(session.as_str()))])).await
    }

    async fn select_sources(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
        _session: ObjectPath<'_>,
        options: Options,
    ) -> fdo::Result<OwnedObjectPath> {
        let token = options.get("restore_token").and_then(|token| <&str>::try_from(token).ok()).map(str::to_owned);
        self.dialog.lock().asked_with = token;
        answer(bus, &header, &options, 0, HashMap::new()).await
    }

    async fn start(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
        _session: ObjectPath<'_>,
        _parent: &str,
        options: Options,
    ) -> fdo::Result<OwnedObjectPath> {
        let token = {
            let mut dialog = self.dialog.lock();
            let is_known = dialog.token.is_some() && dialog.token == dialog.asked_with;
            dialog.shown += usize::from(!is_known);
            // Good for one use.
            dialog.token =
                (!dialog.declines).then(|| format!("token after {}", dialog.asked_with.as_deref().unwrap_or("none")));
            dialog.token.clone()
        };
        let Some(token) = token else { return answer(bus, &header, &options, 1, HashMap::new()).await };
        let size = HashMap::from([("size", Value::from((320_i32, 180_i32)))]);
        let results = [("streams", Value::from(vec![(self.node, size)])), ("restore_token", Value::from(token))];
        answer(bus, &header, &options, 0, HashMap::from(results)).await
    }

    fn open_pipe_wire_remote(&self, _session: ObjectPath<'_>, _options: Options) -> fdo::Result<OwnedFd> {
        let stream = UnixStream::connect(&self.pipewire).map_err(|error| fdo::Error::IOError(error.to_string()))?;
        Ok(std::os::fd::OwnedFd::from(stream).into())
    }

    /// Screens and windows.
    #[zbus(property)]
    fn available_source_types(&self) -> u32 {
        3
    }

    /// Hidden and embedded.
    #[zbus(property)]
    fn available_cursor_modes(&self) -> u32 {
        3
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        4
    }
}

/// The path of an object that a caller names by a token.
fn path(kind: &str, header: &Header<'_>, options: &Options, token: &str) -> OwnedObjectPath {
    let sender = header.sender().unwrap().trim_start_matches(':').replace('.', "_");
    let token = <&str>::try_from(&options[token]).unwrap();
    ObjectPath::try_from(format!("{ROOT}/{kind}/{sender}/{token}")).unwrap().into()
}

/// Answers a request, as a portal does: by a signal.
async fn answer(
    bus: &Connection,
    header: &Header<'_>,
    options: &Options,
    code: u32,
    results: HashMap<&str, Value<'_>>,
) -> fdo::Result<OwnedObjectPath> {
    let request = path("request", header, options, "handle_token");
    let interface = "org.freedesktop.portal.Request";
    bus.emit_signal(header.sender().cloned(), &request, interface, "Response", &(code, results)).await?;
    Ok(request)
}
