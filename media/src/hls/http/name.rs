//! The names of a rendition's files.

/// A file of a rendition, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum File {
    Init(usize),
    Segment(u64),
    Part(u64, u32),
}

impl File {
    pub(super) fn parse(name: &str) -> Option<Self> {
        // One name for one thing: no sign, no leading zero.
        fn number<T: std::str::FromStr + ToString>(digits: &str) -> Option<T> {
            digits.parse::<T>().ok().filter(|value| value.to_string() == digits)
        }
        if let Some(index) = name.strip_prefix("init-").and_then(|rest| rest.strip_suffix(".mp4")) {
            return number(index).map(Self::Init);
        }
        let stem = name.strip_suffix(".m4s")?;
        match stem.split_once('.') {
            Some((msn, part)) => Some(Self::Part(number(msn)?, number(part)?)),
            None => number(stem).map(Self::Segment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_one_name_only() {
        assert_eq!(File::parse("init-3.mp4"), Some(File::Init(3)));
        assert_eq!(File::parse("12.m4s"), Some(File::Segment(12)));
        assert_eq!(File::parse("12.0.m4s"), Some(File::Part(12, 0)));
        for wrong in [
            "",
            "012.m4s",
            "+1.m4s",
            "1.00.m4s",
            "..m4s",
            "../1.m4s",
            "init-.mp4",
            "1.2.3.m4s",
            "99999999999999999999.m4s",
        ] {
            assert_eq!(File::parse(wrong), None, "{wrong}");
        }
    }
}
