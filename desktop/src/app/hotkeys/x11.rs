//! Keys that the X server lets the studio hear wherever they are pressed.
//!
//! Not by Tauri's plugin: it looks for pressed keys twenty times a second, which cuts off the beginning of what is said by a key,
//! and keeps the window waiting for every key that it is asked for. Here a thread waits for the X server. What it hears within
//! a few milliseconds is early enough: the mixer is 40 ms behind the microphone.
//!
//! The X server gives keys by their places on the keyboard, and a layout says what is written on them. Another layout, or another keyboard,
//! is heard of here too, and the keys are asked for anew where they have moved.

use std::sync::Arc;

use klieg_studio_model::{Action, Hotkey, Keys};
use parking_lot::Mutex;
use tauri::AppHandle;
use tokio::sync::{Notify, mpsc};
use x11rb::connection::Connection as _;
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::Event;
use x11rb::protocol::xkb::{self, ConnectionExt as _, EventType, MapPart, PerClientFlag, SelectEventsAux};
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, KeyButMask, Keycode, Keysym, Mapping, ModMask, Window};
use x11rb::rust_connection::RustConnection;

use super::Heard;
use crate::app::say;

/// The keys of the display.
#[derive(Clone)]
pub(super) struct Desktop(Arc<Display>);

struct Display {
    connection: RustConnection,
    root: Window,
    heard: mpsc::Sender<Heard>,
    /// Told when keys that were asked for are elsewhere.
    moved: Arc<Notify>,
    /// Where each of them was when it was asked for.
    places: Mutex<Vec<(Keys, Option<Keycode>)>>,
    taken: Mutex<Vec<Taken>>,
}

/// What is written on the keys.
struct Layout {
    first: Keycode,
    /// How many signs a key has.
    each: usize,
    signs: Vec<Keysym>,
}

/// A key that is listened to.
struct Taken {
    key: Keycode,
    held: ModMask,
    action: Action,
    is_down: bool,
}

impl Desktop {
    /// Listens to the display for as long as the program runs. Fails with a sentence.
    pub(super) fn open(app: &AppHandle, heard: mpsc::Sender<Heard>, moved: Arc<Notify>) -> Result<Self, String> {
        let deaf = |error: String| format!("The desktop lets the studio hear no keys outside its window: {error}.");
        let (connection, screen) = RustConnection::connect(None).map_err(|error| deaf(error.to_string()))?;
        if let Err(error) = repeat_without_letting_go(&connection) {
            tracing::warn!(%error, "a hotkey that is held down may look as if it came up in between");
        } else if let Err(error) = hear_of_layouts(&connection) {
            tracing::warn!(%error, "hotkeys follow no change of the keyboard's layout");
        }
        let root = connection.setup().roots.get(screen).ok_or_else(|| deaf("it has no screen".to_owned()))?.root;
        let (places, taken) = (Mutex::default(), Mutex::default());
        let display = Arc::new(Display { connection, root, heard, moved, places, taken });
        let (listening, app) = (display.clone(), app.clone());
        let thread = std::thread::Builder::new().name("hotkeys".to_owned()).spawn(move || {
            let error = listening.listen();
            say(&app, &format!("Hotkeys work in this window only from now on: {error}."));
        });
        thread.map_err(|error| deaf(error.to_string()))?;
        Ok(Self(display))
    }

    /// Gives back all keys and asks for those of `wanted`. Which of them another program has.
    pub(super) fn take(&self, wanted: Vec<Hotkey>) -> Vec<Keys> {
        let display = &self.0;
        // Held to the end, so that no move is missed meanwhile.
        let mut places = display.places.lock();
        let layout = display.layout();
        places.clear();
        for Taken { key, held, .. } in display.taken.lock().drain(..) {
            display.give_back(key, held);
        }
        // The receiver goes when the studio closes.
        let _ = display.heard.blocking_send(Heard::AllUp);
        let mut refused = Vec::new();
        for Hotkey { keys, action, .. } in wanted {
            let (key, held) = (layout.as_ref().and_then(|layout| layout.key(&keys)), held(&keys));
            places.push((keys.clone(), key));
            // It is known before it can be pressed.
            if let Some(key) = key {
                display.taken.lock().push(Taken { key, held, action, is_down: false });
                if display.grab(key, held) {
                    continue;
                }
                display.taken.lock().pop();
                display.give_back(key, held);
            }
            tracing::warn!(%keys, "the desktop does not give these keys");
            refused.push(keys);
        }
        // An error will be told by the thread that listens.
        let _ = display.connection.flush();
        refused
    }
}

