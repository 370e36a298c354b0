//! `klieg-engine`: broadcasts a show without a window, and says what this machine can do.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::{Parser, Subcommand, ValueEnum};
use klieg_engine::{
    DeviceWatch, Disks, ENCODERS, EncoderKind, Engine, Grants, Options, Prober, disk_left, page_child, page_program,
    probe_child, try_page,
};
use klieg_studio_model::{Canvas, Devices, Event, OpenWindow, Show, VideoSettings};
use serde::Serialize;
use tracing_subscriber::EnvFilter;

/// Broadcasts a show without a window.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Broadcasts the show until Ctrl-C.
    Run {
        /// The show file (TOML).
        show: PathBuf,
        /// Replaces one value of the show: `canvas.width=640`, `outputs.0.url=…`, `outputs.NAME.key_env=…`.
        #[arg(long, value_name = "PATH=VALUE")]
        set: Vec<String>,
        /// Prints events on standard output, one a line.
        #[arg(long, value_enum)]
        events: Option<Format>,
        /// Stops by itself after this many seconds.
        #[arg(long, value_name = "SECONDS")]
        duration: Option<u64>,
    },
    /// Prints the devices and the encoders that really work.
    Probe {
        #[arg(long)]
        json: bool,
    },
    /// Shows a web page. The engine runs this as a child, because a page may crash.
    #[command(hide = true)]
    Page,
    /// Tries one encoder. The engine runs this as a child, because an encoder may crash.
    #[command(hide = true)]
    ProbeEncoder {
        name: String,
        /// Width, height, frames a second.
        #[arg(long, num_args = 3, default_values_t = [1280, 720, 30])]
        size: Vec<u32>,
        /// As JSON.
        #[arg(long)]
        settings: Option<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("KLIEG_LOG").unwrap_or_else(|_| {
        EnvFilter::new("info,str0m=warn,is=warn,turn_client_proto=warn,stun_proto=warn,zbus=error")
    });
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let result = match Arguments::parse().command {
        Command::Run { show, set, events, duration } => run(&show, &set, events, duration),
        Command::Probe { json } => probe(json),
        Command::Page => page_child().map_err(|reason| anyhow!(reason)),
        Command::ProbeEncoder { name, size, settings } => {
            probe_child(&name, &size, settings.as_deref()).map_err(|reason| anyhow!(reason))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn prober() -> Prober {
    Prober::new(std::env::current_exe().ok(), None)
}

/// What the creator allowed to be shown, in this user's folder for state.
fn grants() -> Grants {
    let folder = |name: &str| std::env::var_os(name).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
    state.map(|state| Grants::at(state.join("klieg-engine/casts.json"))).unwrap_or_default()
}

fn run(
    path: &std::path::Path,
    overrides: &[String],
    events: Option<Format>,
    duration: Option<u64>,
) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the show `{}`", path.display()))?;
    let show = Show::parse(&text, overrides)?;
    let print = events.is_some();
    let devices = DeviceWatch::start()?;
    let options = Options {
        events: Arc::new(move |event: Event| {
            if print && let Ok(line) = serde_json::to_string(&event) {
                // Whoever read it may have gone; the show goes on.
                let _ = writeln!(std::io::stdout().lock(), "{line}");
            }
        }),
        prober: prober(),
        devices: devices.seen(),
        pages: page_program(),
        grants: grants(),
        // The show names it.
        monitor_output: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Before the show starts, so that a signal during the start is not lost.
    let mut signals = runtime.block_on(async { Signals::new() })?;
    let mut engine = Engine::start(&show, options)?;
    let disks = Disks::default();
    let result = runtime.block_on(async {
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let end = duration.map(|seconds| tokio::time::Instant::now() + Duration::from_secs(seconds));
        loop {
            tokio::select! {
                () = signals.received() => return Ok(()),
                () = tokio::time::sleep(Duration::from_millis(200)) => {}
                _ = seconds.tick() => engine.watch_disk(|folder| disks.left(folder, disk_left)),
            }
            if let Some(reason) = engine.failure() {
                return Err(anyhow!("the show ended: {reason}"));
            }
            if end.is_some_and(|end| tokio::time::Instant::now() >= end) {
                return Ok(());
            }
        }
    });
    tracing::info!("stopping");
    engine.stop();
    result
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn received(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What `probe` prints.
#[derive(Serialize)]
struct Probed {
    #[serde(flatten)]
    devices: Devices,
    /// Whether web pages can be shown.
    pages: Pages,
    encoders: Vec<Tried>,
}

#[derive(Serialize)]
struct Pages {
    works: bool,
    /// Why they cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct Tried {
    encoder: &'static str,
    hardware: bool,
    works: bool,
    /// Frames a second at 1280x720, as fast as it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    fps: Option<f64>,
    /// Why it does not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

fn probe(json: bool) -> anyhow::Result<()> {
    gstreamer::init()?;
    let prober = prober();
    let encoders = ENCODERS.iter().filter(|kind| kind.is_possible()).map(|kind| tried(kind, &prober)).collect();
    let reason = try_page().err();
    let pages = Pages { works: reason.is_none(), reason };
    let watch = DeviceWatch::start()?;
    let devices = watch.look().unwrap_or_else(|error| {
        tracing::warn!("{error}");
        watch.seen().borrow().clone()
    });
    let probed = Probed { devices, pages, encoders };
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, &probed)?;
        writeln!(out)?;
        return Ok(());
    }
    let Devices { cameras, microphones, outputs, screens, screen_cast, windows } = &probed.devices;
    for (title, devices) in [
        ("Cameras", cameras),
        ("Microphones and desktop sound", microphones),
        ("Outputs of sound", outputs),
        ("Screens", screens),
    ] {
        writeln!(out, "{title}")?;
        for known in devices {
            writeln!(out, "  {}  {}", known.key(), known.name)?;
        }
        if devices.is_empty() {
            writeln!(out, "  none")?;
        }
    }
    writeln!(out, "Windows")?;
    for OpenWindow { application, title } in windows {
        writeln!(out, "  {application}  {title}")?;
    }
    if windows.is_empty() {
        writeln!(out, "  none")?;
    }
    writeln!(out, "Screens by the desktop's dialog\n  {}", if *screen_cast { "can be chosen" } else { "not here" })?;
    writeln!(out, "Web pages\n  {}", probed.pages.reason.as_deref().unwrap_or("can be shown"))?;
    writeln!(out, "Encoders (1280x720)")?;
    for Tried { encoder, fps, reason, .. } in &probed.encoders {
        match fps {
            Some(fps) => writeln!(out, "  {encoder:12} {fps:.0} frames/s")?,
            None => writeln!(out, "  {encoder:12} {}", reason.as_deref().unwrap_or_default())?,
        }
    }
    Ok(())
}

fn tried(kind: &'static EncoderKind, prober: &Prober) -> Tried {
    let result = prober.attempt(kind, &VideoSettings::default(), Canvas::default());
    let (fps, reason) = match result {
        Ok(measured) => (Some(measured.fps), None),
        Err(reason) => (None, Some(reason)),
    };
    Tried { encoder: kind.element, hardware: kind.hardware, works: fps.is_some(), fps, reason }
}
