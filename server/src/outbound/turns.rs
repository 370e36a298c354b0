//! Who may call now: so many at once, and one for each host.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use reqwest::Url;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Error;

#[derive(Debug)]
pub(super) struct Turns {
    all: Arc<Semaphore>,
    /// Of the hosts that somebody calls on or waits for.
    hosts: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _host: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new(at_once: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(at_once)), hosts: Mutex::default() }
    }

    /// Waits for a turn at the host of this address. It takes no place from others while it waits for the host.
    pub(super) async fn take(&self, address: &Url) -> Result<Turn, Error> {
        let host = self.host(address.host_str().unwrap_or_default());
        // Neither is ever closed.
        let host = host.acquire_owned().await.map_err(|_| Error::Busy)?;
        let all = self.all.clone().acquire_owned().await.map_err(|_| Error::Busy)?;
        Ok(Turn { _host: host, _all: all })
    }

    fn host(&self, name: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock();
        if let Some(host) = hosts.get(name).and_then(Weak::upgrade) {
            return host;
        }
        hosts.retain(|_, host| host.strong_count() > 0);
        let host = Arc::new(Semaphore::new(1));
        hosts.insert(name.to_owned(), Arc::downgrade(&host));
        host
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    const MOMENT: Duration = Duration::from_millis(20);

    fn at(host: &str) -> Url {
        format!("https://{host}/").parse().unwrap()
    }

    #[tokio::test]
    async fn one_for_each_host_and_so_many_for_all() {
        let turns = Turns::new(2);
        let one = turns.take(&at("a.example")).await.unwrap();
        assert!(timeout(MOMENT, turns.take(&at("A.example"))).await.is_err(), "one for each host");
        let other = turns.take(&at("b.example")).await.unwrap();
        assert!(timeout(MOMENT, turns.take(&at("c.example"))).await.is_err(), "two at once");
        drop(other);
        let _third = turns.take(&at("c.example")).await.unwrap();
        assert!(timeout(MOMENT, turns.take(&at("a.example"))).await.is_err());
        drop(one);
        turns.take(&at("a.example")).await.unwrap();
        assert!(turns.hosts.lock().len() <= 3);
    }
}
