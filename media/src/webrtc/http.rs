//! The WHIP and WHEP endpoints (RFC 9725, draft-ietf-wish-whep).

use std::sync::Arc;

use axum::Router;

use super::Rtc;
use crate::hub::Hub;

pub fn router(_rtc: Arc<Rtc>, _hub: Arc<Hub>) -> Router {
    Router::new()
}
