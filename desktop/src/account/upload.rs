//! Measuring what the connection to the server carries, by sending for some seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream;
use klieg_api::upload::{UploadCounter, UploadMeasurement};
use klieg_core::call::{CallError, parse};
use klieg_core::calls;
use parking_lot::Mutex;
use rand::Rng;
use reqwest::Body;

use super::{AccountError, SignedIn};

/// The body is sent for so long.
const SENDING: Duration = Duration::from_secs(5);
/// And the answer is awaited for so much longer: what is on its way has to arrive.
const PATIENCE: Duration = Duration::from_secs(14);
const CHUNK: usize = 16 << 10;
/// What is sent at most, in bytes: more than any upload needs to be known, and less than the server reads.
const MOST: u64 = 200_000_000;

impl SignedIn {
    /// Sends bytes for five seconds and says how many kbit/s got through. `progress` is told how much of that is done, 0 to 1,
    /// several times a second. Dropping the future ends it.
    pub async fn measure_upload(&self, progress: impl Fn(f64) + Send + 'static) -> Result<u32, AccountError> {
        let sent = Arc::new(Mutex::new(UploadCounter::default()));
        let (status, body) = self.upload(body(sent.clone(), progress)).await?;
        let received: UploadMeasurement = parse(status, &body)?;
        let sent = sent.lock().result();
        // A proxy may take everything at once and pass it on at its own speed: the slower of both is the connection's.
        let kbit = received.kbit.into_iter().chain(sent.kbit).min();
        kbit.ok_or(AccountError::TooShort)
    }

    async fn upload(&self, body: Body) -> Result<(u16, String), CallError> {
        let token = self.token().await?;
        let url = format!("{}{}", self.server, calls::measure_upload().path);
        let request = self.http.post(url).timeout(PATIENCE).bearer_auth(token).body(body);
        let answer = request.send().await.map_err(|_| CallError::Unreachable)?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await.map_err(|_| CallError::Unreachable)?))
    }
}

/// Bytes that do not compress, as fast as they are taken, until the time is over.
fn body(sent: Arc<Mutex<UploadCounter>>, progress: impl Fn(f64) + Send + 'static) -> Body {
    let mut chunk = vec![0; CHUNK];
    rand::rng().fill_bytes(&mut chunk);
    let chunk = bytes::Bytes::from(chunk);
    let mut told = Duration::ZERO;
    let mut began = None;
    Body::wrap_stream(stream::iter(std::iter::from_fn(move || {
        let passed = began.get_or_insert_with(Instant::now).elapsed();
        let mut sent = sent.lock();
        if passed >= SENDING || sent.bytes() >= MOST {
            return None;
        }
        if passed >= told {
            told = passed + Duration::from_millis(200);
            progress(passed.as_secs_f64() / SENDING.as_secs_f64());
        }
        sent.add(passed, CHUNK as u64);
        Some(Ok::<_, std::convert::Infallible>(chunk.clone()))
    })))
}
