//! A colour as people write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `#rrggbb`, or `#rrggbbaa` with an opacity from `00` (clear) to `ff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
    /// 0 is clear, 255 covers.
    pub alpha: u8,
}

impl Colour {
    pub const BLACK: Self = Self::rgb(0, 0, 0);
    pub const WHITE: Self = Self::rgb(255, 255, 255);

    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 255 }
    }

    /// As one number, alpha in the highest byte, then red, green, blue.
    pub const fn argb(self) -> u32 {
        u32::from_be_bytes([self.alpha, self.red, self.green, self.blue])
    }
}

/// A text that is not a colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a colour; write it like \"#ffb03a\", or \"#ffb03a80\" for one half as opaque")]
pub struct NotAColour(String);

impl FromStr for Colour {
    type Err = NotAColour;

    fn from_str(text: &str) -> Result<Self, NotAColour> {
        let wrong = || NotAColour(text.to_owned());
        let digits = text.strip_prefix('#').ok_or_else(wrong)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
        let [red, green, blue, alpha] = match digits.len() {
            6 => (number << 8 | 0xff).to_be_bytes(),
            8 => number.to_be_bytes(),
            _ => return Err(wrong()),
        };
        Ok(Self { red, green, blue, alpha })
    }
}

impl TryFrom<String> for Colour {
    type Error = NotAColour;

    fn try_from(text: String) -> Result<Self, NotAColour> {
        text.parse()
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)?;
        if self.alpha == 255 { Ok(()) } else { write!(f, "{:02x}", self.alpha) }
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_and_written_alike() {
        for text in ["#ffb03a", "#00000080", "#12345678", "#ffffff"] {
            assert_eq!(text.parse::<Colour>().unwrap().to_string(), text);
        }
        assert_eq!("#FFB03A".parse::<Colour>().unwrap().argb(), 0xffff_b03a);
        for wrong in ["", "#", "red", "#12345", "#1234567", "#gggggg", "ffb03a", "#+12345", "#123456789"] {
            assert!(wrong.parse::<Colour>().is_err(), "{wrong}");
        }
    }
}
