//! The program itself: configuration, start, shut-down, commands.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klieg-server"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KLIEG_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("RUST_LOG", "info");
    command
}

/// Runs a command to its end, which must come within a minute.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program(folder);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let process = Pid::from_child(&child);
    let (ended, end) = std::sync::mpsc::channel();
    // Read while it runs: it may say more than a pipe holds.
    let reader = std::thread::spawn(move || ended.send(child.wait_with_output()));
    let Ok(output) = end.recv_timeout(Duration::from_mins(1)) else {
        kill_process(process, Signal::KILL).unwrap();
        panic!("{arguments:?} does not end: {:?}", end.recv());
    };
    reader.join().unwrap().unwrap();
    output.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const ANY_PORTS: [&str; 6] = ["--http", "127.0.0.1:0", "--rtmp", "127.0.0.1:0", "--rtc", "127.0.0.1:0"];

/// A running server; it is killed if the test ends early.
struct Running {
    child: Child,
    ready: String,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut ready).unwrap();
        Self { child, ready: ready.trim_end().to_owned() }
    }

    fn address(&self, name: &str) -> &str {
        let field = self.ready.split(' ').find_map(|field| field.strip_prefix(&format!("{name}=")));
        field.unwrap_or_else(|| panic!("no {name} in {:?}", self.ready))
    }

    /// Sends a signal and waits: the exit code and what was logged.
    fn signal(self, signal: Signal) -> (Option<i32>, String) {
        self.tell(signal);
        self.ended(|_| {})
    }

    fn tell(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end, and does something meanwhile, again and again: the exit code and what was logged.
    fn ended(mut self, meanwhile: impl Fn(&Self)) -> (Option<i32>, String) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            meanwhile(&self);
            assert!(began.elapsed() < Duration::from_mins(1), "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (status.code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn http_get(address: &str, path: &str) -> String {
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_says_when_it_is_ready_and_ends_well_when_told() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = TempDir::new().unwrap();
        let mut command = program(folder.path());
        command.arg("serve").args(ANY_PORTS);
        let server = Running::start(command);
        assert!(server.ready.starts_with("ready http=127.0.0.1:"), "{}", server.ready);
        assert!(http_get(server.address("http"), "/readyz").starts_with("HTTP/1.1 200"));
        server.address("rtmp");
        server.address("rtc");
        assert!(folder.path().join("data/klieg.db").is_file());
        let (code, log) = server.signal(signal);
        assert_eq!(code, Some(0), "{log}");
        // Logs of a program without a terminal are JSON, one object a line.
        for line in log.lines() {
            serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        }
    }
}

/// A request whose body is still to come: the server, told to end, gives it two seconds.
fn begin_request(address: &str) -> std::net::TcpStream {
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    let head = "POST /api/v1/sessions HTTP/1.1\r\nhost: klieg\r\ncontent-type: application/json\r\n\
                content-length: 100\r\nexpect: 100-continue\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(&socket).read_line(&mut line).unwrap();
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
    socket
}

#[test]
fn one_ctrl_c_that_comes_twice_lets_it_finish_and_a_second_one_ends_it() {
    let start = |folder: &TempDir| {
        let mut command = program(folder.path());
        command.arg("serve").args(ANY_PORTS);
        Running::start(command)
    };
    let folder = TempDir::new().unwrap();
    let server = start(&folder);
    let _request = begin_request(server.address("http"));
    // From the terminal, and from the script that started it: both are there when it goes on, however busy the machine is.
    for signal in [Signal::STOP, Signal::INT, Signal::TERM, Signal::CONT] {
        server.tell(signal);
    }
    let (code, log) = server.ended(|_| {});
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopped") && !log.contains("told again"), "{log}");

    let server = start(&folder);
    let _request = begin_request(server.address("http"));
    let (code, log) = server.ended(|server| server.tell(Signal::TERM));
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("told again"), "{log}");
}

#[test]
fn flags_beat_variables_beat_the_file_beat_defaults() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("klieg.toml"), "data = 'file'\npublic_url = 'https://file.example'\n").unwrap();
    let migrate = |variable: Option<&str>, flag: Option<&str>| {
        let mut command = program(folder.path());
        command.arg("migrate");
        if let Some(data) = variable {
            command.env("KLIEG_DATA", data);
        }
        if let Some(data) = flag {
            command.args(["--data", data]);
        }
        text(&command.output().unwrap().stdout)
    };
    assert!(migrate(None, None).contains("file/klieg.db"));
    assert!(migrate(Some("variable"), None).contains("variable/klieg.db"));
    assert!(migrate(Some("variable"), Some("flag")).contains("flag/klieg.db"));
    assert!(folder.path().join("flag/klieg.db").is_file());
}