impl Display {
    fn layout(&self) -> Option<Layout> {
        let (first, last) = (self.connection.setup().min_keycode, self.connection.setup().max_keycode);
        let count = (last - first).checked_add(1)?;
        let written = self.connection.get_keyboard_mapping(first, count).ok()?.reply().ok()?;
        Some(Layout { first, each: usize::from(written.keysyms_per_keycode).max(1), signs: written.keysyms })
    }

    /// Whether keys are elsewhere now. That of two keyboards the other one is typed on is told like another layout.
    fn have_moved(&self) -> bool {
        let places = self.places.lock();
        let layout = self.layout();
        places.iter().any(|(keys, place)| layout.as_ref().and_then(|layout| layout.key(keys)) != *place)
    }

    /// Asks for a key, whatever locks are on. Whether it was given.
    fn grab(&self, key: Keycode, held: ModMask) -> bool {
        locks().into_iter().all(|lock| {
            let asked = self.connection.grab_key(false, self.root, held | lock, key, GrabMode::ASYNC, GrabMode::ASYNC);
            asked.is_ok_and(|asked| asked.check().is_ok())
        })
    }

    fn give_back(&self, key: Keycode, held: ModMask) {
        for lock in locks() {
            if let Ok(asked) = self.connection.ungrab_key(key, self.root, held | lock) {
                asked.ignore_error();
            }
        }
    }

    /// Hears keys until the display is gone; says why it is.
    fn listen(&self) -> ConnectionError {
        loop {
            let heard = match self.connection.wait_for_event() {
                Ok(Event::KeyPress(event)) => self.pressed(event.detail, event.state),
                Ok(Event::KeyRelease(event)) => self.released(event.detail),
                Ok(Event::MappingNotify(event)) if event.request == Mapping::KEYBOARD => self.look(),
                Ok(Event::XkbMapNotify(_) | Event::XkbNewKeyboardNotify(_)) => self.look(),
                Ok(_) => None,
                Err(error) => return error,
            };
            if let Some(heard) = heard {
                let _ = self.heard.blocking_send(heard);
            }
        }
    }

    fn look(&self) -> Option<Heard> {
        if self.have_moved() {
            self.moved.notify_one();
        }
        None
    }

    fn pressed(&self, key: Keycode, state: KeyButMask) -> Option<Heard> {
        let told = KeyButMask::CONTROL | KeyButMask::MOD1 | KeyButMask::SHIFT | KeyButMask::MOD4;
        let held = ModMask::from(u16::from(state & told));
        let mut taken = self.taken.lock();
        let pressed = taken.iter_mut().find(|taken| taken.key == key && taken.held == held && !taken.is_down)?;
        pressed.is_down = true;
        Some(Heard::Key(pressed.action.clone(), true))
    }

    /// What was held with the key may have been let go before.
    fn released(&self, key: Keycode) -> Option<Heard> {
        let mut taken = self.taken.lock();
        let released = taken.iter_mut().find(|taken| taken.key == key && taken.is_down)?;
        released.is_down = false;
        released.action.is_held().then(|| Heard::Key(released.action.clone(), false))
    }
}

impl Layout {
    /// The key on which this is written, if the keyboard has one.
    fn key(&self, keys: &Keys) -> Option<Keycode> {
        let wanted = keysym(&keys.code())?;
        // The first layout before the others, and a key alone before one with Shift.
        let place = (0..self.each)
            .find_map(|column| self.signs.chunks(self.each).position(|key| key.get(column) == Some(&wanted)))?;
        self.first.checked_add(u8::try_from(place).ok()?)
    }
}

/// Asks to be told of other layouts and keyboards: who uses XKB is not told of them in any other way.
fn hear_of_layouts(connection: &RustConnection) -> Result<(), ReplyError> {
    let (keyboard, signs) = (xkb::ID::USE_CORE_KBD.into(), MapPart::KEY_SYMS);
    let wanted = EventType::NEW_KEYBOARD_NOTIFY | EventType::MAP_NOTIFY;
    let (none, all) = (EventType::default(), SelectEventsAux::default());
    connection.xkb_select_events(keyboard, none, wanted, signs, signs, &all)?.check()
}

/// Asks that a key that is held down and repeats does not look as if it came up in between.
fn repeat_without_letting_go(connection: &RustConnection) -> Result<(), ReplyError> {
    connection.xkb_use_extension(1, 0)?.reply()?;
    let (keyboard, wanted) = (xkb::ID::USE_CORE_KBD.into(), PerClientFlag::DETECTABLE_AUTO_REPEAT);
    let none = xkb::BoolCtrl::default();
    connection.xkb_per_client_flags(keyboard, wanted, wanted, none, none, none)?.reply()?;
    Ok(())
}

