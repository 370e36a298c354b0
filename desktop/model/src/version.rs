//! The version of a file's form, which stands in its first line: what a newer studio wrote is not broken, and has to be told from
//! what is.

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

/// The form that this studio writes. It goes up when an older studio could not read what is written then.
const VERSION: u32 = 2;

/// A file in a form that this studio does not know.
#[derive(Debug, Error)]
#[error("a newer studio wrote it (form {0}, and this one reads up to {max}); update the studio", max = VERSION)]
pub struct Newer(u32);

/// All that is read of a file first. One without a version is of the first form.
#[derive(Deserialize)]
struct Stamp {
    version: Option<Spanned<u32>>,
}

/// A file's text with its version.
pub(crate) fn stamped(text: &str) -> String {
    format!("version = {VERSION}\n{text}")
}

/// The text without its version, each line where it was; errors name lines.
pub(crate) fn unstamped(text: &str) -> Result<String, Newer> {
    // What is no TOML at all is told by who reads it.
    let stamp = toml::from_str::<Stamp>(text).ok().and_then(|stamp| stamp.version);
    let Some(version) = stamp else { return Ok(text.to_owned()) };
    if *version.get_ref() > VERSION {
        return Err(Newer(*version.get_ref()));
    }
    // It stands alone in its line.
    let (before, behind) = text.split_at_checked(version.span().start).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let rest = behind.find('\n').map_or("", |end| behind.get(end..).unwrap_or_default());
    Ok(format!("{}{rest}", before.get(..start).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_taken_out_and_no_line_moves() {
        for (text, left) in [
            ("", ""),
            ("name = 'a'\n", "name = 'a'\n"),
            ("version = 1\nname = 'a'\n", "\nname = 'a'\n"),
            ("name = 'a'\nversion = 1 # of the form\n[canvas]\n", "name = 'a'\n\n[canvas]\n"),
            ("name = 'ä'\nversion = 1", "name = 'ä'\n"),
            ("\"version\" = 0x1\r\nname = 'a'", "\nname = 'a'"),
            // That is no version, or not ours.
            ("version = 'one'", "version = 'one'"),
            ("[canvas]\nversion = 7", "[canvas]\nversion = 7"),
            ("version = 1\nnonsense", "version = 1\nnonsense"),
        ] {
            assert_eq!(unstamped(text).unwrap(), left, "{text}");
        }
        assert_eq!(unstamped(&stamped("name = 'a'")).unwrap(), "\nname = 'a'");
        let newer = unstamped("version = 3\nwhatever = 'comes'").unwrap_err().to_string();
        assert_eq!(newer, "a newer studio wrote it (form 3, and this one reads up to 2); update the studio");
    }
}
