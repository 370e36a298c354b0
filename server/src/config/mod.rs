//! The server's configuration: defaults, `klieg.toml`, `KLIEG_*` variables and flags become one [`Config`].
//!
//! Read once, at start, and handed down as values: nothing else looks at files, variables or flags.

mod address;
mod file;
mod flags;
mod ice;
mod limits;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use address::PublicUrl;
pub use flags::{Flags, LogFormat};
pub use limits::{Limits, Rate};

use crate::{bus, outbound};
use file::File;
use klieg_media::webrtc::IceServer;

/// Everything the server was told, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of everything the server keeps.
    pub data: PathBuf,
    pub http: SocketAddr,
    pub rtmp: SocketAddr,
    pub rtc: SocketAddr,
    pub rtc_hosts: Vec<IpAddr>,
    pub rtc_workers: usize,
    /// WebRTC sessions, publishers and viewers together, before new ones are refused.
    pub rtc_sessions: usize,
    /// STUN and TURN servers that WebRTC clients are told of.
    pub ice_servers: Vec<IceServer>,
    /// Where WebRTC clients are sent instead of being refused.
    pub overflow: Option<PublicUrl>,
    /// Where people reach this server; `None` until the HTTP port is known.
    pub public_url: Option<PublicUrl>,
    /// The SQLite database's file.
    pub database: PathBuf,
    /// By which servers that share the database talk; none for the only server.
    pub nats: Option<bus::Address>,
    pub transcoder: Transcoder,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// A bearer token that opens `/metrics` to others than this machine.
    pub metrics_token: Option<String>,
    pub log_format: Option<LogFormat>,
    /// How long a dropped publisher is awaited.
    pub grace: Duration,
    /// After a show so long has to pass until followers are told of the next one.
    pub announce_cooldown: Duration,
    /// LL-HLS part target, 200 ms to 500 ms.
    pub part_target: Duration,
    /// LL-HLS segment target, 1 s to 10 s.
    pub segment_target: Duration,
    /// Most HTTP connections at once; further ones wait to be accepted.
    pub max_connections: usize,
    /// Whether this server looks up what chat messages link to.
    pub link_previews: bool,
    /// What is called on when somebody's address is.
    pub outbound: outbound::Policy,
    pub limits: Limits,
}

/// Which transcoder program to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transcoder {
    /// The one beside the server's own program, if there is one.
    Beside,
    /// This one: it must be there.
    At(PathBuf),
}

