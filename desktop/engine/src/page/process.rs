//! This side of a page's process.

use std::io::{self, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use klieg_studio_model::Browser;

use super::wire::{Order, Told};
use crate::EngineError;

/// Of what it says at once.
const BUFFER: usize = 1 << 20;

/// A page's process. Dropping it ends the process.
pub(crate) struct Process(Child);

/// What a page's process says, one thing after the other.
pub(crate) struct Voice(BufReader<ChildStdout>);

impl Process {
    /// Starts `program` and tells it to show a page at so many frames a second.
    pub(crate) fn start(program: &Path, page: &Browser, fps: u32) -> Result<(Self, Voice), EngineError> {
        let child = Command::new(program)
            .arg("page")
            // Mesa draws on the processor. Not `true`: wpesrc 1.22 takes that for leave to choose the size itself.
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let failed = |error: io::Error| EngineError::Source(format!("its process does not start: {error}"));
        let mut process = Self(child.map_err(failed)?);
        let order = serde_json::to_string(&Order { page: page.clone(), fps }).map_err(|error| failed(error.into()))?;
        let (to, from) = (process.0.stdin.as_mut(), process.0.stdout.take());
        let (Some(to), Some(from)) = (to, from) else { return Err(failed(io::ErrorKind::BrokenPipe.into())) };
        // It stays open: the process ends when it is closed.
        writeln!(to, "{order}").map_err(failed)?;
        Ok((process, Voice(BufReader::with_capacity(BUFFER, from))))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Voice {
    /// The next thing that it says; an error if it has ended.
    pub(crate) fn listen(&mut self) -> io::Result<Told> {
        Told::read(&mut self.0)
    }
}
