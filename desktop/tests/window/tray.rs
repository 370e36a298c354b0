//! A desktop's tray on a session bus of its own: StatusNotifierWatcher, and what a panel asks of an icon.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zbus::blocking::{Connection, Proxy, connection};
use zbus::zvariant::{OwnedValue, Value};

use crate::driver::{PATIENCE, Program};

/// A session bus, and its address.
pub(crate) fn session_bus() -> (Program, String) {
    use std::io::{BufRead, BufReader};
    let mut command = Command::new("dbus-daemon");
    command.args(["--session", "--nofork", "--print-address=1"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut program = Program::start(&mut command);
    let mut line = String::new();
    BufReader::new(program.stdout()).read_line(&mut line).unwrap();
    (program, line.trim().to_owned())
}

struct Watcher(Arc<Mutex<Vec<String>>>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
#[expect(clippy::unused_self, reason = "the interface wants it")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.0.lock().unwrap().push(service);
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Width, height and pixels.
type Pixels = (i32, i32, Vec<u8>);
/// A menu's line: its number, its properties, its lines.
type Line = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

pub(crate) struct Tray {
    connection: Connection,
    items: Arc<Mutex<Vec<String>>>,
}

impl Tray {
    pub(crate) fn on(bus: &str) -> Self {
        let items = Arc::<Mutex<Vec<String>>>::default();
        let connection = connection::Builder::address(bus)
            .and_then(|builder| builder.serve_at("/StatusNotifierWatcher", Watcher(items.clone())))
            .and_then(|builder| builder.name("org.kde.StatusNotifierWatcher"))
            .and_then(connection::Builder::build)
            .unwrap();
        Self { connection, items }
    }

    fn proxy(&self, path: &str, interface: &str) -> Proxy<'_> {
        let started = Instant::now();
        let item = loop {
            if let Some(item) = self.items.lock().unwrap().last() {
                break item.clone();
            }
            assert!(started.elapsed() < PATIENCE, "no icon came");
            std::thread::sleep(Duration::from_millis(20));
        };
        let (path, interface) = (path.to_owned(), interface.to_owned());
        Proxy::new(&self.connection, item, path, interface).unwrap()
    }

    /// The icon's pixels.
    pub(crate) fn icon(&self) -> Vec<u8> {
        let item = self.proxy("/StatusNotifierItem", "org.kde.StatusNotifierItem");
        let pictures: Vec<Pixels> = item.get_property("IconPixmap").unwrap();
        let (width, height, pixels) = pictures.into_iter().next().unwrap();
        assert_eq!(pixels.len(), (4 * width * height) as usize);
        pixels
    }

    /// What one reads over the icon.
    pub(crate) fn says(&self) -> String {
        let item = self.proxy("/StatusNotifierItem", "org.kde.StatusNotifierItem");
        let (_, _, title, _): (String, Vec<Pixels>, String, String) = item.get_property("ToolTip").unwrap();
        title
    }

    /// The menu's labels with their numbers.
    pub(crate) fn menu(&self) -> Vec<(i32, String)> {
        let menu = self.proxy("/MenuBar", "com.canonical.dbusmenu");
        let nothing: Vec<String> = Vec::new();
        let (_, (_, _, lines)): (u32, Line) = menu.call("GetLayout", &(0_i32, -1_i32, nothing)).unwrap();
        let lines = lines.into_iter().filter_map(|line| Line::try_from(line).ok());
        lines
            .filter_map(|(number, says, _)| {
                let label = says.get("label").and_then(|label| String::try_from(label.clone()).ok())?;
                Some((number, label))
            })
            .collect()
    }

    /// Clicks at the line with this label.
    pub(crate) fn click(&self, label: &str) {
        let lines = self.menu();
        let (number, _) =
            lines.iter().find(|(_, known)| known == label).unwrap_or_else(|| panic!("{label}: {lines:?}"));
        let menu = self.proxy("/MenuBar", "com.canonical.dbusmenu");
        menu.call::<_, _, ()>("Event", &(*number, "clicked", Value::from(0_i32), 0_u32)).unwrap();
    }
}
