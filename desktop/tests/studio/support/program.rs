//! The whole program, without a window.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::{Value, json};

use super::socket::Socket;

pub(crate) const STUDIO: &str = env!("CARGO_BIN_EXE_klieg-studio");

pub(crate) struct Program {
    child: Child,
    pub(crate) remote: Socket,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// With files of its own in `home`, and no session bus.
    pub(crate) async fn start(command: &mut Command, home: &Path) -> Self {
        for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env_remove(variable);
        }
        command.env("HOME", home).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").current_dir(home);
        let mut child = command.arg("--headless").stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let field = |name: &str| {
            let found = ready.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            found.unwrap_or_else(|| panic!("no {name} in {ready}")).to_owned()
        };
        let found: Value = serde_json::from_slice(&std::fs::read(field("token-file")).unwrap()).unwrap();
        let token = format!("Bearer {}", found["token"].as_str().unwrap());
        let remote = Socket::open(&field("remote"), &[("authorization", &token)]).await.unwrap();
        Self { child, remote }
    }

    /// Has a command carried out.
    pub(crate) async fn done(&mut self, command: Value) {
        let answer = self.remote.ask("command", json!({ "command": command })).await;
        assert!(answer.get("error").is_none(), "{command}: {answer}");
    }

    /// Ends it as the system does, which waits for it.
    pub(crate) fn stop(mut self) -> ExitStatus {
        signal("TERM", &self.child);
        tokio::task::block_in_place(|| self.child.wait()).unwrap()
    }
}

/// Sends a signal to a program.
pub(crate) fn signal(name: &str, program: &Child) {
    let kill = ["-c", "kill -s \"$0\" \"$1\"", name, &program.id().to_string()];
    assert!(Command::new("sh").args(kill).status().unwrap().success(), "{name}");
}
