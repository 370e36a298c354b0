//! Web pages, drawn by WebKit (`wpesrc`) in a process of their own.
//!
//! The studio's window is WebKit too, and two of them do not fit into one program. Apart from that a page may crash or hang: a process
//! that ends, or from which no picture comes any more, is replaced by the source. What it takes of the memory is not limited: WebKit
//! reserves far more addresses than it uses, so that a limit on them would end every page. The process is the program
//! `klieg-engine`, called with `page`. It draws without a display and in software, so it needs neither a screen nor a graphics card.
//! What to show it reads from its standard input, since an address may hold a key that is nobody else's business, and it ends when that
//! does; pictures and sound it writes on its standard output.

mod arrival;
mod child;
#[cfg(unix)]
mod extension;
mod process;
mod wire;

pub use child::page_child;
pub(crate) use process::Process;
pub(crate) use wire::Told;

use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::time::Duration;

use klieg_studio_model::Browser;

/// The program that shows pages: `klieg-engine`, where this program is or where `KLIEG_ENGINE` says.
pub fn program() -> Option<PathBuf> {
    let named = std::env::var_os("KLIEG_ENGINE").map(PathBuf::from);
    let beside = || {
        Some(
            std::env::current_exe()
                .ok()?
                .with_file_name("klieg-engine")
                .with_extension(std::env::consts::EXE_EXTENSION),
        )
    };
    named.or_else(beside).filter(|program| program.is_file())
}

/// The first start of WebKit reads a lot.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether web pages can be shown here, found out by showing an empty one; a reason if not.
pub fn try_page() -> Result<(), String> {
    let program = program().ok_or("the program klieg-engine is not where this program is")?;
    let url = Browser::BLANK.to_owned();
    let page = Browser { name: String::new(), url, width: 64, height: 64, transparent: true, sound: false };
    let (process, mut voice) = Process::start(&program, &page, 10).map_err(|error| error.to_string())?;
    let (said, heard) = channel();
    std::thread::spawn(move || {
        let first = match voice.listen() {
            Ok(Told::Trouble(reason)) => Err(reason),
            Ok(_) => Ok(()),
            Err(_) => Err("its process ended".to_owned()),
        };
        // Nobody listens any more after the wait.
        let _ = said.send(first);
    });
    let result = heard.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("its process says nothing".to_owned()));
    drop(process);
    result
}