fn held(keys: &Keys) -> ModMask {
    let held = [
        (keys.ctrl, ModMask::CONTROL),
        (keys.alt, ModMask::M1),
        (keys.shift, ModMask::SHIFT),
        (keys.logo, ModMask::M4),
    ];
    held.into_iter().filter(|(held, _)| *held).fold(ModMask::default(), |all, (_, one)| all | one)
}

/// Caps Lock and Num Lock count as held keys, and shall make no difference.
fn locks() -> [ModMask; 4] {
    [ModMask::default(), ModMask::LOCK, ModMask::M2, ModMask::LOCK | ModMask::M2]
}

/// What X calls the key that UI Events call `code` (X11's keysymdef.h and XF86keysym.h).
fn keysym(code: &str) -> Option<u32> {
    let number = |rest: &str| rest.parse::<u32>().ok();
    if let Some([sign]) = code.strip_prefix("Key").or_else(|| code.strip_prefix("Digit")).map(str::as_bytes) {
        return Some(u32::from(*sign));
    }
    if let Some(number) = code.strip_prefix('F').and_then(number) {
        // From F1 on.
        return Some(0xffbd + number);
    }
    if let Some(digit) = code.strip_prefix("Numpad").and_then(number) {
        return Some(0xffb0 + digit);
    }
    NAMED.iter().find(|(name, _)| *name == code).map(|(_, keysym)| *keysym)
}

const NAMED: [(&str, u32); 41] = [
    ("Space", 0x20),
    ("Enter", 0xff0d),
    ("Backspace", 0xff08),
    ("Insert", 0xff63),
    ("Delete", 0xffff),
    ("Home", 0xff50),
    ("End", 0xff57),
    ("PageUp", 0xff55),
    ("PageDown", 0xff56),
    ("ArrowUp", 0xff52),
    ("ArrowDown", 0xff54),
    ("ArrowLeft", 0xff51),
    ("ArrowRight", 0xff53),
    ("Pause", 0xff13),
    ("ScrollLock", 0xff14),
    ("PrintScreen", 0xff61),
    ("Minus", 0x2d),
    ("Equal", 0x3d),
    ("BracketLeft", 0x5b),
    ("BracketRight", 0x5d),
    ("Backslash", 0x5c),
    ("Semicolon", 0x3b),
    ("Quote", 0x27),
    ("Backquote", 0x60),
    ("Comma", 0x2c),
    ("Period", 0x2e),
    ("Slash", 0x2f),
    ("NumpadAdd", 0xffab),
    ("NumpadSubtract", 0xffad),
    ("NumpadMultiply", 0xffaa),
    ("NumpadDivide", 0xffaf),
    ("NumpadDecimal", 0xffae),
    ("NumpadEnter", 0xff8d),
    ("AudioVolumeDown", 0x1008_ff11),
    ("AudioVolumeMute", 0x1008_ff12),
    ("AudioVolumeUp", 0x1008_ff13),
    ("MediaPlayPause", 0x1008_ff14),
    ("MediaStop", 0x1008_ff15),
    ("MediaTrackNext", 0x1008_ff17),
    ("MediaTrackPrevious", 0x1008_ff16),
    // Beside the left Shift, where keyboards have a key more than American ones.
    ("IntlBackslash", 0x3c),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_model_is_one_of_x() {
        let codes =
            [("M", 0x4d), ("7", 0x37), ("F1", 0xffbe), ("F24", 0xffd5), ("Numpad0", 0xffb0), ("Numpad9", 0xffb9)];
        for (text, wanted) in codes.into_iter().chain(NAMED) {
            let keys: Keys = text.parse().unwrap();
            assert_eq!(keysym(&keys.code()), Some(wanted), "{text}");
        }
        assert_eq!(keysym("Fn"), None);
    }

    #[test]
    fn a_key_is_where_the_layout_has_it() {
        // Y and Z as on an American keyboard, then as on a German one.
        let key = |signs: &[Keysym], wanted: &str| {
            Layout { first: 8, each: 2, signs: signs.to_vec() }.key(&wanted.parse().unwrap())
        };
        let (american, german) = ([0x79, 0x59, 0x7a, 0x5a], [0x7a, 0x5a, 0x79, 0x59]);
        assert_eq!((key(&american, "Ctrl+Z"), key(&german, "Ctrl+Z")), (Some(9), Some(8)));
        assert_eq!(key(&german, "F8"), None);
        assert_eq!(key(&[], "F8"), None);
    }

    #[test]
    fn what_is_held_is_told_apart() {
        let all: Keys = "Ctrl+Alt+Shift+Super+F9".parse().unwrap();
        assert_eq!(held(&all), ModMask::CONTROL | ModMask::M1 | ModMask::SHIFT | ModMask::M4);
        assert_eq!(held(&"F9".parse().unwrap()), ModMask::default());
    }
}