#[test]
fn mistakes_in_the_configuration_are_named_and_end_with_code_2() {
    let folder = TempDir::new().unwrap();
    for (file, arguments, words) in [
        ("htpp = 'x'", vec!["serve"], vec!["klieg.toml", "htpp", "line 1"]),
        ("http = 'x", vec!["serve"], vec!["klieg.toml"]),
        ("", vec!["serve", "--nats", "http://localhost"], vec!["--nats", "write it like nats://"]),
        ("", vec!["serve", "--objects", "s3://bucket"], vec!["--objects", "not supported"]),
        ("", vec!["serve", "--database", "postgres://x/y"], vec!["PostgreSQL", "not supported"]),
        ("", vec!["serve", "--http", "nowhere"], vec!["--http", "nowhere"]),
        ("", vec!["serve", "--config", "absent.toml"], vec!["absent.toml"]),
        ("", vec!["serve", "--no-such-flag"], vec!["--no-such-flag"]),
    ] {
        std::fs::write(folder.path().join("klieg.toml"), file).unwrap();
        let output = run(folder.path(), &arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(words.iter().all(|word| error.contains(word)), "{arguments:?}: {error}");
        assert!(!error.contains("panicked"));
    }
}

#[test]
fn a_taken_port_is_named_with_the_flag_that_changes_it() {
    let folder = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output =
        run(folder.path(), &["serve", "--http", &address.to_string(), "--rtmp", "127.0.0.1:0", "--rtc", "127.0.0.1:0"]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains(&format!("port {} is taken", address.port())) && error.contains("--http"), "{error}");
}

#[test]
fn a_data_folder_in_use_and_a_damaged_database_are_said_plainly() {
    let folder = TempDir::new().unwrap();
    let mut command = program(folder.path());
    command.arg("serve").args(ANY_PORTS);
    let server = Running::start(command);
    let mut second = vec!["serve"];
    second.extend(ANY_PORTS);
    let output = run(folder.path(), &second);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("another Klieg server uses the data folder"), "{}", text(&output.stderr));
    assert_eq!(server.signal(Signal::TERM).0, Some(0));

    let database = folder.path().join("data/klieg.db");
    let whole = std::fs::read(&database).unwrap();
    let mut damaged = whole.clone();
    damaged[4_096..].fill(0x5a);
    for bytes in [damaged, b"this is no database, though it is longer than a header".repeat(100)] {
        std::fs::write(&database, bytes).unwrap();
        let output = run(folder.path(), &second);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("is damaged") && error.contains("restore a backup"), "{error}");
    }
    assert_eq!(run(folder.path(), &["doctor"]).status.code(), Some(1));
}

#[tokio::test]
async fn a_locked_database_is_said_plainly() {
    use sqlx::ConnectOptions as _;

    let folder = TempDir::new().unwrap();
    assert!(run(folder.path(), &["migrate"]).status.success());
    let options = sqlx_sqlite::SqliteConnectOptions::new().filename(folder.path().join("data/klieg.db"));
    let mut holder = options.connect().await.unwrap();
    for statement in ["PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "UPDATE accounts SET email = email"] {
        sqlx::query(statement).execute(&mut holder).await.unwrap();
    }
    let output =
        run(folder.path(), &["serve", "--http", "127.0.0.1:0", "--rtmp", "127.0.0.1:0", "--rtc", "127.0.0.1:0"]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("is locked by another program"), "{error}");
}

