//! What a token that somebody asks for must be like. No I/O.

use klieg_api::tokens::{MAX_DAYS, MAX_NAME, NewApiToken};
use time::OffsetDateTime;

use crate::accounts::Scopes;
use crate::channels::rules::line;
use crate::http::problem::{Fields, Problem};

/// A token to be made, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub name: String,
    pub scopes: Scopes,
    pub expires_at: Option<OffsetDateTime>,
}

/// Checks what was asked for, and names all that is wrong.
pub(super) fn check(new: NewApiToken, now: OffsetDateTime) -> Result<Wanted, Problem> {
    let mut fields = Fields::default();
    let name = fields.check("name", check_name(&new.name));
    let scopes: Scopes = new.scopes.into_iter().collect();
    if scopes.is_empty() {
        fields.wrong("scopes", "choose at least one");
    }
    let expires_at = new.expires_in_days.and_then(|days| fields.check("expires_in_days", check_end(days, now)));
    fields.finish(name.map(|name| Wanted { name, scopes, expires_at }))
}

fn check_name(text: &str) -> Result<String, String> {
    let name = line(text, MAX_NAME)?;
    if name.is_empty() { Err("give it a name by which you will know it".to_owned()) } else { Ok(name) }
}

fn check_end(days: u32, now: OffsetDateTime) -> Result<OffsetDateTime, String> {
    if (1..=MAX_DAYS).contains(&days) {
        Ok(now + time::Duration::days(i64::from(days)))
    } else {
        Err(format!("use 1 to {MAX_DAYS} days, or leave it out for a token without an end"))
    }
}

#[cfg(test)]
mod tests {
    use klieg_api::tokens::Scope;

    use super::*;

    fn ask(name: &str, scopes: &[Scope], expires_in_days: Option<u32>) -> Result<Wanted, Vec<String>> {
        let new = NewApiToken {
            name: name.to_owned(),
            scopes: scopes.to_vec(),
            expires_in_days,
            current_password: String::new(),
        };
        check(new, OffsetDateTime::UNIX_EPOCH).map_err(|problem| {
            let (document, _) = problem.into_document();
            document.errors.into_iter().map(|error| error.field).collect()
        })
    }

    #[test]
    fn a_token_has_a_name_a_scope_and_an_end_within_a_year_or_none() {
        let wanted = ask("  Greeter ", &[Scope::RoomWrite, Scope::RoomWrite], Some(1)).unwrap();
        assert_eq!(wanted.name, "Greeter");
        assert_eq!(wanted.scopes.to_vec(), [Scope::RoomWrite]);
        assert_eq!(wanted.expires_at.map(OffsetDateTime::unix_timestamp), Some(86_400));
        assert_eq!(ask("Greeter", &Scope::ALL, None).unwrap().expires_at, None);
        assert!(ask(&"ä".repeat(40), &Scope::ALL, Some(365)).is_ok());
        assert_eq!(ask(" ", &[], Some(0)).unwrap_err(), ["name", "scopes", "expires_in_days"]);
        let long = "x".repeat(41);
        for (name, days, field) in [("a\nb", 1, "name"), (long.as_str(), 1, "name"), ("x", 366, "expires_in_days")] {
            assert_eq!(ask(name, &Scope::ALL, Some(days)).unwrap_err(), [field], "{name:?}, {days}");
        }
    }
}
