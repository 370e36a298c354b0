//! Requests to addresses that people write: what a message links to, and whatever else is called on their word.
//!
//! Anybody can write any address, and this server stands where they do not: beside its own database, in its operator's
//! network, next to a cloud's metadata. So this client calls on public hosts only ([`public`]), whatever the name, the form
//! of the address or a redirect says:
//!
//! - http and https, on the ports that the [`Policy`] has, without a log-in in the address;
//! - a name is resolved once, by [`resolver`], and the connection goes to an address that was looked at there; one that
//!   changes its mind a moment later is not asked again;
//! - redirects are followed by hand, few of them, each looked at like the first address;
//! - little is read, within a short time ([`deadline`]), of what says that it is a web page, and nothing that would have to be
//!   unpacked;
//! - no cookies, no log-in, no referrer, no proxy of the environment; the server says who it is;
//! - few at once, and one for each host ([`turns`]).
//!
//! It must never be given a way around: whoever needs another host names it in the policy, and whoever has networks that only
//! look public denies them there.

mod deadline;
mod network;
mod policy;
mod public;
#[cfg(test)]
mod rebinding;
mod resolver;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, LOCATION};
use reqwest::{Client, Response, StatusCode, Url, redirect};

use deadline::Deadline;
pub use network::Network;
pub use policy::Policy;
pub use public::is_public;
use resolver::{Ask, NotPublic, Resolver, TooMany};
use turns::Turns;

/// Redirects that are followed.
const MOST_REDIRECTS: usize = 3;
/// Bytes of a page that are read; the rest is left.
const MOST_BYTES: usize = 256 << 10;
/// Requests at once.
const AT_ONCE: usize = 8;
/// Names that are resolved at once. More than requests: one that was given up may go on for a while.
const NAMES_AT_ONCE: usize = 16;
/// How long a page may take with all that is waited for on this side, which is not the other side's fault.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("only http and https are spoken")]
    Scheme,
    #[error("an address with a log-in in it is not called on")]
    LogIn,
    #[error("port {0} is not called on")]
    Port(u16),
    #[error("it leads to an address that is not public")]
    NotPublic,
    #[error("it leads on and on")]
    Redirects,
    #[error("it was answered with {0}")]
    Status(u16),
    #[error("it is no web page in UTF-8")]
    NotAPage,
    #[error("it takes too long")]
    Slow,
    #[error("too much is asked for already")]
    Busy,
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
}

/// The beginning of a web page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where it was found in the end: with a fragment if that of `address` or of a redirect is to be kept (RFC 9110, section
    /// 10.2.2).
    pub address: Url,
    pub html: String,
}

/// The client.
#[derive(Debug)]
pub struct Outbound {
    http: Client,
    policy: Arc<Policy>,
    turns: Turns,
}

impl Outbound {
    /// A client that says it is Klieg and what it calls for. Fails if the system has no certificates to trust.
    pub fn new(policy: Policy, purpose: &str) -> Result<Self, reqwest::Error> {
        Self::asking(policy, purpose, resolver::system)
    }

