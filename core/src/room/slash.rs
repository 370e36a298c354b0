//! What is written after a slash: a command instead of a message.

use klieg_api::live::Command;
use klieg_api::questions::MAX_QUESTION;
use klieg_api::room::{MAX_TEXT, Role, SettingsChange, You};
use klieg_api::{Handle, text};

/// What a line that was written means.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// To be said.
    Say {
        text: String,
        announcement: bool,
    },
    /// To be asked of the creator.
    Question(String),
    Do(Command),
    /// A command that is not known, or not complete: how it is used.
    Unclear(&'static Usage),
}

/// A command, for those who look for one.
#[derive(Debug, PartialEq, Eq)]
pub struct Usage {
    /// Without the slash.
    pub name: &'static str,
    pub arguments: &'static str,
    needs: Needs,
}

impl Usage {
    /// Whether somebody may use it: to others the server refuses it.
    pub fn is_for(&self, you: &You) -> bool {
        let moderates = you.role.moderates();
        match self.needs {
            Needs::Nothing => true,
            Needs::Moderator => moderates,
            Needs::People => moderates && you.rights.people,
            Needs::Rules => moderates && you.rights.rules,
            Needs::Events => moderates && you.rights.events,
            Needs::Creator => you.role == Role::Creator,
        }
    }
}

/// What one has to be to use a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    Moderator,
    /// A moderator with this right.
    People,
    Rules,
    Events,
    Creator,
}

/// Every command.
pub const COMMANDS: &[Usage] = &[
    usage("shrug", "[text]", Needs::Nothing),
    usage("appeal", "text", Needs::Nothing),
    usage("announce", "text", Needs::Moderator),
    usage("timeout", "who [10m] [reason]", Needs::People),
    usage("untimeout", "who", Needs::People),
    usage("ban", "who [reason]", Needs::People),
    usage("unban", "who", Needs::People),
    usage("slow", "[30s]", Needs::Rules),
    usage("slowoff", "", Needs::Rules),
    usage("followers", "[10m]", Needs::Rules),
    usage("followersoff", "", Needs::Rules),
    usage("subscribers", "", Needs::Rules),
    usage("subscribersoff", "", Needs::Rules),
    usage("emoteonly", "", Needs::Rules),
    usage("emoteonlyoff", "", Needs::Rules),
    usage("uniquechat", "", Needs::Rules),
    usage("uniquechatoff", "", Needs::Rules),
    usage("shield", "", Needs::Rules),
    usage("shieldoff", "", Needs::Rules),
    usage("mod", "who", Needs::Creator),
    usage("unmod", "who", Needs::Creator),
    usage("unpin", "", Needs::Moderator),
    usage("poll", "question | answer | answer", Needs::Events),
    usage("prediction", "question | outcome | outcome", Needs::Events),
    usage("ask", "question", Needs::Nothing),
    usage("raid", "who", Needs::Events),
    usage("unraid", "", Needs::Events),
    usage("shoutout", "who", Needs::Events),
];

const fn usage(name: &'static str, arguments: &'static str, needs: Needs) -> Usage {
    Usage { name, arguments, needs }
}

/// What an unknown command is answered with.
const UNKNOWN: Usage = usage("", "", Needs::Nothing);
/// Seconds of a timeout and of slow mode that is not said more precisely.
const TIME_OUT: u32 = 600;
const SLOW: u32 = 30;
const SECOND: u32 = 1;
const MINUTE: u32 = 60;
/// Seconds that a poll takes.
const POLL: u32 = 120;

/// What a line means in this room. Two slashes are one that is said. Control characters are left out: JSON has six bytes
/// for each, and a paste of them would be larger than what the server takes.
pub fn read(room: &Handle, line: &str) -> Line {
    let kept = line.chars().filter(|c| c.is_whitespace() || !c.is_control());
    let line: String = kept.map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    let Some(command) = line.strip_prefix('/') else { return say(line) };
    if command.starts_with('/') {
        return say(command);
    }
    let (name, rest) =
        command.split_once(char::is_whitespace).map_or((command, ""), |(name, rest)| (name, rest.trim()));
    let name = name.to_ascii_lowercase();
    let Some(usage) = COMMANDS.iter().find(|usage| usage.name == name) else { return Line::Unclear(&UNKNOWN) };
    match usage.name {
        "shrug" => return say(format!("{rest} ¯\\_(ツ)_/¯").trim()),
        "ask" if !rest.is_empty() => return Line::Question(rest.to_owned()),
        "announce" if !rest.is_empty() => return Line::Say { text: rest.to_owned(), announcement: true },
        _ => {}
    }
    command_of(room, usage.name, rest).map_or(Line::Unclear(usage), Line::Do)
}

