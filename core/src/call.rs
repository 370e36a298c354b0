//! A request to the server's JSON API, and what its response means.

use klieg_api::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What to send. Made by the functions of [`crate::calls`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub method: Method,
    /// Path and query on the server.
    pub path: String,
    /// JSON.
    pub body: Option<String>,
    /// What the session has to do with it.
    pub access: Access,
}

/// Whether a call carries the access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Never: the call makes or ends a session itself.
    None,
    /// If there is a session.
    Optional,
    /// The call makes no sense without one.
    Required,
}

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>, access: Access) -> Self {
        Self { method, path: path.into(), body: None, access }
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        // The request types are plain structs of strings and numbers, which always serialise.
        self.body = serde_json::to_string(body).ok();
        self
    }
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CallError {
    /// The server could not be reached.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The call needs a session and there is none, or it has ended.
    #[error("not logged in")]
    LoggedOut,
    /// The server said no, and why.
    #[error("{}", .0.detail.as_deref().unwrap_or(&.0.title))]
    Problem(Problem),
    /// The answer is not what this version understands.
    #[error("the server's answer cannot be read")]
    Unreadable,
}

impl CallError {
    /// The HTTP status, if the server answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Problem(problem) => Some(problem.status),
            _ => None,
        }
    }

    /// What the server said is wrong with one field of the request.
    pub fn field(&self, name: &str) -> Option<&str> {
        match self {
            Self::Problem(problem) => {
                problem.errors.iter().find(|error| error.field == name).map(|error| error.detail.as_str())
            }
            _ => None,
        }
    }

    /// Whether the same call may succeed later without a change.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable => true,
            Self::Problem(problem) => matches!(problem.status, 429 | 500..),
            Self::LoggedOut | Self::Unreadable => false,
        }
    }
}

/// Reads a response with a body.
pub fn parse<T: DeserializeOwned>(status: u16, body: &str) -> Result<T, CallError> {
    accept(status, body)?;
    serde_json::from_str(body).map_err(|_| CallError::Unreadable)
}

/// Reads a response whose body, if any, says nothing.
pub fn accept(status: u16, body: &str) -> Result<(), CallError> {
    if (200..300).contains(&status) {
        return Ok(());
    }
    let problem = serde_json::from_str(body).unwrap_or_else(|_| Problem {
        kind: "about:blank".to_owned(),
        title: format!("the server answered {status}"),
        status,
        ..Problem::default()
    });
    // The status line counts, whatever the document claims.
    Err(CallError::Problem(Problem { status, ..problem }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_document_keeps_its_words_and_fields() {
        let body = r#"{"type":"/problems/invalid","title":"Invalid","status":422,"detail":"Look again.",
            "errors":[{"field":"handle","detail":"taken"}]}"#;
        let error = accept(422, body).unwrap_err();
        assert_eq!(error.to_string(), "Look again.");
        assert_eq!(error.field("handle"), Some("taken"));
        assert_eq!(error.field("email"), None);
        assert_eq!(error.status(), Some(422));
        assert!(!error.is_passing());
    }

    #[test]
    fn an_error_that_is_no_problem_document_still_has_words() {
        let error = accept(502, "<html>bad gateway</html>").unwrap_err();
        assert_eq!(error.to_string(), "the server answered 502");
        assert!(error.is_passing());
    }

    #[test]
    fn an_answer_of_another_shape_is_unreadable() {
        assert_eq!(parse::<klieg_api::accounts::Tokens>(200, "[]"), Err(CallError::Unreadable));
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_it_panic(status in 0_u16..1000, body in ".*") {
            let _ = parse::<klieg_api::accounts::Me>(status, &body);
        }
    }
}
