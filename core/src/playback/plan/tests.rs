//! Evenings of one viewer, told as tests.

use Transport::{Hls, Whep};

use super::*;

fn on(id: &str) -> Event {
    Event::Channel(Some(Broadcast { id: id.into(), waiting: false }))
}

fn waiting(id: &str) -> Event {
    Event::Channel(Some(Broadcast { id: id.into(), waiting: true }))
}

fn opens(actions: &[Action]) -> Option<(Transport, u32)> {
    actions.iter().find_map(|action| match action {
        Action::Open { transport, attempt } => Some((*transport, *attempt)),
        _ => None,
    })
}

/// A player whose first WHEP attempt moves.
fn playing() -> Playback {
    let mut playback = Playback::default();
    assert_eq!(opens(&playback.on(0, on("a"))), Some((Whep, 1)));
    playback.on(200, Event::Moving { attempt: 1 });
    assert_eq!(playback.state(), State::Playing);
    playback
}

#[test]
fn a_channel_that_goes_live_starts_by_itself() {
    let mut playback = Playback::default();
    assert_eq!(playback.on(0, Event::Channel(None)), []);
    assert_eq!(playback.state(), State::Offline);
    assert_eq!(opens(&playback.on(10_000, on("a"))), Some((Whep, 1)));
    assert_eq!(playback.state(), State::Connecting);
}

#[test]
fn whep_without_a_picture_gives_way_to_hls_within_three_seconds() {
    let mut playback = Playback::default();
    playback.on(0, on("a"));
    assert_eq!(playback.on(FALL_BACK - 1, Event::Tick), []);
    assert_eq!(opens(&playback.on(2_900, Event::Tick)), Some((Hls, 2)));
    assert_eq!(playback.on(3_100, Event::Moving { attempt: 1 }), [], "the first attempt says nothing any more");
    assert_eq!(playback.state(), State::Connecting);
    playback.on(3_500, Event::Moving { attempt: 2 });
    assert_eq!((playback.state(), playback.transport()), (State::Playing, Hls));
}

#[test]
fn whep_refused_gives_way_to_hls_at_once() {
    let mut playback = Playback::default();
    playback.on(0, on("a"));
    assert_eq!(opens(&playback.on(50, Event::Failed { attempt: 1, retry_after: None })), Some((Hls, 2)));
}

#[test]
fn a_chosen_transport_is_kept_to_and_retried_no_sooner_than_the_server_says() {
    let mut playback = Playback::new(Some(Whep));
    playback.on(0, on("a"));
    assert_eq!(playback.on(FALL_BACK, Event::Tick), []);
    assert_eq!(
        playback.on(4_000, Event::Failed { attempt: 1, retry_after: Some(2_000) }),
        [Action::Close, Action::Ask]
    );
    assert_eq!(playback.state(), State::Reconnecting(1));
    assert_eq!(playback.deadline(), Some(6_000));
    assert_eq!(opens(&playback.on(6_000, Event::Tick)), Some((Whep, 2)));
    playback.on(6_500, Event::Failed { attempt: 2, retry_after: None });
    assert_eq!(playback.deadline(), Some(7_500));
}

#[test]
fn a_viewer_switches_there_and_back() {
    let mut playback = playing();
    assert_eq!(opens(&playback.on(1_000, Event::Choose(Some(Hls)))), Some((Hls, 2)));
    assert_eq!(playback.state(), State::Connecting);
    playback.on(1_500, Event::Moving { attempt: 2 });
    assert_eq!(playback.on(1_600, Event::Choose(Some(Hls))), []);
    assert_eq!(opens(&playback.on(2_000, Event::Choose(Some(Whep)))), Some((Whep, 3)));
}

