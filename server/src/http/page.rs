//! Pages of lists: how long they are, and cursors that clients pass back without looking inside.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use klieg_api::Page;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::{Fields, Kind, Problem};

pub const DEFAULT_LIMIT: usize = 24;
pub const MOST: usize = 100;

/// Items on a page: 24, or what was asked for from 1 to 100.
pub fn limit(asked: Option<u32>) -> Result<usize, Problem> {
    match asked {
        None => Ok(DEFAULT_LIMIT),
        Some(limit) if (1..=MOST).contains(&(limit as usize)) => Ok(limit as usize),
        Some(_) => {
            let mut fields = Fields::default();
            fields.wrong("limit", format!("ask for 1 to {MOST} items"));
            fields.finish(None)
        }
    }
}

/// Where a page ended, as text.
pub fn encode(position: &impl Serialize) -> Result<String, Problem> {
    let json = serde_json::to_vec(position).map_err(Problem::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Where the last page ended. A cursor of another list, or made up, is an error.
pub fn decode<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|json| serde_json::from_slice(&json).ok()).map(Some).ok_or_else(|| {
        Problem::new(
            Kind::INVALID_CURSOR,
            "Pass on next_cursor as it came, with the same filters, or leave cursor out.",
        )
    })
}

/// A page of `limit` items out of up to one more, with the cursor after the last one kept.
pub fn page<T, P: Serialize>(
    mut items: Vec<T>,
    limit: usize,
    position: impl FnOnce(&T) -> P,
) -> Result<Page<T>, Problem> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = match items.last() {
        Some(last) if more => Some(encode(&position(last))?),
        _ => None,
    };
    Ok(Page { items, next_cursor })
}
