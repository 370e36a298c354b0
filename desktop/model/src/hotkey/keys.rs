//! Keys: how they are written, which there are, and which of them cannot be a hotkey.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A key with the modifiers that are held with it, written like `Ctrl+Shift+F9`.
///
/// The key is called what is written on it (`M`, `7`), or what the web's UI Events call its place (`F9`, `Numpad7`, `PageUp`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Keys {
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
    /// Windows', Command or Super.
    pub logo: bool,
    key: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no hotkey; write it like Ctrl+Shift+F9")]
pub struct NotKeys(String);

/// The names of keys that are neither letters nor digits nor F1 to F24.
const NAMED: [&str; 51] = [
    "Space",
    "Enter",
    "Backspace",
    "Insert",
    "Delete",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "Pause",
    "ScrollLock",
    "PrintScreen",
    "Minus",
    "Equal",
    "BracketLeft",
    "BracketRight",
    "Backslash",
    "Semicolon",
    "Quote",
    "Backquote",
    "Comma",
    "Period",
    "Slash",
    "Numpad0",
    "Numpad1",
    "Numpad2",
    "Numpad3",
    "Numpad4",
    "Numpad5",
    "Numpad6",
    "Numpad7",
    "Numpad8",
    "Numpad9",
    "NumpadAdd",
    "NumpadSubtract",
    "NumpadMultiply",
    "NumpadDivide",
    "NumpadDecimal",
    "NumpadEnter",
    "AudioVolumeDown",
    "AudioVolumeMute",
    "AudioVolumeUp",
    "MediaPlayPause",
    "MediaStop",
    "MediaTrackNext",
    "MediaTrackPrevious",
    "IntlBackslash",
];

/// What the window itself does with these.
const RESERVED: [(&str, &str); 13] = [
    ("Ctrl+Z", "undoes"),
    ("Ctrl+Shift+Z", "does again"),
    ("Ctrl+Y", "does again"),
    ("Ctrl+A", "selects all items"),
    ("Ctrl+D", "duplicates an item"),
    ("Ctrl+G", "groups items"),
    ("Ctrl+Shift+G", "ungroups items"),
    ("Ctrl+C", "copies text"),
    ("Ctrl+V", "pastes text"),
    ("Ctrl+X", "cuts text out"),
    ("Ctrl+Enter", "takes the preview"),
    ("F2", "renames"),
    ("Alt+F4", "closes the window"),
];

impl Keys {
    /// A key by the name that UI Events give its place (`KeyM`, `Digit7`, `F9`) and, if it types a letter, that letter:
    /// keyboards have their letters in different places. None for a modifier alone and for keys that cannot be hotkeys.
    pub fn of_event(code: &str, types: &str, [ctrl, alt, shift, logo]: [bool; 4]) -> Option<Self> {
        let typed = types.chars().next().filter(|c| c.is_ascii_alphabetic() && types.len() == 1);
        let key = match (code.strip_prefix("Key"), typed) {
            (Some(_), Some(letter)) => letter.to_ascii_uppercase().to_string(),
            (Some(place), None) => place.to_owned(),
            (None, _) => code.strip_prefix("Digit").unwrap_or(code).to_owned(),
        };
        is_key(&key).then_some(Self { ctrl, alt, shift, logo, key })
    }

    /// The name that UI Events give the place of the key on a keyboard with this letter there.
    pub fn code(&self) -> String {
        match self.key.as_bytes() {
            [b'A'..=b'Z'] => format!("Key{}", self.key),
            [b'0'..=b'9'] => format!("Digit{}", self.key),
            _ => self.key.clone(),
        }
    }

    /// Whether these keys are pressed by somebody who types: then they work only where nothing is typed.
    pub fn types(&self) -> bool {
        let apart = ["F", "Pause", "ScrollLock", "PrintScreen", "Insert", "Media", "AudioVolume"];
        let is_apart = self.key.len() > 1 && apart.iter().any(|beginning| self.key.starts_with(beginning));
        !(self.ctrl || self.alt || self.logo || is_apart)
    }

    /// Why they cannot be a hotkey, in a sentence. `outside` of the window, every program would lose them.
    pub fn problem(&self, outside: bool) -> Option<String> {
        let text = self.to_string();
        if let Some((_, does)) = RESERVED.iter().find(|(keys, _)| *keys == text) {
            return Some(format!("{text} {does} in this window; choose other keys"));
        }
        let works = ["Space", "Enter", "Backspace", "Delete", "Home", "End", "PageUp", "PageDown"];
        if self.types() && works.contains(&self.key.as_str()) {
            return Some(format!("{text} works the window's own controls; add Ctrl or Alt to it"));
        }
        if self.key.starts_with("Arrow") && !(self.ctrl || self.logo) {
            return Some(format!("{text} moves or turns items; add Ctrl to it"));
        }
        // Creators like the numpad for this, and may know what they give up.
        if outside && self.types() && !self.key.starts_with("Numpad") {
            return Some(format!(
                "outside the window no program could type {text} any more; add Ctrl or Alt to it, or take a key like F9"
            ));
        }
        None
    }
}

fn is_key(key: &str) -> bool {
    let function = || key.strip_prefix('F').and_then(|n| n.parse::<u8>().ok()).is_some_and(|n| (1..=24).contains(&n));
    matches!(key.as_bytes(), [b'A'..=b'Z' | b'0'..=b'9']) || function() || NAMED.contains(&key)
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl"), (self.alt, "Alt"), (self.shift, "Shift"), (self.logo, "Super")] {
            if held {
                write!(f, "{name}+")?;
            }
        }
        f.write_str(&self.key)
    }
}

impl FromStr for Keys {
    type Err = NotKeys;

    fn from_str(text: &str) -> Result<Self, NotKeys> {
        let wrong = || NotKeys(text.to_owned());
        let mut parts: Vec<_> = text.split('+').map(str::trim).collect();
        let key = parts.pop().filter(|key| is_key(key)).ok_or_else(wrong)?;
        let mut keys = Self { ctrl: false, alt: false, shift: false, logo: false, key: key.to_owned() };
        for part in parts {
            let held = match part {
                "Ctrl" => &mut keys.ctrl,
                "Alt" => &mut keys.alt,
                "Shift" => &mut keys.shift,
                "Super" => &mut keys.logo,
                _ => return Err(wrong()),
            };
            *held = true;
        }
        Ok(keys)
    }
}

impl From<Keys> for String {
    fn from(keys: Keys) -> Self {
        keys.to_string()
    }
}

impl TryFrom<String> for Keys {
    type Error = NotKeys;

    fn try_from(text: String) -> Result<Self, NotKeys> {
        text.parse()
    }
}