/// Why the configuration cannot be used. The program ends with exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: {message}", path.display())]
    File { path: PathBuf, message: String },
    #[error("{what} is not supported by this version yet; leave it out")]
    Unsupported { what: &'static str },
    #[error("{name} cannot be `{value}`: {reason}")]
    Invalid { name: &'static str, value: String, reason: String },
}

impl Config {
    /// The configuration of flags (with their environment variables) over `klieg.toml` over defaults.
    ///
    /// Without `--config`, `klieg.toml` in the working directory is read if it is there.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let usual = Path::new("klieg.toml");
        let file = if let Some(path) = &flags.config {
            File::read(path)?
        } else if usual.exists() {
            File::read(usual)?
        } else {
            File::default()
        };
        Self::resolve(flags, file)
    }

    fn resolve(flags: &Flags, file: File) -> Result<Self, ConfigError> {
        refuse_unsupported(flags, &file)?;
        let ice_servers = ice::servers(flags, &file)?;
        let data = flags.data.clone().or(file.data).unwrap_or_else(|| "./data".into());
        let http = address::socket("--http", flags.http.as_ref().or(file.http.as_ref()), "127.0.0.1:8080")?;
        let rtmp = address::socket("--rtmp", flags.rtmp.as_ref().or(file.rtmp.as_ref()), "127.0.0.1:1935")?;
        let rtc = address::socket("--rtc", flags.rtc.as_ref().or(file.rtc.as_ref()), "127.0.0.1:8189")?;
        let rtc_hosts =
            if flags.rtc_host.is_empty() { file.rtc_host.unwrap_or_default() } else { flags.rtc_host.clone() };
        let public_url = flags
            .public_url
            .as_ref()
            .or(file.public_url.as_ref())
            .map(|url| PublicUrl::parse("--public-url", url))
            .transpose()?;
        let overflow = flags.overflow.as_ref().or(file.overflow.as_ref());
        let overflow = overflow.map(|url| PublicUrl::parse("--overflow", url)).transpose()?;
        let database = address::database(flags.database.as_deref().or(file.database.as_deref()), &data)?;
        let nats = flags.nats.as_ref().or(file.nats.as_ref()).map(|url| {
            url.parse().map_err(|reason| ConfigError::Invalid { name: "--nats", value: url.clone(), reason })
        });
        let nats = nats.transpose()?;
        let transcoder = flags.transcoder.clone().or(file.transcoder).map_or(Transcoder::Beside, Transcoder::At);
        let part_ms = within("part_target_ms", file.part_target_ms, 200..=500, 300)?;
        let segment_s = within("segment_target_s", file.segment_target_s, 1..=10, 2)?;
        let cooldown_s = within("announce_cooldown_s", file.announce_cooldown_s, 0..=86_400, 1_800)?;
        let workers = std::thread::available_parallelism().map_or(1, |count| count.get().min(16)) as u64;
        Ok(Self {
            data,
            http,
            rtmp,
            rtc,
            rtc_hosts,
            rtc_workers: within("rtc_workers", file.rtc_workers, 1..=256, workers)? as usize,
            rtc_sessions: within("rtc_sessions", file.rtc_sessions, 1..=1_000_000, 10_000)? as usize,
            ice_servers,
            overflow,
            public_url,
            database,
            nats,
            transcoder,
            trusted_proxies: file.trusted_proxies.unwrap_or_default(),
            metrics_token: file.metrics_token,
            log_format: flags.log_format.or(file.log_format),
            grace: Duration::from_secs(within("grace_s", file.grace_s, 0..=600, 15)?),
            announce_cooldown: Duration::from_secs(cooldown_s),
            part_target: Duration::from_millis(part_ms),
            segment_target: Duration::from_secs(segment_s),
            max_connections: within("max_connections", file.max_connections, 16..=1_000_000, 50_000)? as usize,
            link_previews: file.link_previews.unwrap_or(true),
            outbound: file.outbound,
            limits: file.limits,
        })
    }

    /// Where people reach this server that listens at `http`.
    pub fn public_url(&self, http: SocketAddr) -> PublicUrl {
        self.public_url.clone().unwrap_or_else(|| PublicUrl::of_listener(http))
    }
}

fn refuse_unsupported(flags: &Flags, file: &File) -> Result<(), ConfigError> {
    let asked = [
        ("--tls-domain", flags.tls_domain.is_some() || file.tls_domain.is_some()),
        ("--tls-cert", flags.tls_cert.is_some() || file.tls_cert.is_some()),
        ("--tls-key", flags.tls_key.is_some() || file.tls_key.is_some()),
        ("--objects", flags.objects.is_some() || file.objects.is_some()),
    ];
    match asked.into_iter().find(|(_, asked)| *asked) {
        Some((what, _)) => Err(ConfigError::Unsupported { what }),
        None => Ok(()),
    }
}

