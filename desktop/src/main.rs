//! `klieg-studio`: the desktop studio.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::{Parser, Subcommand};
use klieg_studio::account::SCHEME;
use klieg_studio::{Prepared, app, told_to_stop};
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

/// How long what still runs is waited for at the end.
const GOODBYE: Duration = Duration::from_secs(2);

/// Klieg's live-streaming studio.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Opens no window: the studio is controlled by other programs of this computer, see docs/studio-remote.md.
    #[arg(long)]
    headless: bool,
    /// A link that a server's page made, to sign in there.
    #[arg(value_parser = link)]
    link: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

fn link(text: &str) -> Result<String, String> {
    let is_one = text.starts_with(SCHEME);
    is_one.then(|| text.to_owned()).ok_or_else(|| format!("links to the studio begin with {SCHEME}"))
}

#[derive(Subcommand)]
enum Command {
    /// Tries one encoder. The studio runs this as a child, because an encoder may crash.
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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("KLIEG_LOG").unwrap_or_else(|_| {
        EnvFilter::new("info,str0m=warn,is=warn,turn_client_proto=warn,stun_proto=warn,zbus=error")
    });
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let result = match arguments.command {
        Some(Command::ProbeEncoder { name, size, settings }) => {
            klieg_engine::probe_child(&name, &size, settings.as_deref()).map_err(|reason| anyhow!(reason))
        }
        None => run(arguments.headless, arguments.link),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(headless: bool, link: Option<String>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = if headless {
        without_a_window(&runtime, link)
    } else {
        app::run(runtime.handle(), link).context("the window does not open")
    };
    // An encoder that is being tried may hang.
    runtime.shutdown_timeout(GOODBYE);
    done
}

fn without_a_window(runtime: &Runtime, link: Option<String>) -> anyhow::Result<()> {
    // Before it is said to be ready: whoever reads that may stop it at once.
    let told = told_to_stop(runtime.handle());
    let open = Prepared::of_this_user()?.open(runtime.handle(), true)?;
    runtime.block_on(async {
        let remote = open.director.state().await.remote.clone().unwrap_or_default();
        let mut out = std::io::stdout().lock();
        writeln!(out, "ready remote={remote} token-file={}", open.places.remote().display())?;
        out.flush()?;
        drop(out);
        if let Some(link) = link {
            open.director.open_link(link).await;
        }
        told.await;
        open.director.close().await;
        Ok(())
    })
}
