//! Figures as people read them.

/// `0:07`, `12:41`, `1:02:03`.
pub fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{seconds:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

/// How long something goes on: `less than a minute`, `12 minutes`, `1 hour and 5 minutes`, `3 days`.
pub fn duration(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => "less than a minute".to_owned(),
        (0, _) => counted(minutes, "minute"),
        (48.., _) => counted(hours / 24, "day"),
        (_, 0) => counted(hours, "hour"),
        _ => format!("{} and {}", counted(hours, "hour"), counted(minutes, "minute")),
    }
}

/// `1 frame`, `1,204 frames`.
pub fn counted(number: u64, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(number))
}

/// `A`, `A and B`, `A, B and C`.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// With a comma before every three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `800 kbit/s`, `2.5 Mbit/s`, `3.6 Gbit/s`.
pub fn bitrate(kilobits: f64) -> String {
    match kilobits {
        _ if kilobits < 999.5 => format!("{kilobits:.0} kbit/s"),
        _ if kilobits < 999_500.0 => format!("{:.1} Mbit/s", kilobits / 1e3),
        _ => format!("{:.1} Gbit/s", kilobits / 1e6),
    }
}

/// How the other side is reached, where it tells: `24 ms there and back, 0.4 % of packets lost`.
pub fn connection(round_trip: Option<f64>, lost: f64) -> Option<String> {
    let millis = round_trip?;
    let time = if millis < 0.95 { "less than 1 ms".to_owned() } else { format!("{millis:.0} ms") };
    let percent = lost * 100.0;
    let lost = if percent < 0.05 { "no packet lost".to_owned() } else { format!("{percent:.1} % of packets lost") };
    Some(format!("{time} there and back, {lost}"))
}

/// `640 MB`, `12.5 GB`, `1.2 TB`.
pub fn bytes(bytes: u64) -> String {
    let mb = bytes as f64 / 1e6;
    match mb {
        _ if mb < 999.5 => format!("{mb:.0} MB"),
        _ if mb < 999_500.0 => format!("{:.1} GB", mb / 1e3),
        _ => format!("{:.1} TB", mb / 1e6),
    }
}

/// `0.0 dB`, `+3.5 dB`, `−12.0 dB`, and `−∞ dB` for silence.
pub fn decibels(level: Option<f64>) -> String {
    let Some(level) = level else { return "−∞ dB".to_owned() };
    let tenths = (level * 10.0).round() / 10.0;
    let sign = if tenths > 0.0 {
        "+"
    } else if tenths < 0.0 {
        "−"
    } else {
        ""
    };
    format!("{sign}{:.1} dB", tenths.abs())
}

/// What has been lost of a show so far, or that nothing has: frames not sent, not encoded and not composed in time.
pub fn lost(dropped: u64, skipped: u64, missed: u64) -> String {
    let parts = [(dropped, "not sent"), (skipped, "not encoded"), (missed, "not drawn")];
    let said: Vec<_> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", counted(number, "frame")))
        .collect();
    if said.is_empty() { "No frames lost".to_owned() } else { said.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_at_a_glance() {
        assert_eq!(clock(7), "0:07");
        assert_eq!(clock(761), "12:41");
        assert_eq!(clock(3_723), "1:02:03");
        assert_eq!(duration(59), "less than a minute");
        assert_eq!(duration(60), "1 minute");
        assert_eq!(duration(3_600), "1 hour");
        assert_eq!(duration(7_500), "2 hours and 5 minutes");
        assert_eq!(duration(3 * 86_400 + 7_000), "3 days");
    }

    #[test]
    fn amounts_have_their_unit() {
        assert_eq!(bitrate(0.0), "0 kbit/s");
        assert_eq!(bitrate(999.4), "999 kbit/s");
        assert_eq!(bitrate(999.6), "1.0 Mbit/s");
        assert_eq!(bitrate(2_480.0), "2.5 Mbit/s");
        assert_eq!(bytes(700 << 20), "734 MB");
        assert_eq!(bytes(12_500_000_000), "12.5 GB");
        assert_eq!(grouped(1_204), "1,204");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(grouped(999), "999");
    }

    #[test]
    fn levels_have_a_sign() {
        assert_eq!(decibels(None), "−∞ dB");
        assert_eq!(decibels(Some(-0.01)), "0.0 dB");
        assert_eq!(decibels(Some(3.5)), "+3.5 dB");
        assert_eq!(decibels(Some(-12.04)), "−12.0 dB");
    }

    #[test]
    fn a_connection_is_told_where_the_other_side_tells() {
        let told = |round_trip, lost| connection(Some(round_trip), lost).unwrap();
        assert_eq!(told(23.6, 0.004), "24 ms there and back, 0.4 % of packets lost");
        assert_eq!(told(0.3, 0.0), "less than 1 ms there and back, no packet lost");
        assert_eq!(connection(None, 0.2), None);
    }

    #[test]
    fn names_stand_in_a_row() {
        let listed = |names: &[&str]| listed(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(listed(&[]), "");
        assert_eq!(listed(&["A"]), "A");
        assert_eq!(listed(&["A", "B"]), "A and B");
        assert_eq!(listed(&["A", "B", "C"]), "A, B and C");
    }

    #[test]
    fn losses_are_told_apart() {
        assert_eq!(lost(0, 0, 0), "No frames lost");
        assert_eq!(lost(1, 0, 0), "1 frame not sent");
        assert_eq!(lost(12, 0, 3), "12 frames not sent, 3 frames not drawn");
    }
}
