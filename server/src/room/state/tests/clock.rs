//! The server's wall clock is set back.

use std::time::Instant;

use super::*;
use crate::clock::Steady;

/// A wall clock that somebody sets, and the server's time, which the room goes by.
struct Clock {
    wall: i64,
    time: Steady,
    now: Instant,
}

impl Clock {
    fn new(world: &World) -> Self {
        let now = Instant::now();
        Self { wall: world.now, time: Steady::new(nanos(world.now), now), now }
    }

    /// So many seconds pass.
    fn pass(&mut self, world: &mut World, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.wall += seconds as i64 * 1_000;
        world.now = (self.time.read(nanos(self.wall), self.now) / 1_000_000) as i64;
        world.pass(0);
    }
}

fn nanos(millis: i64) -> u64 {
    millis as u64 * 1_000_000
}

#[test]
fn timeouts_slow_mode_and_the_times_of_messages_go_on_when_the_clock_is_set_back() {
    let mut world = World::new();
    world.now = 1_000 * 3_600_000;
    let mut clock = Clock::new(&world);
    let (creator, bob, eve) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    world.set(creator, SettingsChange { slow_s: Some(30), ..SettingsChange::default() });
    world.say(bob, "one");
    world.ask(creator, Command::TimeOut { room: channel(), who: name(3), seconds: 60, reason: String::new() });
    world.keep_all();

    clock.wall -= 3_600_000;
    clock.pass(&mut world, 20);
    world.say(bob, "too soon");
    assert_eq!(world.refusal(bob), Some("/problems/too-many-requests"));
    // As long as a clock that is waited for is slow: a ninth more.
    clock.pass(&mut world, 14);
    world.say(bob, "two");
    assert_eq!(world.refusal(bob), None);
    assert!(world.client(eve).you().silenced_until.is_some());
    clock.pass(&mut world, 20);
    world.say(eve, "still silenced");
    assert_eq!(world.refusal(eve), Some("/problems/silenced"));
    clock.pass(&mut world, 13);
    world.say(eve, "three");
    world.keep_all();
    assert_eq!(world.shown(creator), ["one", "two", "three"]);
    let times: Vec<_> = world.client(creator).lines().iter().map(|message| message.at).collect();
    assert!(times.is_sorted(), "{times:?}");

    // What is removed with a ban is all that was said lately, whatever the clock said then.
    world.ask(creator, Command::Ban { room: channel(), who: name(2), reason: String::new() });
    assert_eq!(world.shown(creator), ["three"]);
}

#[test]
fn a_room_goes_on_from_the_latest_that_was_written_down() {
    let silences = |since| vec![(Uuid::from_u128(2), Silence { until: None, since })];
    assert_eq!(unused().latest(), None);
    let mut world = World::new();
    let creator = world.come(Some(CREATOR));
    world.say(creator, "hello");
    let messages: Vec<Said> = world.records.iter().filter_map(Record::said).cloned().collect();
    assert_eq!(millis(messages[0].message.at), world.now);
    for (since, latest) in [(world.now - 1, world.now), (world.now + 1, world.now + 1)] {
        let kept = Kept { messages: messages.clone(), silences: silences(since), ..unused() };
        assert_eq!(kept.latest(), Some(latest));
    }
}