#[test]
fn an_operator_makes_accounts_and_keys_from_the_command_line() {
    let folder = TempDir::new().unwrap();
    let create = |handle: &str, password: &str| {
        let mut command = program(folder.path());
        command.args(["admin", "create-account", handle, "ada@example.org"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(password.as_bytes());
        child.wait_with_output().unwrap()
    };
    assert!(!create("ada", "short\n").status.success());
    assert!(create("ada", "correct horse\n").status.success());
    assert!(text(&create("ada", "correct horse\n").stderr).contains("the e-mail address has an account"));
    let key = text(&run(folder.path(), &["admin", "create-key", "ada"]).stdout);
    assert!(key.starts_with("klieg_") && key.trim().len() > 40);
    assert!(!run(folder.path(), &["admin", "create-key", "nobody"]).status.success());
    let hash = "0123456789abcdef".repeat(2);
    let lift = format!("admin allow-emote {hash}");
    assert!(text(&run(folder.path(), &["admin", "take-down-emote", &hash]).stdout).contains(&lift));
    for lifted in [true, false] {
        assert_eq!(run(folder.path(), &["admin", "allow-emote", &hash]).status.success(), lifted);
    }
    assert!(text(&run(folder.path(), &["admin", "reports"]).stdout).contains("no open reports"));
    for unknown in [["admin", "close-report", "01a2", "done"].as_slice(), &["admin", "note-report", "01a2", "hm"]] {
        let refused = run(folder.path(), unknown);
        assert!(!refused.status.success() && text(&refused.stderr).contains("no report 01a2"), "{unknown:?}");
    }
    let unclear = run(folder.path(), &["admin", "take-down-emote", "ada"]);
    assert!(!unclear.status.success() && text(&unclear.stderr).contains("hash"), "{}", text(&unclear.stderr));
}

#[test]
fn the_demo_can_be_sown_again_and_stays_at_home() {
    let folder = TempDir::new().unwrap();
    let seed = || -> Value {
        let output = run(folder.path(), &["admin", "seed-demo"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let (first, second) = (seed(), seed());
    assert_eq!(first["creator"]["login"], "nova");
    assert_eq!(first["people"], second["people"]);
    assert!(first["people"].as_array().unwrap().len() >= 5);
    assert_ne!(first["creator"]["stream_key"], second["creator"]["stream_key"]);

    let mut command = program(folder.path());
    command.arg("serve").args(ANY_PORTS);
    let server = Running::start(command);
    let nova = http_get(server.address("http"), "/api/v1/channels/nova");
    assert!(nova.contains("\"followers\":5"), "{nova}");
    drop(server);

    let output = run(folder.path(), &["admin", "--public-url", "https://live.example.org", "seed-demo"]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("--force"), "{}", text(&output.stderr));
}

#[test]
fn the_doctor_says_in_words_what_is_wrong() {
    let folder = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(folder.path(), &["doctor", "--http", &address, "--rtmp", "127.0.0.1:0", "--rtc", "127.0.0.1:0"]);
    let report = text(&output.stdout);
    assert!(report.contains(&format!("HTTP port: {address} is taken")), "{report}");
    for subject in ["RTMP port", "WebRTC ports", "data folder", "database", "clock", "transcoder", "open files"] {
        assert!(report.contains(subject), "{report}");
    }
    let output = run(folder.path(), &["doctor", "--transcoder", "/nowhere/klieg-transcoder"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("FAULT    transcoder: /nowhere/klieg-transcoder cannot be run"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn the_doctor_says_which_codecs_work() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new().unwrap();
    let transcoder = folder.path().join("transcoder");
    for (check, said) in [
        ("echo 'x264enc: found'; echo 'H.264: works'; echo 'AAC: works'", "ok       codecs and encoders: H.264, AAC"),
        (
            "echo 'x264enc: MISSING, apt-get install plugins'; echo 'AAC: works'; exit 1",
            "warning  codecs and encoders: x264enc: MISSING, apt-get install plugins. Until then",
        ),
        ("echo 'GStreamer does not start' >&2; exit 1", "FAULT    codecs and encoders: GStreamer does not start"),
    ] {
        std::fs::write(&transcoder, format!("#!/bin/sh\n[ $1 = --check ] || exit 0\n{check}\n")).unwrap();
        std::fs::set_permissions(&transcoder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let report = loop {
            let report = text(&run(folder.path(), &["doctor", "--transcoder", transcoder.to_str().unwrap()]).stdout);
            // A process that another test starts just now has the script open for a moment.
            if !report.contains("Text file busy") {
                break report;
            }
        };
        assert!(report.contains(said), "{report}");
    }
}

#[test]
fn the_api_is_printed_as_it_is_checked_in() {
    let folder = TempDir::new().unwrap();
    let output = run(folder.path(), &["openapi"]);
    assert!(
        text(&output.stdout) == include_str!("../../openapi.json"),
        "server/openapi.json is out of date; mend it with: cargo run -p klieg-server openapi > server/openapi.json"
    );
}
