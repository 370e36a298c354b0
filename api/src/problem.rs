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
    /// Which of the kind's sentences `detail` is, if there are several: stable, for who says it in another language.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The numbers in `detail`, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub numbers: Vec<u64>,
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
    /// Which sentence that is, if it has a name: stable, for who says it in another language.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The numbers in it, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub numbers: Vec<u64>,
}
