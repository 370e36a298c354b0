//! The player's keys. Letters work wherever no text is being written; the space bar and the arrows, which also press buttons and
//! scroll, only where nothing else has the focus.

use std::rc::Rc;

use klieg_core::playback::Transport;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::driver::Driver;
use super::view::toggle_full_screen;
use crate::browser;
use crate::chat::Shown;

/// Where letters are written or choose something, and what lies over the page.
const TAKEN: &str =
    "input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable], dialog";

/// Does what a key says. False if that is nothing, and the key is the browser's. Where nothing is on there is nothing to steer, but a
/// way out of full screen.
pub fn press(event: &KeyboardEvent, driver: &Rc<Driver>, stage: &Element, chat: Option<Shown>, is_on: bool) -> bool {
    let Some(focused) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return false };
    let held = [event.ctrl_key(), event.alt_key(), event.meta_key(), event.shift_key()];
    let is_taken = focused.closest(TAKEN).is_ok_and(|found| found.is_some());
    if event.default_prevented() || held.contains(&true) || is_taken {
        return false;
    }
    // With caps lock letters come as capitals.
    let key = event.key().to_lowercase();
    let is_way_out = key == "f" && browser::is_full_screen();
    if !(is_on || is_way_out) {
        return false;
    }
    let on_stage = focused == *stage;
    let on_nothing = matches!(focused.tag_name().as_str(), "BODY" | "HTML");
    let volume = driver.picture.video.volume();
    match key.as_str() {
        "arrowup" if on_stage => driver.set_volume(volume + 0.05),
        "arrowdown" if on_stage => driver.set_volume(volume - 0.05),
        " " if !on_stage && !on_nothing => return false,
        // A key that is held down acts once.
        " " | "k" | "m" | "f" | "t" | "c" if event.repeat() => {}
        " " | "k" => driver.toggle_paused(),
        "m" => driver.toggle_muted(),
        "f" => toggle_full_screen(Some(stage)),
        "c" => {
            let Some(chat) = chat else { return false };
            chat.toggle();
            // What is hidden loses the focus.
            if let Some(stage) = stage.dyn_ref::<HtmlElement>().filter(|_| is_in_chat(&focused)) {
                let _ = stage.focus();
            }
        }
        "t" => driver.choose(Some(match driver.transport() {
            Transport::Whep => Transport::Hls,
            Transport::Hls => Transport::Whep,
        })),
        _ => return false,
    }
    true
}

fn is_in_chat(element: &Element) -> bool {
    element.closest(".watch-chat").is_ok_and(|found| found.is_some())
}