/// For how many more characters there is room in what a line says, or by how many it is too long; none if it says nothing.
pub fn room_left(room: &Handle, line: &str) -> Option<isize> {
    let (said, most) = match read(room, line) {
        Line::Say { text, .. } => (text, MAX_TEXT),
        Line::Question(text) => (text, MAX_QUESTION),
        Line::Do(_) | Line::Unclear(_) => return None,
    };
    Some(most.cast_signed() - text::length(&text::one_line(&said)).cast_signed())
}

fn say(text: &str) -> Line {
    Line::Say { text: text.to_owned(), announcement: false }
}

fn command_of(room: &Handle, name: &str, rest: &str) -> Option<Command> {
    let room = room.clone();
    let set = |settings| Some(Command::Set { room: room.clone(), settings });
    let none = SettingsChange::default;
    let (first, after) =
        rest.split_once(char::is_whitespace).map_or((rest, ""), |(first, after)| (first, after.trim()));
    let who = || first.trim_start_matches('@').parse::<Handle>().ok();
    let seconds = |usual: u32| if first.is_empty() { Some(usual) } else { duration(first, SECOND) };
    match name {
        "timeout" => {
            let (begin, reason) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
            // What begins with a digit and is no duration may be a mistyped one: nobody is silenced for as long as was not meant.
            let is_told = begin.starts_with(|c: char| c.is_ascii_digit());
            let (seconds, reason) = if is_told { (duration(begin, SECOND)?, reason) } else { (TIME_OUT, after) };
            Some(Command::TimeOut { who: who()?, seconds, reason: reason.trim().to_owned(), room })
        }
        "ban" => Some(Command::Ban { who: who()?, reason: after.to_owned(), room }),
        "unban" | "untimeout" => Some(Command::Unban { who: who()?, room }),
        "shield" => set(SettingsChange { shield: Some(true), ..none() }),
        "shieldoff" => set(SettingsChange { shield: Some(false), ..none() }),
        "mod" => Some(Command::Appoint { who: who()?, moderator: true, rights: None, room }),
        "unmod" => Some(Command::Appoint { who: who()?, moderator: false, rights: None, room }),
        "poll" | "prediction" => {
            let mut parts = rest.split('|').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned);
            let (question, options) = (parts.next()?, parts.collect::<Vec<_>>());
            (options.len() >= 2).then_some(match name {
                "poll" => Command::StartPoll { room, question, options, seconds: POLL },
                _ => Command::StartPrediction { room, question, outcomes: options, seconds: POLL },
            })
        }
        "appeal" => (!rest.is_empty()).then(|| Command::Appeal { room, text: rest.to_owned() }),
        "raid" => Some(Command::Raid { to: who()?, room }),
        "unraid" => Some(Command::CancelRaid { room }),
        "shoutout" => Some(Command::ShoutOut { who: who()?, room }),
        "unpin" => Some(Command::Pin { room, message: None }),
        "slow" => set(SettingsChange { slow_s: Some(seconds(SLOW)?), ..none() }),
        "slowoff" => set(SettingsChange { slow_s: Some(0), ..none() }),
        "followers" => {
            let seconds = if first.is_empty() { 0 } else { duration(first, MINUTE)? };
            set(SettingsChange { followers_min: Some(i32::try_from(seconds.div_ceil(MINUTE)).ok()?), ..none() })
        }
        "followersoff" => set(SettingsChange { followers_min: Some(-1), ..none() }),
        "emoteonly" => set(SettingsChange { emotes_only: Some(true), ..none() }),
        "emoteonlyoff" => set(SettingsChange { emotes_only: Some(false), ..none() }),
        "subscribers" => set(SettingsChange { subscribers_only: Some(true), ..none() }),
        "subscribersoff" => set(SettingsChange { subscribers_only: Some(false), ..none() }),
        "uniquechat" => set(SettingsChange { unique: Some(true), ..none() }),
        "uniquechatoff" => set(SettingsChange { unique: Some(false), ..none() }),
        _ => None,
    }
}

/// How many seconds `90s`, `10m`, `1h30m`, `2d` or `1w` are; a number alone counts in units of so many.
fn duration(text: &str, unit: u32) -> Option<u32> {
    let alone = text.parse::<u32>().ok().and_then(|number| number.checked_mul(unit));
    alone.or_else(|| u32::try_from(humantime::parse_duration(text).ok()?.as_secs()).ok())
}

#[cfg(test)]
mod tests {
    use klieg_api::live::{MAX_REQUEST, Request};

    use super::*;

    fn line(text: &str) -> Line {
        read(&"ada".parse().unwrap(), text)
    }

