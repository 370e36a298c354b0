//! One page of a list.

use serde::{Deserialize, Serialize};

/// A page of a list, read on with `cursor` set to `next_cursor` until that is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}
