//! How many people watch over HLS, which has no sessions: distinct players that go along with a media playlist.
//!
//! Who asks can call itself anything, and a count puts a channel first. So a player counts once it has followed the
//! show for a moment, and those of one address are only so many.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// A player that has not asked for this long is gone. Longer than any blocking reload that goes well.
const GONE_AFTER: Duration = Duration::from_secs(10);
/// A player counts once it has asked so many times, each this long after the one before: a player of parts does within
/// a second, one of segments within a few.
const STEPS: u8 = 3;
const STEP: Duration = Duration::from_millis(250);
/// Players of one address that are told apart: a household, a class. What more come from there are not counted.
const PER_ADDRESS: usize = 40;
/// Likewise of all together.
const MOST: usize = 200_000;

#[derive(Debug, Default)]
pub(super) struct Viewers {
    state: Mutex<State>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct State {
    players: HashMap<u64, Player>,
    /// How many of them each address has.
    addresses: HashMap<Option<IpAddr>, usize>,
}

#[derive(Debug)]
struct Player {
    address: Option<IpAddr>,
    asked: Instant,
    stepped: Instant,
    steps: u8,
}

impl Viewers {
    /// A player asked. It is known by the name it gives itself, else by where it comes from and what it is.
    pub(super) fn saw(&self, name: Option<&str>, peer: Option<IpAddr>, agent: &str) {
        let (now, address) = (Instant::now(), peer.map(network));
        let key = match name {
            Some(name) => self.hasher.hash_one(name),
            None => self.hasher.hash_one((address, agent)),
        };
        let mut state = self.state.lock();
        let State { players, addresses } = &mut *state;
        if let Some(player) = players.get_mut(&key) {
            player.asked = now;
            if now.duration_since(player.stepped) >= STEP {
                player.stepped = now;
                player.steps = player.steps.saturating_add(1);
            }
            return;
        }
        if players.len() >= MOST {
            return;
        }
        let of_address = addresses.entry(address).or_default();
        if *of_address >= PER_ADDRESS {
            return;
        }
        *of_address += 1;
        players.insert(key, Player { address, asked: now, stepped: now, steps: 1 });
    }

    /// How many there are now.
    pub(super) fn count(&self) -> usize {
        let now = Instant::now();
        let mut state = self.state.lock();
        let State { players, addresses } = &mut *state;
        players.retain(|_, player| {
            let stays = now.duration_since(player.asked) < GONE_AFTER;
            if !stays && let Some(of_address) = addresses.get_mut(&player.address) {
                *of_address -= 1;
                if *of_address == 0 {
                    addresses.remove(&player.address);
                }
            }
            stays
        });
        players.values().filter(|player| player.steps >= STEPS).count()
    }
}

/// What counts as one address: an IPv4 address, or the /64 network that a household has in IPv6.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Players that ask a few times, as if they played.
    async fn follow(viewers: &Viewers, players: &[(Option<&str>, &str, &str)]) {
        for _ in 0..STEPS {
            for (name, address, agent) in players {
                viewers.saw(*name, Some(address.parse().unwrap()), agent);
            }
            tokio::time::advance(STEP).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_player_counts_once_and_until_it_stops_asking() {
        let (viewers, home) = (Viewers::default(), "192.0.2.7");
        let player = (None, home, "player");
        follow(&viewers, &[player, player, (None, home, "another"), (Some("third"), home, "player")]).await;
        assert_eq!(viewers.count(), 3);
        tokio::time::advance(Duration::from_secs(6)).await;
        follow(&viewers, &[player]).await;
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(viewers.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_only_asks_does_not_watch() {
        let viewers = Viewers::default();
        for index in 0..10_000 {
            viewers.saw(Some(&index.to_string()), Some([10, 0, (index >> 8) as u8, index as u8].into()), "curl");
        }
        for _ in 0..100 {
            viewers.saw(Some("hurried"), Some([192, 0, 2, 1].into()), "curl");
        }
        assert_eq!(viewers.count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_adds_only_so_many_and_has_room_again_when_they_are_gone() {
        let viewers = Viewers::default();
        let names: Vec<String> = (0..1_000).map(|index| index.to_string()).collect();
        // All of one household.
        let crowd: Vec<_> = names.iter().map(|name| (Some(name.as_str()), "2001:db8:1:2::9", "curl")).collect();
        follow(&viewers, &crowd).await;
        assert_eq!(viewers.count(), PER_ADDRESS);
        follow(&viewers, &[(None, "2001:db8:1:3::9", "neighbour")]).await;
        assert_eq!(viewers.count(), PER_ADDRESS + 1);
        tokio::time::advance(GONE_AFTER).await;
        assert_eq!(viewers.count(), 0);
        follow(&viewers, &[(None, "2001:db8:1:2::1", "player")]).await;
        assert_eq!(viewers.count(), 1);
    }
}
