//! `klieg-transcoder`: one broadcast's transcoding, in a process of its own.
//!
//! The server starts it with a socket as standard input, feeds it coded frames and takes the frames it makes (see
//! [`klieg_media::transcode::wire`]). It opens no file and no network connection. When the socket closes, it ends: a server
//! that was killed leaves no orphan. Its log goes to standard error, one line an event.

mod audio;
mod check;
mod clock;
mod emitter;
mod job;
mod link;
mod stage;
mod video;

use std::io::stdin;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use klieg_media::transcode::wire::{Message, VERSION};
use tracing::error;

/// Transcodes one broadcast for klieg-server, which starts it with its socket as standard input.
#[derive(Parser)]
#[command(name = "klieg-transcoder", version)]
struct Arguments {
    /// Checks that everything needed is installed, names what is missing, and ends.
    #[arg(long)]
    check: bool,
}

/// Transcoding yields to the server and to ingest.
const NICENESS: i32 = 5;
/// Ending takes no longer than this, whatever the codecs do.
const LAST_CALL: Duration = Duration::from_millis(700);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .init();
    let outcome = gstreamer::init()
        .context("GStreamer does not start")
        .and_then(|()| if arguments.check { check::report() } else { serve() });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            error!("{reason:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> anyhow::Result<()> {
    let socket = UnixStream::from(stdin().as_fd().try_clone_to_owned()?);
    socket.peer_addr().context(
        "standard input is not a socket: klieg-server starts this program; by hand only --check and --version are of use",
    )?;
    let _ = rustix::process::nice(NICENESS);
    let outbox = link::write_to(socket.try_clone()?);
    outbox.send(Message::Hello { version: VERSION });
    let mut jobs = job::Jobs::new(outbox);
    let outcome = link::read_from(socket, |message| jobs.take(message));
    std::thread::spawn(|| {
        std::thread::sleep(LAST_CALL);
        std::process::exit(0);
    });
    drop(jobs);
    outcome
}
