//! `klieg-server`: the command line.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use klieg_server::config::{Config, ConfigError, Flags};
use klieg_server::database::Database;
use klieg_server::web::WebApp;
use klieg_server::{Server, admin, doctor, http, observe, socket};

/// Thousands of viewers' sessions come and go on several threads: with this allocator sending takes a quarter less of
/// the processor than with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A list of files, or [`WebApp::UNBUILT`]. Included here and not in the library, which would then wait for it.
static WEB_APP: WebApp = include!(env!("KLIEG_WEB_APP"));

/// Has the allocator give back at once what is freed. By default it waits, and what a viewer's handshake needed for a
/// moment stays resident for as long as viewers come.
fn return_memory_at_once() {
    /// `mi_option_purge_delay` (mimalloc.h), in milliseconds.
    const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
    #[expect(unsafe_code, reason = "a C function that stores one number of the allocator that is linked")]
    // SAFETY: it takes two integers by value and touches nothing else.
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, 0);
    }
}

/// Live streaming, self-hosted: one program, one folder of data.
#[derive(Parser)]
#[command(name = "klieg-server", version)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve {
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Bring the database up to date, and end
    Migrate {
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Make accounts and keys, and take emotes down, from this machine
    Admin {
        #[command(flatten)]
        flags: Box<Flags>,
        #[command(subcommand)]
        command: admin::Command,
    },
    /// Check ports, disk, database, clock and transcoder, and say in words what is wrong
    Doctor {
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Print the API's description
    Openapi,
    /// Print the live connection's description
    Asyncapi,
}

/// What comes within this of the first signal is the same one: a terminal sends Ctrl-C to everything that was started in
/// it, and whoever started the server passes it on.
const SAME_SIGNAL: Duration = Duration::from_secs(1);

/// A mistake in the configuration or on the command line.
const MISTAKE: u8 = 2;

fn main() -> ExitCode {
    return_memory_at_once();
    let line = Line::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("klieg-server: cannot start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(line.command)) {
        Ok(code) => code,
        Err(error) if error.is::<ConfigError>() => {
            eprintln!("klieg-server: {error}");
            MISTAKE.into()
        }
        Err(error) => {
            eprintln!("klieg-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { flags } => {
            let config = Config::load(&flags)?;
            observe::start_logs(config.log_format);
            serve(config).await?;
        }
        Command::Migrate { flags } => {
            let config = Config::load(&flags)?;
            Database::open(&config.database).await?.close().await;
            println!("The database {} is up to date.", config.database.display());
        }
        Command::Admin { flags, command } => {
            let config = Config::load(&flags)?;
            observe::start_logs(config.log_format);
            admin::run(&config, command).await?;
        }
        Command::Doctor { flags } => {
            let report = doctor::examine(&Config::load(&flags)?, WEB_APP).await;
            print!("{report}");
            if !report.is_healthy() {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Openapi => {
            let (_, document) = http::api();
            print!("{}", http::openapi::to_text(&document)?);
        }
        Command::Asyncapi => print!("{}", socket::asyncapi::to_text()?),
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    doctor::raise_open_file_limit();
    // Listened for before the start, so that a signal during it is not lost.
    let mut terminate = Signal::new()?;
    let server = tokio::select! {
        server = Server::start(config, WEB_APP) => server?,
        () = terminate.received() => return Ok(()),
    };
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", server.ready_line())
        .and_then(|()| output.flush())
        .context("cannot write to standard output")?;
    drop(output);
    terminate.received().await;
    tokio::select! {
        () = server.stop() => {}
        () = terminate.received_again() => tracing::warn!("told again: ending at once"),
    }
    Ok(())
}

/// SIGTERM or SIGINT.
struct Signal {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signal {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .context("cannot listen for SIGTERM")?,
        })
    }

    /// Another one after the first.
    async fn received_again(&mut self) {
        let same = tokio::time::sleep(SAME_SIGNAL);
        tokio::pin!(same);
        loop {
            tokio::select! {
                biased;
                () = self.received() => {}
                () = &mut same => break,
            }
        }
        self.received().await;
    }

    async fn received(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
