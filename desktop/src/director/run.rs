//! The director's thread: takes turns between commands, events, finished jobs and the clock, and publishes what has changed.

use std::sync::Arc;
use std::time::Duration;

use klieg_studio_model::{Meters, Studio};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::Ask;
use super::desk::{Desk, Outside};
use crate::library::Opened;

const METERS: Duration = Duration::from_millis(50);
const HEALTH: Duration = Duration::from_secs(1);
/// The state is published at most this often.
const PUBLISHED: Duration = Duration::from_millis(33);

/// Where the state goes.
pub(super) struct Publisher {
    to: Arc<watch::Sender<Arc<Studio>>>,
    last: Instant,
}

impl Publisher {
    pub(super) fn publish(&mut self, studio: &Studio) {
        self.last = Instant::now();
        self.to.send_if_modified(|published| {
            let changed = **published != *studio;
            if changed {
                *published = Arc::new(studio.clone());
            }
            changed
        });
    }

    fn due(&self) -> Instant {
        self.last + PUBLISHED
    }
}

pub(super) async fn run(
    opened: Opened,
    outside: Outside,
    mut asked: mpsc::Receiver<Ask>,
    studio: Arc<watch::Sender<Arc<Studio>>>,
    meters: Arc<watch::Sender<Arc<Meters>>>,
) {
    let publisher = Publisher { to: studio, last: Instant::now() };
    // Events and finished jobs are not bounded by their queues but by their number: a few a second.
    let (events, mut happened) = mpsc::unbounded_channel();
    let (jobs, mut finished) = mpsc::unbounded_channel();
    let mut devices = outside.devices.seen.clone();
    let mut desk = Desk::new(opened, outside, events, jobs, publisher);
    desk.open();
    desk.watch_power();

    let (mut levels, mut seconds) = (interval(METERS), interval(HEALTH));
    levels.set_missed_tick_behavior(MissedTickBehavior::Skip);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            // Meters and health can wait, the creator should not.
            biased;
            () = sleep_until(desk.publisher.due()), if desk.changed => desk.publish(),
            Some(event) = happened.recv() => desk.on_event(event),
            Some(finish) = finished.recv() => finish(&mut desk),
            ask = asked.recv() => match ask {
                Some(Ask::Command(command, answer)) => desk.command(*command, answer),
                Some(Ask::State(answer)) => drop(answer.send(Arc::new(desk.studio().clone()))),
                Some(Ask::Outside(outside)) => desk.set_outside(outside),
                Some(Ask::Link(link)) => desk.open_link(&link),
                Some(Ask::Pictures(view, answer)) => drop(answer.send(desk.pictures(view))),
                Some(Ask::Account(answer)) => drop(answer.send(desk.account.clone())),
                Some(Ask::Close(answer)) => {
                    desk.close();
                    // Who asked may not have waited.
                    let _ = answer.send(());
                    return;
                }
                None => return desk.close(),
            },
            Ok(()) = devices.changed() => desk.devices_changed(),
            _ = seconds.tick() => desk.every_second(),
            _ = levels.tick() => if let Some(levels) = desk.meters() && meters.receiver_count() > 0 {
                meters.send_replace(Arc::new(levels));
            },
        }
    }
}
