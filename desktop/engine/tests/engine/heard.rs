//! What is heard of the scene on air, and how loud.

use klieg_studio_model::{Canvas, Collection, Edit, Item, Strip, Transition};

use crate::sound::{near, spectrum};
use crate::stage::two_scenes;
use crate::support::decode::sound;
use crate::support::recorder::Recorded;

/// A picture that costs next to nothing, where nobody looks at it.
pub(crate) const UNSEEN: Canvas = Canvas { width: 64, height: 64, fps: 5 };

#[test]
fn what_is_heard_in_every_scene_is_heard_in_those_in_which_it_does_not_stand() {
    let mut show = Recorded::start(Collection { canvas: UNSEEN, ..two_scenes() });
    show.frames(5.0);
    show.stage().show("two", &Transition::Cut).unwrap();
    let strip = Strip { everywhere: true, ..Strip::default() };
    show.edit(Edit::SetStrip { source: "low".to_owned(), strip });
    // It stands nowhere then.
    show.edit(Edit::RemoveScene { scene: "one".to_owned() });
    show.frames(20.0);
    let ended = show.end();
    let spectrum = spectrum(&sound(&ended.path));
    let levels = [near(&spectrum, 440), near(&spectrum, 1_500)];
    assert!(levels.iter().all(|level| (level - 0.4).abs() < 0.04), "{levels:?}");
}

#[test]
fn a_source_that_stands_in_a_scene_twice_is_as_loud_as_once() {
    let mut show = Recorded::start(Collection { canvas: UNSEEN, ..two_scenes() });
    show.edit(Edit::AddItem { scene: "one".to_owned(), item: Item::full("low") });
    show.frames(25.0);
    let ended = show.end();
    let spectrum = spectrum(&sound(&ended.path));
    let level = near(&spectrum, 440);
    assert!((level - 0.4).abs() < 0.04, "{level}");
}
