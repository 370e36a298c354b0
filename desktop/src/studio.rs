//! A whole studio, with a window or without: the director and the loopback server, put together.

use std::sync::Arc;
use std::thread::JoinHandle;

use klieg_engine::{DeviceWatch, Grants, ProbeCache, Prober, disk_left, page_program};
use thiserror::Error;
use tokio::runtime::Handle;

use crate::director::{Director, Eyes, Setup, StartError, real_theatre};
use crate::keys::SystemKeyring;
use crate::library::{LibraryError, Places};
use crate::loopback::Loopback;

#[derive(Debug, Error)]
pub enum OpenError {
    #[error("{0}")]
    Library(#[from] LibraryError),
    #[error("{0}")]
    Director(#[from] StartError),
    #[error("no port of this computer can be used: {0}")]
    Loopback(#[from] std::io::Error),
}

/// A studio that runs.
pub struct Open {
    pub director: Director,
    pub places: Places,
    /// Ends when the director has closed.
    pub thread: JoinHandle<()>,
}

/// What a studio needs before anything of it runs: the places of its files, and a port.
pub struct Prepared {
    places: Places,
    loopback: Loopback,
}

impl Prepared {
    pub fn of_this_user() -> Result<Self, OpenError> {
        let places = Places::of_this_user().ok_or(LibraryError::NoHome)?;
        let loopback = Loopback::bind(&places)?;
        Ok(Self { places, loopback })
    }

    /// The port of the loopback interface that pictures come from.
    pub fn port(&self) -> u16 {
        self.loopback.port()
    }

    /// Opens the studio. `remote_on` lets remote control in whatever the profile says.
    pub fn open(self, runtime: &Handle, remote_on: bool) -> Result<Open, OpenError> {
        let Self { places, loopback } = self;
        let setup = Setup {
            places: places.clone(),
            keyring: SystemKeyring::opener(),
            theatre: real_theatre(),
            prober: Prober::new(std::env::current_exe().ok(), Some(ProbeCache::at(places.encoders()))),
            devices: eyes(),
            pages: page_program(),
            grants: Grants::at(places.casts()),
            disk: Arc::new(disk_left),
            supplies: "/sys/class/power_supply".into(),
            addresses: loopback.addresses(remote_on || std::env::var("KLIEG_STUDIO_REMOTE").is_ok_and(|on| on == "1")),
            runtime: runtime.clone(),
        };
        let (director, thread) = Director::start(setup)?;
        let served = director.clone();
        runtime.spawn(async move {
            if let Err(error) = loopback.serve(served).await {
                tracing::error!(%error, "no pictures and no remote control: the loopback server ended");
            }
        });
        Ok(Open { director, places, thread })
    }
}

fn eyes() -> Eyes {
    match DeviceWatch::start() {
        Ok(watch) => Eyes { seen: watch.seen(), look: Arc::new(move || watch.look().map(drop)) },
        Err(error) => {
            tracing::error!(%error, "no devices are looked for");
            Eyes::default()
        }
    }
}

/// Ready when the system asks this program to stop. It is heard from this call on: before, a signal ends the program at once.
pub fn told_to_stop(runtime: &Handle) -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let _inside = runtime.enter();
        let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        async move {
            match signals {
                (Ok(mut interrupt), Ok(mut terminate)) => {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                    }
                }
                (Err(error), _) | (_, Err(error)) => {
                    tracing::warn!(%error, "signals end the studio at once");
                    std::future::pending::<()>().await;
                }
            }
        }
    }
    #[cfg(not(unix))]
    {
        // Spawned, so that it is heard without being awaited.
        let heard = runtime.spawn(tokio::signal::ctrl_c());
        async move {
            if !matches!(heard.await, Ok(Ok(()))) {
                tracing::warn!("Ctrl-C ends the studio at once");
                std::future::pending::<()>().await;
            }
        }
    }
}
