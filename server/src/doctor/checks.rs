//! The single checks of the doctor.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, SystemTime};

use super::Finding::{self, Fault, Good, Warning};
use crate::config::{Config, Transcoder};
use crate::database::Database;
use crate::serve::beside_this_program;
use crate::web::WebApp;

const GIB: u64 = 1 << 30;
/// Kernel socket buffers below this lose packets when many viewers get a keyframe at once.
const UDP_BUFFER: u64 = 2 << 20;
/// How long another program may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn tcp_port(address: SocketAddr, flag: &str) -> Finding {
    port(address, flag, TcpListener::bind(address).map(drop))
}

pub(super) fn udp_ports(base: SocketAddr, workers: usize) -> Finding {
    for worker in 0..workers {
        let Some(number) = u16::try_from(worker).ok().and_then(|worker| base.port().checked_add(worker)) else {
            return Fault(format!(
                "{workers} threads need as many ports from {} upward; choose a lower --rtc",
                base.port()
            ));
        };
        let address = SocketAddr::new(base.ip(), if base.port() == 0 { 0 } else { number });
        let finding = port(address, "--rtc", UdpSocket::bind(address).map(drop));
        if !matches!(finding, Good(_)) {
            return finding;
        }
    }
    Good(format!("{base} and {} more are free", workers - 1))
}

