//! `klieg-server admin reports` and what answers them: what people report about the owners of channels.

use anyhow::{Context as _, bail};
use time::format_description::well_known::Rfc3339;

use super::Domains;
use crate::database::moment;
use crate::room::reported::{self, Reported};
use crate::unseen;

pub(super) async fn list(domains: &Domains, with_closed: bool) -> anyhow::Result<()> {
    let reports = reported::list(&domains.database, with_closed).await?;
    if reports.is_empty() {
        println!("There are no {}reports about the owners of channels.", if with_closed { "" } else { "open " });
    }
    for report in reports {
        println!("{}\n", in_words(&report)?);
    }
    Ok(())
}

pub(super) async fn note(domains: &Domains, report: &str, note: &str) -> anyhow::Result<()> {
    if !reported::note(&domains.database, report, note).await? {
        bail!("there is no report {report} about the owner of a channel; `reports --all` lists them");
    }
    println!("Noted.");
    Ok(())
}

pub(super) async fn close(domains: &Domains, report: &str, note: Option<&str>) -> anyhow::Result<()> {
    if let Some(note) = note {
        self::note(domains, report, note).await?;
    }
    if !reported::close(&domains.database, report).await? {
        bail!("there is no open report {report} about the owner of a channel; `reports` lists them");
    }
    println!("Closed.");
    Ok(())
}

/// A report as it is listed. What people wrote is one line each, without what a terminal would obey.
fn in_words(report: &Reported) -> anyhow::Result<String> {
    let at = |millis: i64| -> anyhow::Result<String> {
        moment(millis).replace_nanosecond(0)?.format(&Rfc3339).context("a time cannot be written")
    };
    let line = |text: &str| unseen::line(text).collect::<String>();
    let state = match report.closed_at {
        None => "open".to_owned(),
        Some(closed) => format!("closed {}", at(closed)?),
    };
    let by = report.reporter.as_deref().unwrap_or("somebody who is gone");
    let mut lines = vec![
        format!("{}  {state}", report.id),
        format!("  {}  {by} reports {}", at(report.at)?, report.channel),
        format!("  reason: {}", line(&report.reason)),
    ];
    lines.extend(report.message.as_deref().map(|message| format!("  message: {}", line(message))));
    if !report.note.is_empty() {
        lines.push(format!("  note: {}", line(&report.note)));
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_listed_in_lines_that_nothing_in_it_breaks() {
        let open = Reported {
            id: "01a2".into(),
            channel: "ada".into(),
            reporter: Some("bob".into()),
            message: Some("one\ntwo\u{1b}[2J".into()),
            reason: "rude".into(),
            at: 1_728_068_460_123,
            note: String::new(),
            closed_at: None,
        };
        let words = "01a2  open\n  2024-10-04T19:01:00Z  bob reports ada\n  reason: rude\n  message: one two[2J";
        assert_eq!(in_words(&open).unwrap(), words);
        let closed = Reported {
            reporter: None,
            message: None,
            note: "asked her to stop".into(),
            closed_at: Some(1_728_072_060_000),
            ..open
        };
        let words = "01a2  closed 2024-10-04T20:01:00Z\n  2024-10-04T19:01:00Z  somebody who is gone reports ada\n  \
                     reason: rude\n  note: asked her to stop";
        assert_eq!(in_words(&closed).unwrap(), words);
    }
}
