//! Measuring a creator's upload: a body is taken in, counted and thrown away.
//!
//! Behind a proxy that keeps request bodies until they are whole, this sees the proxy's speed; a client should therefore time its
//! own sending too and believe the slower of both.

use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use http_body_util::BodyExt;
use klieg_api::upload::{UploadCounter, UploadMeasurement};

/// A body is read for so long.
const LONGEST: Duration = Duration::from_secs(10);
/// A body is read until it has had so many bytes: five seconds at 400 Mbit/s.
const MOST: u64 = 250_000_000;
/// Measurements that run at once on this server.
pub(super) const AT_ONCE: usize = 4;

/// Reads a body to its end, or to one of the limits.
pub(super) async fn measure(mut body: Body) -> Result<UploadMeasurement, axum::Error> {
    let mut counter = UploadCounter::default();
    let mut began = None;
    let whole = async {
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            match began {
                // The first chunk only starts the clock: how long it took is not known.
                None => began = Some(Instant::now()),
                Some(began) => counter.add(began.elapsed(), data.len() as u64),
            }
            if counter.bytes() > MOST || body.is_end_stream() {
                break;
            }
        }
        Ok(())
    };
    match tokio::time::timeout(LONGEST, whole).await {
        Ok(Err(error)) => Err(error),
        Ok(Ok(())) | Err(_) => Ok(counter.result()),
    }
}
