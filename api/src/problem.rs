//! Errors as problem documents (RFC 9457).

use serde::{Deserialize, Serialize};

/// An error: `application/problem+json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Which kind of error this is: stable, for programs. A relative reference such as `/problems/handle-taken`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong this time and what to change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// Which sentence `detail` is, where a kind has several or there are numbers in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Box<Reason>>,
    /// Which fields of the request were wrong.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<FieldProblem>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldProblem {
    /// The field's name in the request.
    pub field: String,
    /// What to change.
    pub detail: String,
    /// Which sentence that is, if it has a name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
}

/// Which sentence says what was wrong: for who says it in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// Stable, such as `too-long`.
    pub name: String,
    /// The numbers in the sentence, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub numbers: Vec<u64>,
}
