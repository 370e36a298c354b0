//! What people do, in any order.

use proptest::prelude::*;

use crate::room::state::tests::CREATOR;

/// Whose connections there may be. The first is here all the time.
pub(super) const READERS: [Option<u128>; 8] =
    [Some(CREATOR), Some(CREATOR), Some(2), Some(2), Some(3), Some(4), None, None];

/// What somebody says that they know of the room when they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knows {
    Nothing,
    /// Where they were last.
    Last,
    /// Where they were when the room was opened before.
    Other,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Somebody comes, or asks once more from within.
    Join(usize, Knows),
    /// The line is cut, and so many events that were on their way are lost.
    Cut(usize, usize),
    Say(usize),
    /// What has to wait.
    Link(usize),
    Review(usize, bool),
    Delete(usize),
    Delay(bool),
    Ban(u128),
    Unban(u128),
    /// So many records.
    Keep(usize),
    Lose,
    Pass(i64),
    /// What was gathered is written.
    Flush,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let (all, others) = (|| 0..READERS.len(), || 1..READERS.len());
    let knows = prop_oneof![1 => Just(Knows::Nothing), 4 => Just(Knows::Last), 1 => Just(Knows::Other)];
    let (any, on) = (any::<usize>, || proptest::bool::ANY);
    prop_oneof![
        8 => (others(), knows).prop_map(|(place, knows)| Step::Join(place, knows)),
        3 => (others(), 0..4_usize).prop_map(|(place, lost)| Step::Cut(place, lost)),
        10 => all().prop_map(Step::Say),
        4 => all().prop_map(Step::Link),
        3 => (any(), on()).prop_map(|(which, approve)| Step::Review(which, approve)),
        2 => any().prop_map(Step::Delete),
        1 => on().prop_map(Step::Delay),
        1 => (2..5_u128).prop_map(Step::Ban),
        2 => (2..5_u128).prop_map(Step::Unban),
        3 => (1..10_usize).prop_map(Step::Keep),
        1 => Just(Step::Lose),
        1 => (0..3_000_i64).prop_map(Step::Pass),
        5 => Just(Step::Flush),
    ]
}