    /// Likewise, which asks `ask` for the addresses of names.
    fn asking(policy: Policy, purpose: &str, ask: impl Ask) -> Result<Self, reqwest::Error> {
        let policy = Arc::new(policy);
        let http = Client::builder()
            .user_agent(format!("Klieg/{} (+{purpose})", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Resolver::new(policy.clone(), NAMES_AT_ONCE, ask))
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_only()
            // A connection that is kept would be one that is not looked at again.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self { http, policy, turns: Turns::new(AT_ONCE) })
    }

    /// The beginning of the page at an address. What is [`Error::Busy`] says nothing of the page.
    pub async fn page(&self, address: &Url) -> Result<Page, Error> {
        let mut deadline = Deadline::new(PATIENCE, self.policy.time);
        let mut address = address.clone();
        for _ in 0..=MOST_REDIRECTS {
            self.policy.check(&address)?;
            // Given back before the next is waited for: two that lead to each other's host do not wait for ever.
            let _turn = deadline.ours(self.turns.take(&address)).await??;
            match deadline.theirs(self.ask(address)).await?? {
                Said::Page(page) => return Ok(page),
                Said::Redirect(next) => address = next,
            }
        }
        Err(Error::Redirects)
    }

    /// Asks one address once.
    async fn ask(&self, address: Url) -> Result<Said, Error> {
        let request = self.http.get(address.clone()).header(ACCEPT, "text/html, application/xhtml+xml");
        let response = request.header(ACCEPT_ENCODING, "identity").send().await;
        let response = response.map_err(|error| Error::of(&error))?;
        // Whatever the address was taken for on the way, nothing is read of what answers from elsewhere.
        if response.remote_addr().is_some_and(|peer| !self.policy.admits(peer.ip())) {
            return Err(Error::NotPublic);
        }
        match leads_to(&address, &response)? {
            Some(next) => Ok(Said::Redirect(next)),
            None => Ok(Said::Page(read(address, response).await?)),
        }
    }
}

/// What an address answers.
enum Said {
    Page(Page),
    Redirect(Url),
}

impl Error {
    fn of(error: &reqwest::Error) -> Self {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        let mut last = String::new();
        while let Some(error) = cause {
            if error.is::<NotPublic>() {
                return Self::NotPublic;
            }
            if error.is::<TooMany>() {
                return Self::Busy;
            }
            last = error.to_string();
            cause = error.source();
        }
        // The last cause says what is wrong; those before it repeat the address.
        Self::Unreachable(last)
    }
}

/// Where an answer leads on to, if it does.
fn leads_to(address: &Url, response: &Response) -> Result<Option<Url>, Error> {
    let leads = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    if !leads.contains(&response.status()) {
        return Ok(None);
    }
    let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    let mut next = to.and_then(|to| address.join(to).ok()).ok_or(Error::Redirects)?;
    if next.fragment().is_none() {
        next.set_fragment(address.fragment());
    }
    Ok(Some(next))
}

/// Reads what an answer brings, if it is a page.
async fn read(address: Url, mut response: Response) -> Result<Page, Error> {
    if response.status() != StatusCode::OK {
        return Err(Error::Status(response.status().as_u16()));
    }
    if !is_page(response.headers()) {
        return Err(Error::NotAPage);
    }
    let mut bytes = Vec::new();
    while bytes.len() < MOST_BYTES
        && let Some(chunk) = response.chunk().await.map_err(|error| Error::of(&error))?
    {
        let room = MOST_BYTES - bytes.len();
        bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
    }
    let html = utf8(bytes).ok_or(Error::NotAPage)?;
    Ok(Page { address, html })
}

/// Whether what comes is a web page that can be read as it is: HTML, in UTF-8 unless it says nothing of it, not packed.
fn is_page(headers: &HeaderMap) -> bool {
    let header = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase());
    if header(CONTENT_ENCODING).is_some_and(|packed| packed.trim() != "identity") {
        return false;
    }
    let kind = header(CONTENT_TYPE).unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    if !matches!(parts.next(), Some("text/html" | "application/xhtml+xml")) {
        return false;
    }
    let charset = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim_end() == "charset");
    charset.is_none_or(|(_, name)| matches!(name.trim_matches(['"', '\'', ' ']), "utf-8" | "utf8" | "us-ascii"))
}

/// The text of a page that may have been cut off within a character.
fn utf8(bytes: Vec<u8>) -> Option<String> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.utf8_error().error_len().is_none() => {
            let whole = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(whole);
            String::from_utf8(bytes).ok()
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(given: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.insert(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_page_is_html_in_utf8_that_is_not_packed() {
        for good in ["text/html", "Text/HTML; Charset=\"UTF-8\"", "application/xhtml+xml;charset=utf-8", "text/html;x"]
        {
            assert!(is_page(&headers(&[("content-type", good)])), "{good}");
        }
        for bad in ["", "text/plain", "image/png", "text/html; charset=iso-2022-jp", "application/json", "text/htmlx"] {
            assert!(!is_page(&headers(&[("content-type", bad)])), "{bad}");
        }
        assert!(!is_page(&headers(&[])));
        assert!(is_page(&headers(&[("content-type", "text/html"), ("content-encoding", "identity")])));
        for packed in ["gzip", "br", "gzip, gzip", "?"] {
            assert!(!is_page(&headers(&[("content-type", "text/html"), ("content-encoding", packed)])), "{packed}");
        }
    }

    #[test]
    fn what_is_cut_off_within_a_character_is_read_up_to_there() {
        let text = "grün €";
        for end in 0..=text.len() {
            let read = utf8(text.as_bytes()[..end].to_vec()).unwrap();
            assert!(text.starts_with(&read) && read.len() + 3 > end, "{read}");
        }
        assert_eq!(utf8(b"gr\xfcn and more".to_vec()), None);
    }
}