fn port(address: SocketAddr, flag: &str, bound: io::Result<()>) -> Finding {
    match bound {
        Ok(()) => Good(format!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Warning(format!(
            "{address} is taken: by this server if it runs already; otherwise end that program or choose another with {flag}"
        )),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Fault(format!(
            "{address} may not be used by this user: ports below 1024 need CAP_NET_BIND_SERVICE; or choose another with {flag}"
        )),
        Err(error) => Fault(format!("{address} cannot be used ({error}); choose another with {flag}")),
    }
}

pub(super) fn reachability(config: &Config) -> Finding {
    let public = config.public_url(config.http);
    if public.is_loopback() {
        return Good(format!("{public}, for this machine only"));
    }
    let hosts_given = !config.rtc_hosts.is_empty();
    if !hosts_given && (config.rtc.ip().is_loopback() || config.rtc.ip().is_unspecified()) {
        return Warning(format!(
            "people reach this server at {public}, but WebRTC would tell them {}; name its public address with --rtc-host",
            config.rtc.ip()
        ));
    }
    Good(format!("{public}"))
}

pub(super) fn data_folder(data: &Path) -> Finding {
    let trial = data.join(".klieg-doctor");
    if let Err(error) = std::fs::create_dir_all(data).and_then(|()| std::fs::write(&trial, b"klieg")) {
        return Fault(format!(
            "{} cannot be written to ({error}); give it to this user, or choose another with --data",
            data.display()
        ));
    }
    let _ = std::fs::remove_file(&trial);
    let free = match rustix::fs::statvfs(data) {
        Ok(stat) => stat.f_bavail.saturating_mul(stat.f_frsize),
        Err(error) => {
            return Warning(format!("{} is writable; how full its disk is cannot be told ({error})", data.display()));
        }
    };
    let text = format!("{} is writable and has {:.1} GiB left", data.display(), free as f64 / GIB as f64);
    if free < GIB / 2 {
        Fault(format!("{text}: make room"))
    } else if free < 5 * GIB {
        Warning(format!("{text}: an hour of recording takes 1 to 3 GiB"))
    } else {
        Good(text)
    }
}

pub(super) async fn database(path: &Path) -> Finding {
    if !path.exists() {
        return Good(format!("{} does not exist yet; the first start makes it", path.display()));
    }
    match Database::inspect(path).await {
        Ok(0) => Good(format!("{} is whole and up to date", path.display())),
        Ok(pending) => {
            Good(format!("{} is whole; the next start brings it up to date ({pending} steps)", path.display()))
        }
        Err(error) => Fault(error.to_string()),
    }
}

/// The clock cannot be earlier than the moment this program was written to disk.
pub(super) fn clock() -> Finding {
    let written = std::env::current_exe().and_then(std::fs::metadata).and_then(|metadata| metadata.modified());
    match written {
        Ok(written) if written > SystemTime::now() + Duration::from_mins(1) => Fault(
            "it is earlier than when this program was made: set it, or sessions and playlists go wrong".to_owned(),
        ),
        _ => Good(format!("{}", crate::database::now())),
    }
}

pub(super) async fn transcoder(transcoder: &Transcoder) -> Finding {
    let Some(path) = path_of(transcoder) else {
        return Warning(
            "there is no klieg-transcoder beside this program: RTMP shows have no sound on WebRTC, WHIP shows none \
             on HLS, and there are no lower qualities. Build it with `make build`, or name it with --transcoder"
                .to_owned(),
        );
    };
    match run(&path, "--version").await {
        Ok(output) if output.status.success() => {
            Good(format!("{} ({})", path.display(), String::from_utf8_lossy(&output.stdout).trim()))
        }
        Ok(output) => Fault(format!(
            "{} ended with {}: {}",
            path.display(),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(reason) => Fault(reason),
    }
}

/// What the transcoder can encode and decode here, tried. `None` without a transcoder.
pub(super) async fn codecs(transcoder: &Transcoder) -> Option<Finding> {
    let output = match run(&path_of(transcoder)?, "--check").await {
        Ok(output) => output,
        Err(reason) => return Some(Warning(reason)),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    // One line each, `NAME: WORD`; the words for what is wrong are in capitals.
    let lines = || said.lines().map(str::trim);
    let wrong: Vec<&str> = lines().filter(|line| line.contains(": MISSING") || line.contains(": FAILS")).collect();
    let works: Vec<&str> = lines().filter_map(|line| line.strip_suffix(": works")).collect();
    Some(if output.status.success() {
        Good(works.join(", "))
    } else if wrong.is_empty() {
        Fault(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    } else {
        Warning(format!("{}. Until then shows lack what needs them", wrong.join("; ")))
    })
}

fn path_of(transcoder: &Transcoder) -> Option<PathBuf> {
    match transcoder {
        Transcoder::At(path) => Some(path.clone()),
        Transcoder::Beside => beside_this_program(),
    }
}

async fn run(program: &Path, argument: &str) -> Result<Output, String> {
    let run = tokio::process::Command::new(program).arg(argument).stdin(Stdio::null()).kill_on_drop(true).output();
    match tokio::time::timeout(PATIENCE, run).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => Err(format!("{} cannot be run: {error}", program.display())),
        Err(_) => Err(format!("{} did not answer within {} s", program.display(), PATIENCE.as_secs())),
    }
}

pub(super) fn open_files() -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    // The server raises the soft limit to the hard one when it starts.
    match limit.maximum.or(limit.current) {
        None => Good("no limit".to_owned()),
        Some(most) if most >= 65_536 => Good(format!("up to {most}")),
        Some(most) => Warning(format!(
            "at most {most}, and each viewer over HTTP takes one: for larger crowds raise it (systemd: LimitNOFILE=1048576)"
        )),
    }
}

/// Allows this process as many open files as its user may have.
pub fn raise_open_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

/// Linux only: how large socket buffers may be.
pub(super) fn udp_buffers() -> Option<Finding> {
    let read =
        |name: &str| std::fs::read_to_string(format!("/proc/sys/net/core/{name}")).ok()?.trim().parse::<u64>().ok();
    let (receive, send) = (read("rmem_max")?, read("wmem_max")?);
    let text = format!("up to {} KiB to receive and {} KiB to send", receive / 1_024, send / 1_024);
    Some(if receive.min(send) < UDP_BUFFER {
        Warning(format!(
            "{text}: with many viewers, set net.core.rmem_max and net.core.wmem_max to at least {UDP_BUFFER} (sysctl)"
        ))
    } else {
        Good(text)
    })
}

pub(super) fn web_app(app: WebApp) -> Finding {
    if app.built {
        Good("inside".to_owned())
    } else {
        Warning("this program was built without it; run `make build`".to_owned())
    }
}