fn within(
    name: &'static str,
    value: Option<u64>,
    range: std::ops::RangeInclusive<u64>,
    default: u64,
) -> Result<u64, ConfigError> {
    let value = value.unwrap_or(default);
    if range.contains(&value) {
        return Ok(value);
    }
    let reason = format!("it must be from {} to {}", range.start(), range.end());
    Err(ConfigError::Invalid { name, value: value.to_string(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: Flags,
    }

    fn resolve(arguments: &[&str], file: &str) -> Result<Config, ConfigError> {
        let flags = Line::parse_from(std::iter::once(&"klieg-server").chain(arguments)).flags;
        Config::resolve(&flags, File::parse(Path::new("klieg.toml"), file)?)
    }

    #[test]
    fn a_flag_beats_the_file_and_the_file_beats_the_default() {
        let config = resolve(&["--http", "127.0.0.1:1"], "http = '127.0.0.1:2'\nrtmp = '127.0.0.1:3'").unwrap();
        assert_eq!(config.http.port(), 1);
        assert_eq!(config.rtmp.port(), 3);
        assert_eq!(config.rtc.port(), 8189);
        assert_eq!(config.database, Path::new("./data/klieg.db"));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_file() {
        for (file, key) in [("htpp = 'x'", "htpp"), ("[limits]\nlogin = '1/s'", "login")] {
            let error = resolve(&[], file).unwrap_err().to_string();
            assert!(error.starts_with("klieg.toml: unknown key"), "{error}");
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn what_this_version_cannot_do_is_refused_by_name() {
        for arguments in
            [["--objects", "s3://x"], ["--database", "postgres://x"], ["--tls-domain", "x"], ["--tls-cert", "x"]]
        {
            let error = resolve(&arguments, "").unwrap_err().to_string();
            assert!(error.contains("not supported by this version yet"), "{error}");
        }
    }

    #[test]
    fn nats_is_one_url_or_several() {
        let config = resolve(&["--nats", "nats://one:4222, tls://two"], "").unwrap();
        assert_eq!(config.nats, Some("nats://one:4222,tls://two".parse().unwrap()));
        let error = resolve(&["--nats", "http://x"], "").unwrap_err().to_string();
        assert!(error.contains("--nats") && error.contains("nats://"), "{error}");
    }

    #[test]
    fn a_turn_server_needs_a_login_and_a_stun_server_does_not() {
        let stun = "stun:stun.example.org";
        let both = ["--ice-server", stun, "--ice-server", "turn:turn.example.org:3478?transport=udp"];
        assert_eq!(resolve(&both[..2], "").unwrap().ice_servers.len(), 1);
        let error = resolve(&both, "").unwrap_err().to_string();
        assert!(error.contains("--ice-server") && error.contains("turn_secret"), "{error}");
        for login in ["turn_secret = 's'", "turn_username = 'u'\nturn_credential = 'c'"] {
            assert_eq!(resolve(&both, login).unwrap().ice_servers.len(), 2);
        }
        assert_eq!(resolve(&[], "ice_server = ['stun:a', 'stuns:b:5349']").unwrap().ice_servers.len(), 2);
        assert!(resolve(&["--ice-server", "https://a"], "").is_err());
    }

    #[test]
    fn an_overflow_is_a_server_and_not_a_page_of_it() {
        let config = resolve(&["--overflow", "https://b.example.org/"], "").unwrap();
        assert_eq!(config.overflow.unwrap().as_str(), "https://b.example.org");
        let error = resolve(&["--overflow", "https://b.example.org/whip"], "").unwrap_err().to_string();
        assert!(error.starts_with("--overflow"), "{error}");
    }

    #[test]
    fn links_are_looked_up_on_public_hosts_unless_the_operator_says_otherwise() {
        let config = resolve(&[], "").unwrap();
        assert!(config.link_previews && config.outbound.addresses.is_empty());
        assert_eq!(config.outbound.ports, [80, 443]);
        let config = resolve(&[], "link_previews = false\n[outbound]\naddresses = ['10.0.0.5']").unwrap();
        assert!(!config.link_previews);
        assert_eq!((config.outbound.addresses.len(), config.outbound.ports.len()), (1, 2));
        assert!(!config.outbound.time.is_zero());
        assert!(resolve(&[], "[outbound]\ntime = 1").is_err());
        let config = resolve(&[], "[outbound]\ndeny = ['203.0.112.0/24', '2001:4860::/32', '8.8.8.8']").unwrap();
        assert_eq!(config.outbound.deny.len(), 3);
        let error = resolve(&[], "[outbound]\ndeny = ['intern.example']").unwrap_err().to_string();
        assert!(error.contains("intern.example") && error.contains("203.0.113.0/24"), "{error}");
    }

    #[test]
    fn followers_are_told_again_after_half_an_hour_unless_the_operator_says_otherwise() {
        assert_eq!(resolve(&[], "").unwrap().announce_cooldown, Duration::from_mins(30));
        assert!(resolve(&[], "announce_cooldown_s = 0").unwrap().announce_cooldown.is_zero());
        assert!(resolve(&[], "announce_cooldown_s = 86401").is_err());
    }

    #[test]
    fn values_out_of_range_say_what_is_allowed() {
        let error = resolve(&[], "part_target_ms = 20").unwrap_err().to_string();
        assert_eq!(error, "part_target_ms cannot be `20`: it must be from 200 to 500");
        assert!(resolve(&["--public-url", "ftp://x"], "").is_err());
        assert!(resolve(&["--http", "nonsense"], "").is_err());
    }
}