    #[test]
    fn commands_are_read_as_people_write_them() {
        let Line::Do(Command::TimeOut { who, seconds, reason, .. }) = line("/timeout @Bob 60 no spam") else {
            panic!()
        };
        assert_eq!((who.as_str(), seconds, reason.as_str()), ("bob", 60, "no spam"));
        let Line::Do(Command::TimeOut { seconds, reason, .. }) = line("/TimeOut bob be kind") else { panic!() };
        assert_eq!((seconds, reason.as_str()), (600, "be kind"));
        let set =
            |text: &str| if let Line::Do(Command::Set { settings, .. }) = line(text) { settings } else { panic!() };
        assert_eq!(set("/slow").slow_s, Some(30));
        assert_eq!(line("/announce hi"), Line::Say { text: "hi".into(), announcement: true });
        assert_eq!(line("//not a command"), Line::Say { text: "/not a command".into(), announcement: false });
    }

    #[test]
    fn durations_are_written_as_elsewhere() {
        for (written, expected) in
            [("90", 90), ("90s", 90), ("10m", 600), ("1h30m", 5_400), ("1d", 86_400), ("2w", 1_209_600)]
        {
            let Line::Do(Command::TimeOut { seconds, reason, .. }) = line(&format!("/timeout bob {written} 2 much"))
            else {
                panic!("{written}")
            };
            assert_eq!((seconds, reason.as_str()), (expected, "2 much"), "{written}");
        }
        let set =
            |text: &str| if let Line::Do(Command::Set { settings, .. }) = line(text) { settings } else { panic!() };
        assert_eq!((set("/slow 1m").slow_s, set("/slow 5").slow_s), (Some(60), Some(5)));
        let followers =
            ["/followers", "/followers 10", "/followers 30s", "/followers 1h"].map(|text| set(text).followers_min);
        assert_eq!(followers, [Some(0), Some(10), Some(1), Some(60)]);
        for mistyped in ["/timeout bob 1x spam", "/timeout bob 9999999999d", "/slow 30x", "/followers soon"] {
            assert!(matches!(line(mistyped), Line::Unclear(_)), "{mistyped}");
        }
    }

    #[test]
    fn whatever_is_pasted_fits_into_a_request() {
        assert_eq!(line(&format!("{}be\u{7}ll", "\u{1}".repeat(3_990))), line("bell"));
        // As much as the interface lets one paste.
        for pasted in ["\u{1f}", "\u{b}", "\"", "\\", "\n", "€"] {
            let Line::Say { text, announcement } = line(&format!("a{}b", pasted.repeat(3_998))) else { panic!() };
            let room = "ada".parse().unwrap();
            let (nonce, reply_to) = ("n".repeat(40), Some("m".repeat(36)));
            let command = Command::Say { room, text, nonce, reply_to, announcement };
            let request = serde_json::to_string(&Request { id: u64::MAX, command }).unwrap();
            assert!(request.len() <= MAX_REQUEST, "{pasted:?}: {}", request.len());
        }
    }

    #[test]
    fn how_much_room_is_left_is_counted_as_people_count() {
        let left = |line: &str| room_left(&"ada".parse().unwrap(), line);
        let (family, tower) = ("👩‍👩‍👧‍👦", "e\u{301}\u{323}");
        for (line, expected) in [
            (String::new(), 500),
            ("  two   words ".to_owned(), 491),
            ("漢".repeat(450), 50),
            (tower.repeat(450), 50),
            (format!("{}{}", "a".repeat(440), family.repeat(10)), 50),
            ("a".repeat(530), -30),
            (format!("/announce {}", "a".repeat(450)), 50),
            (format!("/ask {}", "a".repeat(150)), 50),
        ] {
            assert_eq!(left(&line), Some(expected), "{line}");
        }
        assert_eq!(left(&format!("/ban bob {}", "a".repeat(600))), None);
    }

    #[test]
    fn what_is_not_complete_says_how_it_is_used() {
        assert!(matches!(line("/ban"), Line::Unclear(usage) if usage.name == "ban"));
        assert!(matches!(line("/slow soon"), Line::Unclear(usage) if usage.name == "slow"));
        assert!(matches!(line("/dance"), Line::Unclear(usage) if usage.name.is_empty()));
    }

    #[test]
    fn every_command_is_done() {
        for usage in COMMANDS {
            let complete = line(&format!("/{} bob", usage.name));
            let bare = line(&format!("/{}", usage.name));
            let poll = line(&format!("/{} Which? | This | That", usage.name));
            assert!([complete, bare, poll].iter().any(|line| !matches!(line, Line::Unclear(_))), "{}", usage.name);
        }
    }
}
