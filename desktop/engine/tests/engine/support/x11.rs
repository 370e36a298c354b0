//! An X11 display of the test's own, and windows on it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection;
use x11rb::protocol::randr::{ConnectionExt as _, MonitorInfo, Rotation};
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, PropMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// A display without a window manager.
pub(crate) struct Display {
    server: Child,
    /// Such as `:99`.
    pub(crate) name: String,
    connection: RustConnection,
    root: Window,
}

impl Display {
    pub(crate) fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb (apt-get install xvfb)");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let name = format!(":{}", number.trim());
        let (connection, screen) = x11rb::connect(Some(&name)).unwrap();
        let root = connection.setup().roots[screen].root;
        Self { server, name, connection, root }
    }

    /// Opens a plain window at `[left, top, width, height]`, over those that are open.
    pub(crate) fn open(&self, class: &str, title: &str, colour: u32, place: [u16; 4]) -> Window {
        let window = self.connection.generate_id().unwrap();
        let [left, top, width, height] = place;
        let aux = CreateWindowAux::new().background_pixel(colour);
        let (left, top) = (left.cast_signed(), top.cast_signed());
        let (depth, kind) = (COPY_DEPTH_FROM_PARENT, WindowClass::INPUT_OUTPUT);
        self.connection.create_window(depth, window, self.root, left, top, width, height, 3, kind, 0, &aux).unwrap();
        let class = format!("instance\0{class}\0");
        self.text(window, AtomEnum::WM_CLASS.into(), AtomEnum::STRING.into(), &class);
        self.text(window, self.atom("_NET_WM_NAME"), self.atom("UTF8_STRING"), title);
        self.connection.map_window(window).unwrap();
        self.done();
        window
    }

    pub(crate) fn close(&self, window: Window) {
        self.connection.destroy_window(window).unwrap();
        self.done();
    }

    pub(crate) fn minimise(&self, window: Window) {
        self.connection.unmap_window(window).unwrap();
        self.done();
    }

    pub(crate) fn restore(&self, window: Window) {
        self.connection.map_window(window).unwrap();
        self.done();
    }

    pub(crate) fn resize(&self, window: Window, width: u32, height: u32) {
        let size = ConfigureWindowAux::new().width(width).height(height);
        self.connection.configure_window(window, &size).unwrap();
        self.done();
    }

    /// Gives it another size, no larger than 640 × 480, as when a monitor is taken away or has another resolution.
    pub(crate) fn set_size(&self, width: u16, height: u16) {
        let connection = &self.connection;
        connection.randr_query_version(1, 5).unwrap().reply().unwrap();
        // What lies between is nothing that others see.
        connection.grab_server().unwrap();
        let resources = connection.randr_get_screen_resources(self.root).unwrap().reply().unwrap();
        // No display is smaller than what its monitors show.
        for crtc in resources.crtcs {
            let (now, none, upright) = (x11rb::CURRENT_TIME, x11rb::NONE, Rotation::ROTATE0);
            let off = connection.randr_set_crtc_config(crtc, now, resources.config_timestamp, 0, 0, none, upright, &[]);
            off.unwrap().reply().unwrap();
        }
        connection.randr_set_screen_size(self.root, width, height, 160, 120).unwrap().check().unwrap();
        connection.ungrab_server().unwrap();
        self.done();
    }

    /// Divides it into two monitors side by side, `left` and `right`, of which the right one is the main one.
    pub(crate) fn divide(&self) {
        self.arrange(&[("left", 0), ("right", 320)]);
    }

    /// Gives it these of the two monitors, at so many pixels from its left edge.
    pub(crate) fn arrange(&self, monitors: &[(&str, i16)]) {
        self.connection.randr_query_version(1, 5).unwrap().reply().unwrap();
        // What lies between is nothing that others see.
        self.connection.grab_server().unwrap();
        for name in ["left", "right"] {
            // There may be none of that name yet.
            let _ = self.connection.randr_delete_monitor(self.root, self.atom(name)).unwrap().check();
        }
        for &(name, x) in monitors {
            let monitor = MonitorInfo {
                name: self.atom(name),
                primary: name == "right",
                automatic: false,
                x,
                y: 0,
                width: 320,
                height: 480,
                width_in_millimeters: 80,
                height_in_millimeters: 120,
                outputs: Vec::new(),
            };
            self.connection.randr_set_monitor(self.root, monitor).unwrap().check().unwrap();
        }
        self.connection.ungrab_server().unwrap();
        self.done();
    }

    /// Lets it answer nobody any more, without ending a connection.
    pub(crate) fn hang(&self) {
        kill_process(Pid::from_child(&self.server), Signal::STOP).unwrap();
    }

    /// Ends that.
    pub(crate) fn go_on(&self) {
        kill_process(Pid::from_child(&self.server), Signal::CONT).unwrap();
    }

    /// Says, as a window manager does, which windows are those of programs.
    pub(crate) fn manage(&self, clients: &[Window]) {
        let list = self.atom("_NET_CLIENT_LIST");
        let replace = PropMode::REPLACE;
        self.connection.change_property32(replace, self.root, list, AtomEnum::WINDOW, clients).unwrap();
        self.done();
    }

    /// Gives a window a type of EWMH's.
    pub(crate) fn set_type(&self, window: Window, kind: &str) {
        let (name, kind) = (self.atom("_NET_WM_WINDOW_TYPE"), self.atom(kind));
        self.connection.change_property32(PropMode::REPLACE, window, name, AtomEnum::ATOM, &[kind]).unwrap();
        self.done();
    }

    fn text(&self, window: Window, name: u32, kind: u32, text: &str) {
        self.connection.change_property8(PropMode::REPLACE, window, name, kind, text.as_bytes()).unwrap();
    }

    fn atom(&self, name: &str) -> u32 {
        self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    /// Waits until the display has done all that was asked.
    fn done(&self) {
        self.connection.sync().unwrap();
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
