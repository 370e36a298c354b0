//! Sound devices, of a PulseAudio of the test's own, and the program that finds and records them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use klieg_studio_model::Event;
use rustix::process::{Pid, Signal, kill_process};

use crate::sound::{near, spectrum};
use crate::support::decode::sound;
use crate::support::wait_for;

/// A sound server with a microphone that hears 440 Hz and a desktop that plays 1,500 Hz.
struct Pulse {
    server: Child,
    directory: tempfile::TempDir,
}

impl Pulse {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("native");
        let server = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"])
            .arg("--load=module-null-sink sink_name=desktop rate=48000")
            .arg("--load=module-null-sink sink_name=cable rate=48000")
            .arg("--load=module-sine sink=cable frequency=440")
            .arg("--load=module-remap-source master=cable.monitor source_name=microphone")
            .arg("--load=module-sine sink=desktop frequency=1500")
            // Last: who can connect finds the rest there.
            .arg(format!("--load=module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()))
            .env("HOME", directory.path())
            .env("XDG_RUNTIME_DIR", directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("PulseAudio (apt-get install pulseaudio)");
        wait_for("the sound server", || socket.exists().then_some(()));
        Self { server, directory }
    }

    /// The engine's program, which will speak to this server.
    fn engine(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_klieg-engine"));
        command.env("PULSE_SERVER", format!("unix:{}", self.directory.path().join("native").display()));
        command.env("HOME", self.directory.path());
        command
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn the_probe_lists_a_microphone_and_the_sound_of_the_desktop() {
    let pulse = Pulse::start();
    let output = pulse.engine().args(["probe", "--json"]).output().unwrap();
    let probed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&str> =
        probed["microphones"].as_array().into_iter().flatten().filter_map(|device| device["device"].as_str()).collect();
    assert!(names.contains(&"microphone") && names.contains(&"desktop.monitor"), "{probed:#}");
}

#[test]
fn a_microphone_and_the_sound_of_the_desktop_are_heard() {
    let pulse = Pulse::start();
    let recording = pulse.directory.path().join("heard.mkv");
    let show = pulse.directory.path().join("show.toml");
    let text = format!(
        "
        [canvas]
        width = 64
        height = 64
        [[sources]]
        name = 'voice'
        kind = 'microphone'
        device = 'microphone'
        [[sources]]
        name = 'game'
        kind = 'microphone'
        device = 'desktop.monitor'
        [[scene]]
        source = 'voice'
        volume = 0.5
        [[scene]]
        source = 'game'
        volume = 0.2
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        recording.display()
    );
    std::fs::write(&show, text).unwrap();
    record(&mut pulse.engine(), &show, 90.0);
    let spectrum = spectrum(&sound(&recording));
    let levels = [near(&spectrum, 440), near(&spectrum, 1_500)];
    assert!(levels[0] > 0.05 && levels[1] > 0.02, "{levels:?}");
}

#[test]
fn what_is_monitored_is_heard_by_the_creator_and_not_in_the_show() {
    let pulse = Pulse::start();
    let recording = pulse.directory.path().join("heard.mkv");
    let show = pulse.directory.path().join("show.toml");
    // The show records what the computer plays: there, and only there, the monitored tone is heard.
    let text = format!(
        "
        [canvas]
        width = 64
        height = 64
        [[sources]]
        name = 'cue'
        kind = 'tone'
        frequency = 700
        [[sources]]
        name = 'computer'
        kind = 'microphone'
        device = 'desktop.monitor'
        [strips.cue]
        monitor = 'only'
        volume = 0.5
        [[scene]]
        source = 'cue'
        [[scene]]
        source = 'computer'
        muted = {{muted}}
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        recording.display()
    );
    let mut levels = Vec::new();
    for muted in ["true", "false"] {
        std::fs::write(&show, text.replace("{muted}", muted)).unwrap();
        record(pulse.engine().env("PULSE_SINK", "desktop"), &show, 90.0);
        levels.push(near(&spectrum(&sound(&recording)), 700));
        std::fs::remove_file(&recording).unwrap();
    }
    assert!(levels[0] < 0.002, "not in the show itself: {levels:?}");
    assert!(levels[1] > 0.03, "by the creator: {levels:?}");
}

/// Runs a show until its file has this many frames.
fn record(engine: &mut Command, show: &Path, frames: f64) {
    let mut engine = engine.arg("run").arg(show).args(["--events", "json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut written = 0.0;
    for line in BufReader::new(engine.stdout.take().unwrap()).lines() {
        if let Ok(Event::Health { fps, .. }) = serde_json::from_str(&line.unwrap()) {
            written += fps;
        }
        if written >= frames {
            break;
        }
    }
    kill_process(Pid::from_child(&engine), Signal::TERM).unwrap();
    assert!(engine.wait().unwrap().success());
}