#[test]
fn a_publisher_that_drops_is_awaited_on_the_same_connection() {
    let mut playback = playing();
    assert_eq!(playback.on(5_000, Event::Stuck { attempt: 1 }), [Action::Ask]);
    assert_eq!(playback.state(), State::Stalled);
    playback.on(5_100, waiting("a"));
    assert_eq!(playback.state(), State::Awaiting);
    assert_eq!(playback.deadline(), None);
    assert_eq!(playback.on(25_000, Event::Tick), []);
    playback.on(25_000, on("a"));
    assert_eq!(playback.on(25_300, Event::Moving { attempt: 1 }), []);
    assert_eq!(playback.state(), State::Playing);
}

#[test]
fn a_connection_that_gives_up_while_the_publisher_is_awaited_is_opened_when_it_is_back() {
    let mut playback = Playback::new(Some(Hls));
    playback.on(0, on("a"));
    playback.on(900, Event::Moving { attempt: 1 });
    playback.on(5_000, Event::Stuck { attempt: 1 });
    playback.on(5_100, waiting("a"));
    // hls.js asks for the playlist three times, six seconds each.
    let given_up = playback.on(26_000, Event::Failed { attempt: 1, retry_after: None });
    assert_eq!(given_up, [Action::Close, Action::Ask]);
    for now in (26_500..45_000).step_by(500) {
        assert_eq!(opens(&playback.on(now, Event::Tick)), None, "there is nothing to open");
        assert_eq!(playback.on(now, waiting("a")), []);
        assert_eq!(playback.state(), State::Awaiting);
    }
    assert_eq!(playback.ask_every(), 3_000);
    assert_eq!(opens(&playback.on(45_000, on("a"))), Some((Hls, 2)));
    playback.on(45_800, Event::Moving { attempt: 2 });
    assert_eq!(playback.state(), State::Playing);
}

#[test]
fn a_picture_that_stays_stuck_is_opened_anew() {
    let mut playback = playing();
    playback.on(5_000, Event::Stuck { attempt: 1 });
    assert_eq!(playback.on(11_000, Event::Tick), [Action::Close, Action::Ask]);
    assert_eq!(opens(&playback.on(11_500, Event::Tick)), Some((Whep, 2)));
    assert_eq!(playback.state(), State::Reconnecting(1));
}

#[test]
fn the_end_closes_and_a_new_show_opens() {
    let mut playback = playing();
    assert_eq!(playback.on(9_000, Event::Channel(None)), [Action::Close]);
    assert_eq!(playback.state(), State::Ended);
    assert_eq!(playback.on(9_100, Event::Moving { attempt: 1 }), []);
    assert_eq!(playback.state(), State::Ended);
    assert_eq!(opens(&playback.on(60_000, on("b"))), Some((Whep, 2)));
}

#[test]
fn another_broadcast_seen_without_a_pause_is_opened() {
    let mut playback = playing();
    assert_eq!(opens(&playback.on(9_000, on("b"))), Some((Whep, 2)));
}

#[test]
fn arriving_while_the_publisher_is_away_waits_and_then_opens() {
    let mut playback = Playback::default();
    assert_eq!(playback.on(0, waiting("a")), []);
    assert_eq!(playback.state(), State::Awaiting);
    assert_eq!(opens(&playback.on(3_000, on("a"))), Some((Whep, 1)));
}

#[test]
fn a_page_that_was_left_opens_nothing_until_the_browser_comes_back_to_it() {
    let mut playback = playing();
    assert_eq!(playback.on(5_000, Event::Left), [Action::Close]);
    assert_eq!(playback.on(5_100, Event::Failed { attempt: 1, retry_after: None }), []);
    assert_eq!(playback.on(600_000, Event::Tick), []);
    assert_eq!(playback.on(600_000, on("a")), []);
    let back = playback.on(600_100, Event::Returned);
    assert_eq!((opens(&back), back.last()), (Some((Whep, 2)), Some(&Action::Ask)));
    assert_eq!(playback.state(), State::Connecting);
    playback.on(600_500, Event::Moving { attempt: 2 });
    assert_eq!(playback.state(), State::Playing);
}

