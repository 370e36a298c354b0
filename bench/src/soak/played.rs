//! What flashes and beeps, played by another program: its picture on a screen, its sound on a sound device, by whose clock both are
//! played. The show is of what is captured of them.
//!
//! The screen is Xvfb's, the device one of a PulseAudio of the measurement's own. So what drifts apart in the recording has drifted in
//! the engine, which has another clock than the device.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use klieg_tests::process::Process;
use klieg_tests::wait_for;

const PATIENCE: Duration = Duration::from_secs(40);

pub(super) struct Played {
    display: String,
    server: String,
    /// The screen, the sound server and the player.
    _processes: [Process; 3],
}

impl Played {
    /// Plays `clip` once, from now on.
    pub(super) async fn start(folder: &Path, clip: &Path) -> Result<Self> {
        let mut screen = Process::start(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "640x360x24", "-nolisten", "tcp"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let mut line = String::new();
        BufReader::new(screen.child().stdout.take().context("Xvfb says nothing")?).read_line(&mut line)?;
        let display = format!(":{}", line.trim());

        let socket = folder.join("native");
        let sound = Process::start(
            Command::new("pulseaudio")
                .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"])
                // It plays in blocks of milliseconds, as a card does, and not of two seconds.
                .arg("--load=module-null-sink sink_name=device rate=48000 norewinds=1")
                .arg(format!("--load=module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()))
                .env("HOME", folder)
                .env("XDG_RUNTIME_DIR", folder)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        // The file is there before anybody is let in.
        let is_there = async || Ok(UnixStream::connect(&socket).is_ok().then_some(()));
        wait_for("PulseAudio", PATIENCE, is_there).await?;
        let server = format!("unix:{}", socket.display());

        let player = Process::start(
            Command::new("gst-launch-1.0")
                .args(["-q", "filesrc", &format!("location={}", clip.display()), "!", "matroskademux", "name=clip"])
                .args(["clip.", "!", "queue", "!", "decodebin", "!", "videoconvert", "!", "ximagesink"])
                .args(["clip.", "!", "queue", "!", "decodebin", "!", "audioconvert", "!", "audioresample"])
                .args(["!", "pulsesink", "device=device"])
                .env("DISPLAY", &display)
                .env("PULSE_SERVER", &server)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        Ok(Self { display, server, _processes: [screen, sound, player] })
    }

    /// The sources and the scene of a show of it.
    pub(super) fn sources(&self) -> String {
        format!(
            "[[sources]]\nname = 'screen'\nkind = 'screen'\ndisplay = '{}'\ncursor = false\n\
             [[sources]]\nname = 'device'\nkind = 'microphone'\ndevice = 'device.monitor'\n\
             [[scene]]\nsource = 'screen'\n[[scene]]\nsource = 'device'\n",
            self.display
        )
    }

    /// Where an engine finds the device.
    pub(super) fn environment(&self) -> (&'static str, &str) {
        ("PULSE_SERVER", &self.server)
    }
}
