//! `klieg-server doctor`: looks at what a server needs and says in words what is wrong and what to do.
//!
//! Changes nothing, but for a file it writes into the data folder and takes away again.

mod checks;

use std::fmt;

use crate::config::Config;
use crate::web::WebApp;

pub use checks::raise_open_file_limit;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    Good(String),
    /// The server runs, but not as well as it could.
    Warning(String),
    /// The server cannot run.
    Fault(String),
}

/// Everything that was found.
#[derive(Clone, Debug, Default)]
pub struct Report(Vec<(&'static str, Finding)>);

impl Report {
    pub fn is_healthy(&self) -> bool {
        !self.0.iter().any(|(_, finding)| matches!(finding, Finding::Fault(_)))
    }

    pub fn findings(&self) -> &[(&'static str, Finding)] {
        &self.0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (subject, finding) in &self.0 {
            let (mark, text) = match finding {
                Finding::Good(text) => ("ok     ", text),
                Finding::Warning(text) => ("warning", text),
                Finding::Fault(text) => ("FAULT  ", text),
            };
            writeln!(f, "{mark}  {subject}: {text}")?;
        }
        Ok(())
    }
}

/// Looks at everything the configuration names, and at what the program has inside.
pub async fn examine(config: &Config, web_app: WebApp) -> Report {
    let mut findings = vec![
        ("HTTP port", checks::tcp_port(config.http, "--http")),
        ("RTMP port", checks::tcp_port(config.rtmp, "--rtmp")),
        ("WebRTC ports", checks::udp_ports(config.rtc, config.rtc_workers)),
        ("reachability", checks::reachability(config)),
        ("data folder", checks::data_folder(&config.data)),
        ("database", checks::database(&config.database).await),
        ("clock", checks::clock()),
        ("transcoder", checks::transcoder(&config.transcoder).await),
        ("open files", checks::open_files()),
    ];
    findings.extend(checks::codecs(&config.transcoder).await.map(|finding| ("codecs and encoders", finding)));
    findings.extend(checks::udp_buffers().map(|finding| ("UDP buffers", finding)));
    findings.push(("web app", checks::web_app(web_app)));
    Report(findings)
}
