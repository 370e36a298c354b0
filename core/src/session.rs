//! A session: which token a call carries, and when to refresh it.
//!
//! A refresh token is good for one use, and using it twice ends the session; so at most one refresh is under way, and the
//! tokens are adopted from what another window stored before one is begun.

use klieg_api::accounts::Tokens;
use serde::{Deserialize, Serialize};

use crate::call::{Call, CallError};
use crate::calls;

/// Refresh this long before the access token expires, in milliseconds.
const EARLY: u64 = 30_000;

/// The tokens and when the access token expires: what is stored between visits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    tokens: Tokens,
    /// On the clock that `now` is from.
    expires_at: u64,
}

impl Held {
    pub fn new(now: u64, tokens: Tokens) -> Self {
        let expires_at = now.saturating_add(tokens.expires_in.saturating_mul(1000));
        Self { tokens, expires_at }
    }
}

/// What a call that wants the access token is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody is logged in.
    Anonymous,
    /// Use this token.
    Token(String),
    /// Send this call, then tell [`Session::refreshed`] and ask again.
    Refresh(Call),
    /// A refresh is under way: ask again after it.
    Wait,
}

#[derive(Debug, Default)]
pub struct Session {
    held: Option<Held>,
    refreshing: bool,
}

impl Session {
    /// A session as it was stored, if one was.
    pub fn restore(held: Option<Held>) -> Self {
        Self { held, refreshing: false }
    }

    pub fn is_logged_in(&self) -> bool {
        self.held.is_some()
    }

    /// What to store.
    pub fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }

    pub fn log_in(&mut self, now: u64, tokens: Tokens) {
        self.held = Some(Held::new(now, tokens));
    }

    pub fn log_out(&mut self) {
        *self = Self::default();
    }

    /// Takes over what another window of the same person stored.
    pub fn adopt(&mut self, held: Option<Held>) {
        self.held = held;
        self.refreshing = false;
    }

    /// The token for a call made now.
    pub fn access(&mut self, now: u64) -> Access {
        let Some(held) = &self.held else { return Access::Anonymous };
        if now.saturating_add(EARLY) < held.expires_at {
            return Access::Token(held.tokens.access_token.clone());
        }
        if self.refreshing {
            return Access::Wait;
        }
        self.refreshing = true;
        Access::Refresh(calls::refresh(&held.tokens.refresh_token))
    }

    /// The answer to the refresh. A refusal ends the session; an error that passes keeps it for the next try.
    pub fn refreshed(&mut self, now: u64, answer: Result<Tokens, CallError>) -> Result<(), CallError> {
        self.refreshing = false;
        match answer {
            Ok(tokens) => {
                // Logged out while the refresh was under way: stay so.
                if self.held.is_some() {
                    self.held = Some(Held::new(now, tokens));
                }
                Ok(())
            }
            Err(error) if error.is_passing() => Err(error),
            Err(_) => {
                self.held = None;
                Err(CallError::LoggedOut)
            }
        }
    }

    /// The server refused this access token before its time: the next call refreshes it.
    pub fn rejected(&mut self, access_token: &str) {
        if let Some(held) = self.held.as_mut().filter(|held| held.tokens.access_token == access_token) {
            held.expires_at = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use klieg_api::Problem;

    use super::*;

    fn tokens(n: u32) -> Tokens {
        Tokens { access_token: format!("access{n}"), refresh_token: format!("refresh{n}"), expires_in: 900 }
    }

    fn refused() -> CallError {
        CallError::Problem(Problem { status: 401, ..Problem::default() })
    }

    #[test]
    fn a_fresh_token_is_used_and_an_old_one_refreshed_once() {
        let mut session = Session::default();
        assert_eq!(session.access(0), Access::Anonymous);
        session.log_in(0, tokens(1));
        assert_eq!(session.access(1_000), Access::Token("access1".into()));
        assert_eq!(session.access(870_000), Access::Refresh(calls::refresh("refresh1")));
        assert_eq!(session.access(870_001), Access::Wait);
        session.refreshed(870_100, Ok(tokens(2))).unwrap();
        assert_eq!(session.access(870_200), Access::Token("access2".into()));
    }

    #[test]
    fn a_refused_refresh_ends_the_session_and_a_lost_one_does_not() {
        let mut session = Session::default();
        session.log_in(0, tokens(1));
        assert!(matches!(session.access(900_000), Access::Refresh(_)));
        assert_eq!(session.refreshed(900_001, Err(CallError::Unreachable)), Err(CallError::Unreachable));
        assert!(matches!(session.access(900_002), Access::Refresh(_)));
        assert_eq!(session.refreshed(900_003, Err(refused())), Err(CallError::LoggedOut));
        assert_eq!(session.access(900_004), Access::Anonymous);
    }

    #[test]
    fn a_token_refused_early_is_refreshed_unless_it_was_replaced_meanwhile() {
        let mut session = Session::default();
        session.log_in(0, tokens(2));
        session.rejected("access1");
        assert_eq!(session.access(0), Access::Token("access2".into()));
        session.rejected("access2");
        assert!(matches!(session.access(0), Access::Refresh(_)));
    }

    #[test]
    fn logging_out_during_a_refresh_stays_logged_out() {
        let mut session = Session::default();
        session.log_in(0, tokens(1));
        assert!(matches!(session.access(900_000), Access::Refresh(_)));
        session.log_out();
        session.refreshed(900_100, Ok(tokens(2))).unwrap();
        assert!(!session.is_logged_in());
    }

    #[test]
    fn another_windows_tokens_are_taken_over() {
        let mut session = Session::default();
        session.log_in(0, tokens(1));
        session.adopt(Some(Held::new(800_000, tokens(7))));
        assert_eq!(session.access(900_000), Access::Token("access7".into()));
        let stored = serde_json::to_string(&session.held()).unwrap();
        assert_eq!(serde_json::from_str::<Option<Held>>(&stored).unwrap().as_ref(), session.held());
    }

    proptest::proptest! {
        #[test]
        fn two_refreshes_are_never_under_way(steps in proptest::collection::vec((0_u8..5, 0_u64..600_000), 1..60)) {
            let (mut session, mut now, mut under_way) = (Session::default(), 0, false);
            session.log_in(0, tokens(0));
            for (step, wait) in steps {
                now += wait;
                match step {
                    0..=2 => if let Access::Refresh(_) = session.access(now) {
                        assert!(!under_way, "a second refresh");
                        under_way = true;
                    },
                    3 if under_way => {
                        let _ = session.refreshed(now, Ok(tokens(1)));
                        under_way = false;
                    }
                    4 if under_way => {
                        let _ = session.refreshed(now, Err(CallError::Unreachable));
                        under_way = false;
                    }
                    _ => session.rejected("access1"),
                }
            }
        }
    }
}
