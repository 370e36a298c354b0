//! Votes, stakes and followers: told as many as there are, and no events.

use klieg_api::goals::Goal;

use super::lost::poll;
use super::together::prediction;
use super::*;

#[test]
fn votes_and_stakes_are_told_once_a_second_and_take_no_place_in_the_history() {
    let mut world = World::new();
    let (ada, bob, cleo) = (world.come(Some(CREATOR)), world.come(Some(2)), world.come(Some(3)));
    world.set(ada, SettingsChange { questions: Some(true), ..SettingsChange::default() });
    world.ask(ada, poll());
    world.ask(ada, prediction(&["red", "blue"]));
    world.question(ada, "Which lens?", "q");
    let question = world.client(bob).together().questions()[0].id.clone();
    world.keep_all();
    world.pass(5_000);
    let offset = world.room.history.offset();

    world.vote(bob, 1);
    world.predict(bob, 0, 70);
    world.ask(bob, Command::VoteQuestion { room: channel(), question: question.clone(), on: true });
    let counted = |world: &World, client: ClientId| {
        let together = world.seats[&client].client.together();
        let votes: Vec<u32> = together.poll().unwrap().options.iter().map(|option| option.votes).collect();
        let staked: Vec<_> = together.prediction().unwrap().outcomes.iter().map(|of| (of.points, of.people)).collect();
        (votes, staked, together.questions()[0].votes)
    };
    world.pass(0);
    assert_eq!(counted(&world, cleo), (vec![0, 1, 0], vec![(70, 1), (0, 0)], 1));
    world.vote(cleo, 2);
    world.pass(999);
    assert_eq!(counted(&world, cleo).0, [0, 1, 0], "not all the time");
    world.pass(1);
    assert_eq!(counted(&world, bob).0, [0, 1, 1]);

    // Who was away knows as much, and so does who comes.
    let seat = world.cut(cleo);
    world.vote(bob, 0);
    world.predict(bob, 0, 100);
    world.ask(bob, Command::VoteQuestion { room: channel(), question, on: false });
    world.pass(1_000);
    let (cleo, dora) = (world.connect(seat), world.come(Some(4)));
    for client in [bob, cleo, dora] {
        assert_eq!(counted(&world, client), (vec![1, 0, 1], vec![(100, 1), (0, 0)], 0));
    }
    assert_eq!(world.room.history.offset(), offset);

    // That they end is an event, which has the last votes.
    world.vote(bob, 2);
    let id = world.client(ada).together().poll().unwrap().id.clone();
    world.ask(ada, Command::EndPoll { room: channel(), poll: id });
    assert_eq!(counted(&world, dora).0, [0, 0, 2]);
    assert_eq!(world.room.history.offset(), offset + 1);
}

#[test]
fn followers_are_told_where_there_is_a_goal_and_take_no_place_in_the_history() {
    let mut world = World::new();
    let (ada, bob) = (world.come(Some(CREATOR)), world.come(Some(2)));
    let known = |world: &World, client: ClientId| world.seats[&client].client.together().followers();
    let follow = |world: &mut World, followers: u64| {
        world.room.followed(Uuid::from_u128(9), None, followers, &world.now());
        world.pass(0);
    };
    follow(&mut world, 7);
    assert_eq!(known(&world, bob), 0, "there is no goal");
    let goal = Goal { title: "A hundred of us".into(), target: 100 };
    world.set(ada, SettingsChange { goal: Some(goal), ..SettingsChange::default() });
    world.keep_all();
    world.pass(0);
    assert_eq!(known(&world, bob), 7);
    let offset = world.room.history.offset();

    follow(&mut world, 8);
    assert_eq!(known(&world, bob), 7, "not all the time");
    world.pass(1_000);
    assert_eq!(known(&world, bob), 8);

    // Who was away knows as many, and so does who comes, whatever was told a moment ago.
    let seat = world.cut(bob);
    follow(&mut world, 9);
    let (bob, cleo) = (world.connect(seat), world.come(Some(3)));
    assert_eq!((known(&world, bob), known(&world, cleo)), (9, 9));
    follow(&mut world, 10);
    let dora = world.come(Some(4));
    assert_eq!(known(&world, dora), 10);
    world.pass(1_000);
    for client in [ada, bob, cleo, dora] {
        assert_eq!(known(&world, client), 10);
    }
    assert_eq!(world.room.history.offset(), offset);
}
