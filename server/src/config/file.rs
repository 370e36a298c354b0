//! `klieg.toml`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ConfigError, Limits, LogFormat};
use crate::outbound;

/// The file as written; what is absent is `None`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) data: Option<PathBuf>,
    pub(super) http: Option<String>,
    pub(super) rtmp: Option<String>,
    pub(super) rtc: Option<String>,
    pub(super) rtc_host: Option<Vec<IpAddr>>,
    pub(super) rtc_workers: Option<u64>,
    pub(super) rtc_sessions: Option<u64>,
    pub(super) ice_server: Option<Vec<String>>,
    pub(super) turn_secret: Option<String>,
    pub(super) turn_username: Option<String>,
    pub(super) turn_credential: Option<String>,
    pub(super) overflow: Option<String>,
    pub(super) public_url: Option<String>,
    pub(super) database: Option<String>,
    pub(super) transcoder: Option<PathBuf>,
    pub(super) nats: Option<String>,
    pub(super) objects: Option<String>,
    pub(super) tls_domain: Option<String>,
    pub(super) tls_cert: Option<PathBuf>,
    pub(super) tls_key: Option<PathBuf>,
    pub(super) trusted_proxies: Option<Vec<IpAddr>>,
    pub(super) metrics_token: Option<String>,
    pub(super) log_format: Option<LogFormat>,
    pub(super) grace_s: Option<u64>,
    pub(super) announce_cooldown_s: Option<u64>,
    pub(super) part_target_ms: Option<u64>,
    pub(super) segment_target_s: Option<u64>,
    pub(super) max_connections: Option<u64>,
    pub(super) link_previews: Option<bool>,
    pub(super) outbound: outbound::Policy,
    pub(super) limits: Limits,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.lines().count().max(1));
            let message = error.message().replace("unknown field", "unknown key");
            let message = line.map_or(message.clone(), |line| format!("{message} (line {line})"));
            ConfigError::File { path: path.to_owned(), message }
        })
    }
}
