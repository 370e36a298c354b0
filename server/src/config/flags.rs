//! Flags and their environment variables. A flag beats its variable.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

#[derive(Clone, Debug, Default, Args)]
pub struct Flags {
    /// Configuration file [default: klieg.toml in the working directory, if it is there]
    #[arg(long, value_name = "FILE", env = "KLIEG_CONFIG")]
    pub config: Option<PathBuf>,
    /// Folder of everything the server keeps [default: ./data]
    #[arg(long, value_name = "DIR", env = "KLIEG_DATA")]
    pub data: Option<PathBuf>,
    /// Where to listen for HTTP [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "KLIEG_HTTP")]
    pub http: Option<String>,
    /// Where to listen for RTMP [default: 127.0.0.1:1935]
    #[arg(long, value_name = "ADDR", env = "KLIEG_RTMP")]
    pub rtmp: Option<String>,
    /// Where to listen for WebRTC: UDP, one port per thread from this one upward [default: 127.0.0.1:8189]
    #[arg(long, value_name = "ADDR", env = "KLIEG_RTC")]
    pub rtc: Option<String>,
    /// Addresses that WebRTC clients are told to reach this server at [default: the --rtc address]
    #[arg(long, value_name = "IP", env = "KLIEG_RTC_HOST", value_delimiter = ',')]
    pub rtc_host: Vec<IpAddr>,
    /// STUN and TURN servers that WebRTC clients are told of, such as turn:turn.example.org:3478
    #[arg(long, value_name = "URL", env = "KLIEG_ICE_SERVER", value_delimiter = ',')]
    pub ice_server: Vec<String>,
    /// The secret shared with the TURN servers (coturn's static-auth-secret); in the environment nobody else sees it
    #[arg(long, value_name = "SECRET", env = "KLIEG_TURN_SECRET", hide_env_values = true)]
    pub turn_secret: Option<String>,
    /// Where WebRTC clients are sent when this server is full or shutting down: another one with the same channels
    #[arg(long, value_name = "URL", env = "KLIEG_OVERFLOW")]
    pub overflow: Option<String>,
    /// Where people reach this server [default: http:// and the --http address]
    #[arg(long, value_name = "URL", env = "KLIEG_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// The database [default: sqlite://DATA/klieg.db]
    #[arg(long, value_name = "URL", env = "KLIEG_DATABASE")]
    pub database: Option<String>,
    /// The transcoder program [default: klieg-transcoder beside this program]
    #[arg(long, value_name = "PATH", env = "KLIEG_TRANSCODER")]
    pub transcoder: Option<PathBuf>,
    /// How to write logs [default: pretty on a terminal, json elsewhere]
    #[arg(long, value_name = "FORMAT", env = "KLIEG_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
    /// NATS, by which servers that share a database share rooms: one URL or several [default: none, the only server]
    #[arg(long, value_name = "URL", env = "KLIEG_NATS", hide_env_values = true)]
    pub nats: Option<String>,
    /// Not supported by this version yet
    #[arg(long, value_name = "URL", env = "KLIEG_OBJECTS", hide = true)]
    pub objects: Option<String>,
    /// Not supported by this version yet
    #[arg(long, value_name = "NAME", env = "KLIEG_TLS_DOMAIN", hide = true)]
    pub tls_domain: Option<String>,
    /// Not supported by this version yet
    #[arg(long, value_name = "FILE", env = "KLIEG_TLS_CERT", hide = true)]
    pub tls_cert: Option<PathBuf>,
    /// Not supported by this version yet
    #[arg(long, value_name = "FILE", env = "KLIEG_TLS_KEY", hide = true)]
    pub tls_key: Option<PathBuf>,
}
