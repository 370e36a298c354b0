//! Names become addresses here and nowhere else, and only such as may be connected to.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::Policy;

/// Asks the system, or in tests somebody else, and passes on what the policy admits: the connection goes to one of these.
///
/// The system cannot be told to stop. Who waited for a name may be gone by the time it is resolved, and only then is its place
/// free again: names that take for ever keep so many threads busy and no more.
#[derive(Debug)]
pub(super) struct Resolver<A> {
    policy: Arc<Policy>,
    places: Arc<Semaphore>,
    ask: A,
}

/// That a name has no address that may be connected to.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
pub(super) struct NotPublic;

/// That too many names are being resolved.
#[derive(Debug, thiserror::Error)]
#[error("too many names are being resolved")]
pub(super) struct TooMany;

/// Whoever knows the addresses of names, and may take their time.
pub(super) trait Ask: Fn(&str) -> io::Result<Vec<SocketAddr>> + Clone + Send + Sync + 'static {}

impl<A: Fn(&str) -> io::Result<Vec<SocketAddr>> + Clone + Send + Sync + 'static> Ask for A {}

/// What the system says of a name.
pub(super) fn system(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok((name, 0).to_socket_addrs()?.collect())
}

impl<A: Ask> Resolver<A> {
    /// Resolves so many names at once.
    pub(super) fn new(policy: Arc<Policy>, at_once: usize, ask: A) -> Self {
        Self { policy, places: Arc::new(Semaphore::new(at_once)), ask }
    }
}

impl<A: Ask> Resolve for Resolver<A> {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, places, ask) = (self.policy.clone(), self.places.clone(), self.ask.clone());
        Box::pin(admitted(policy, places, move || ask(name.as_str())))
    }
}

/// What `ask` finds, without what may not be connected to.
async fn admitted(
    policy: Arc<Policy>,
    places: Arc<Semaphore>,
    ask: impl FnOnce() -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    let place = places.try_acquire_owned().map_err(|_| TooMany)?;
    let asked = spawn_blocking(move || {
        let _place = place;
        ask()
    });
    let mut addresses = asked.await??;
    addresses.retain(|address| policy.admits(address.ip()));
    if addresses.is_empty() {
        return Err(NotPublic.into());
    }
    Ok(Box::new(addresses.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;
    use tokio::time::timeout;

    fn found(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect()
    }

    #[tokio::test]
    async fn only_what_may_be_connected_to_is_passed_on() {
        let places = Arc::new(Semaphore::new(1));
        let mixed = admitted(Arc::default(), places.clone(), || Ok(found(&["10.0.0.1", "8.8.8.8", "::1"]))).await;
        assert_eq!(mixed.ok().unwrap().map(|address| address.ip().to_string()).collect::<Vec<_>>(), ["8.8.8.8"]);
        let private = admitted(Arc::default(), places, || Ok(found(&["10.0.0.1", "::ffff:127.0.0.1"]))).await;
        assert!(private.err().unwrap().is::<NotPublic>());
    }

    #[tokio::test]
    async fn a_name_that_is_given_up_keeps_its_place_until_it_is_resolved() {
        let places = Arc::new(Semaphore::new(1));
        let (answer, answered) = mpsc::channel();
        let slow = admitted(Arc::default(), places.clone(), move || answered.recv().map_err(io::Error::other)?);
        assert!(timeout(Duration::from_millis(20), slow).await.is_err(), "it is not answered");
        let refused = admitted(Arc::default(), places.clone(), || Ok(found(&["8.8.8.8"]))).await;
        assert!(refused.err().unwrap().is::<TooMany>());
        answer.send(Ok(found(&["8.8.8.8"]))).unwrap();
        drop(places.acquire().await.unwrap());
        assert!(admitted(Arc::default(), places, || Ok(found(&["8.8.8.8"]))).await.is_ok());
    }
}
