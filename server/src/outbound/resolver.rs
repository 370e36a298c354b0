//! Names become addresses here and nowhere else, and only such as may be connected to.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Policy;

/// Asks the system, and passes on what the policy admits: the connection goes to one of these.
#[derive(Debug)]
pub(super) struct Resolver(pub(super) Arc<Policy>);

/// That a name has no address that may be connected to.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
pub(super) struct NotPublic;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(resolve(self.0.clone(), name))
    }
}

async fn resolve(policy: Arc<Policy>, name: Name) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    let all = tokio::net::lookup_host((name.as_str(), 0)).await?;
    let admitted: Vec<SocketAddr> = all.filter(|address| policy.admits(address.ip())).collect();
    if admitted.is_empty() {
        return Err(NotPublic.into());
    }
    Ok(Box::new(admitted.into_iter()))
}
