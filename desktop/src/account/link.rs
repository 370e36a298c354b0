//! Links to sign in: `klieg-studio://sign-in?server=…&code=…`, as the page of a server makes them.
//!
//! Any page may open such a link, so it is an offer to the creator and no more. The code is good once and for some minutes.

use std::str::FromStr;

use klieg_studio_model::Secret;
use reqwest::Url;
use thiserror::Error;

use super::Address;

/// What links to the studio begin with.
pub const SCHEME: &str = "klieg-studio:";
/// No link that a server makes is longer, in bytes.
const LONGEST: usize = 2_048;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub server: Address,
    pub(super) code: Secret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the link that was opened is none to sign in with; open it again from your server's page")]
pub struct NotALink;

impl FromStr for Link {
    type Err = NotALink;

    fn from_str(text: &str) -> Result<Self, NotALink> {
        let url = Some(text).filter(|text| text.len() <= LONGEST && text.starts_with(SCHEME));
        let url = url.and_then(|text| Url::parse(text).ok()).ok_or(NotALink)?;
        // `klieg-studio://sign-in` has a host and no path, and some desktops write `klieg-studio:sign-in`.
        let what = url.host_str().unwrap_or_default().to_owned() + url.path().trim_end_matches('/');
        if what != "sign-in" {
            return Err(NotALink);
        }
        let value = |name: &str| {
            let mut values = url.query_pairs().filter(|(known, _)| known == name).map(|(_, value)| value.into_owned());
            // One that says two things says nothing.
            values.next().filter(|_| values.next().is_none())
        };
        let server = value("server").filter(|server| server.contains("://")).ok_or(NotALink)?;
        let code = value("code").filter(|code| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_graphic()));
        Ok(Self { server: server.parse().map_err(|_| NotALink)?, code: Secret::new(code.ok_or(NotALink)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_a_server_and_a_code() {
        let link: Link =
            "klieg-studio://sign-in?server=https%3A%2F%2Flive.example.org&code=klieg_code_x-_".parse().unwrap();
        assert_eq!(
            (link.server.to_string().as_str(), link.code.reveal()),
            ("https://live.example.org", "klieg_code_x-_")
        );
        assert!(!format!("{link:?}").contains("klieg_code"), "codes are not printed");
        assert!("klieg-studio:sign-in?server=http://127.0.0.1:8080&code=a".parse::<Link>().is_ok());
        assert!("klieg-studio://sign-in/?server=http://127.0.0.1:8080&code=a".parse::<Link>().is_ok());
    }

    #[test]
    fn what_is_none_is_refused() {
        let long = format!("klieg-studio://sign-in?server=https://a.example&code={}", "a".repeat(LONGEST));
        for wrong in [
            "",
            "https://a.example/?server=https://a.example&code=a",
            "klieg-studio:",
            "klieg-studio://sign-in",
            "klieg-studio://sign-in?server=https://a.example",
            "klieg-studio://sign-in?code=a",
            "klieg-studio://sign-in?server=a.example&code=a",
            "klieg-studio://sign-in?server=file:///etc/passwd&code=a",
            "klieg-studio://sign-in?server=https://a.example&server=https://b.example&code=a",
            "klieg-studio://sign-in?server=https://a.example&code=a%0Ab",
            "klieg-studio://sign-out?server=https://a.example&code=a",
            "klieg-studio://sign-in/more?server=https://a.example&code=a",
            &long,
        ] {
            assert_eq!(wrong.parse::<Link>(), Err(NotALink), "{wrong}");
        }
    }
}