#[test]
fn a_page_left_before_its_picture_came_has_not_failed() {
    let mut playback = Playback::default();
    playback.on(0, on("a"));
    playback.on(1_000, Event::Left);
    assert_eq!(playback.on(60_000, Event::Tick), []);
    assert_eq!(opens(&playback.on(60_000, Event::Returned)), Some((Whep, 2)));
}

#[test]
fn a_show_that_ended_or_dropped_meanwhile_is_asked_for() {
    let mut playback = playing();
    playback.on(5_000, Event::Left);
    playback.on(60_000, Event::Returned);
    assert_eq!(playback.on(60_100, Event::Channel(None)), [Action::Close]);
    assert_eq!(playback.state(), State::Ended);

    let mut playback = playing();
    playback.on(5_000, waiting("a"));
    playback.on(5_100, Event::Left);
    assert_eq!(playback.on(9_000, Event::Returned), [Action::Close, Action::Ask]);
    assert_eq!(playback.state(), State::Awaiting);
    assert_eq!(opens(&playback.on(9_100, on("a"))), Some((Whep, 2)));
}

#[test]
fn both_failing_alternates_with_growing_pauses() {
    let mut playback = Playback::default();
    playback.on(0, on("a"));
    let mut now = 0;
    let mut seen = Vec::new();
    for attempt in 1..=6 {
        seen.push(playback.transport());
        let actions = playback.on(now, Event::Failed { attempt, retry_after: None });
        if opens(&actions).is_none() {
            now = playback.deadline().unwrap();
            assert!(opens(&playback.on(now, Event::Tick)).is_some());
        }
    }
    assert_eq!(seen, [Whep, Hls, Whep, Hls, Whep, Hls]);
    assert_eq!(now, 500 + 1_000 + 2_000);
}

fn event() -> impl proptest::strategy::Strategy<Value = Event> {
    use proptest::prelude::*;
    let broadcast = (any::<bool>(), 0_u8..3).prop_map(|(waiting, id)| Broadcast { id: id.to_string(), waiting });
    prop_oneof![
        proptest::option::of(broadcast).prop_map(Event::Channel),
        (0_u32..20).prop_map(|attempt| Event::Moving { attempt }),
        (0_u32..20).prop_map(|attempt| Event::Stuck { attempt }),
        (0_u32..20, proptest::option::of(0_u64..5_000))
            .prop_map(|(attempt, retry_after)| Event::Failed { attempt, retry_after }),
        proptest::option::of(prop_oneof![Just(Whep), Just(Hls)]).prop_map(Event::Choose),
        Just(Event::Tick),
        Just(Event::Left),
        Just(Event::Returned),
    ]
}

proptest::proptest! {
    #[test]
    fn whatever_happens_a_live_channel_is_never_left_without_a_next_step(
        events in proptest::collection::vec((0_u64..4_000, event()), 1..80),
    ) {
        let mut playback = Playback::default();
        let (mut now, mut open) = (0, None);
        for (wait, event) in events {
            now += wait;
            for action in playback.on(now, event) {
                match action {
                    Action::Open { transport, attempt } => {
                        assert!(open.is_none_or(|(_, before)| before < attempt), "attempts only grow");
                        open = Some((transport, attempt));
                    }
                    Action::Close => open = None,
                    Action::Ask => {}
                }
            }
            match playback.state() {
                State::Playing => assert!(open.is_some()),
                State::Offline | State::Ended => assert!(open.is_none()),
                State::Connecting | State::Stalled | State::Reconnecting(_) => {
                    assert!(playback.deadline().is_some(), "{playback:?}");
                }
                State::Awaiting => {}
            }
            if let Some((transport, _)) = open {
                assert_eq!(transport, playback.transport());
            }
            if let Some(choice) = playback.choice() {
                assert_eq!(choice, playback.transport());
            }
        }
    }
}
