//! The HLS routes.

use std::sync::Arc;

use axum::Router;

use super::Hls;
use crate::hub::Hub;

pub fn router(_hls: Arc<Hls>, _hub: Arc<Hub>) -> Router {
    Router::new()
}
