//! A PulseAudio of the test's own, into which devices are plugged and from which they are pulled.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A sound server with a microphone that hears 440 Hz and a desktop that plays 1,500 Hz.
pub(crate) struct Pulse {
    pub(crate) server: Child,
    pub(crate) directory: tempfile::TempDir,
}

impl Pulse {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { server: serve(directory.path()), directory }
    }

    /// A program that will speak to this server.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("PULSE_SERVER", self.address()).env("HOME", self.directory.path());
        command
    }

    /// Plugs in a device that plays a tone, which is heard from `NAME.monitor`. Returns what pulls it.
    pub(crate) fn plug_in(&self, name: &str, hertz: u32) -> String {
        let name_of_sink = format!("sink_name={name}");
        // It plays in blocks of milliseconds, as a card does, and not of two seconds.
        let module = self.pactl(&["load-module", "module-null-sink", &name_of_sink, "rate=48000", "norewinds=1"]);
        self.pactl(&["load-module", "module-sine", &format!("sink={name}"), &format!("frequency={hertz}")]);
        module
    }

    pub(crate) fn pull(&self, module: &str) {
        self.pactl(&["unload-module", module]);
    }

    fn address(&self) -> String {
        format!("unix:{}", self.directory.path().join("native").display())
    }

    fn pactl(&self, arguments: &[&str]) -> String {
        let done = self.program("pactl").args(arguments).output().expect("pactl (apt-get install pulseaudio-utils)");
        assert!(done.status.success(), "pactl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }
}

/// Starts a server in a folder in which none runs, and waits until one can connect.
pub(crate) fn serve(directory: &Path) -> Child {
    let socket = directory.join("native");
    // One that was killed leaves it.
    let _ = std::fs::remove_file(&socket);
    let server = Command::new("pulseaudio")
        .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"])
        .arg("--load=module-null-sink sink_name=desktop rate=48000")
        .arg("--load=module-null-sink sink_name=cable rate=48000")
        .arg("--load=module-sine sink=cable frequency=440")
        .arg("--load=module-remap-source master=cable.monitor source_name=microphone")
        .arg("--load=module-sine sink=desktop frequency=1500")
        // As on desktops: who used a device that has gone is given another one.
        .arg("--load=module-rescue-streams")
        // Last: who can connect finds the rest there.
        .arg(format!("--load=module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()))
        .env("HOME", directory)
        .env("XDG_RUNTIME_DIR", directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("PulseAudio (apt-get install pulseaudio)");
    let started = Instant::now();
    // The file is there before anybody is let in.
    while UnixStream::connect(&socket).is_err() {
        assert!(started.elapsed() < Duration::from_secs(40), "the sound server does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    server
}

impl Drop for Pulse {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
