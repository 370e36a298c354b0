//! Measuring an upload: how bytes that pass are turned into a speed. The server counts what comes in, a client what it sends.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// `POST /api/v1/me/upload-test`: how fast a body came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UploadMeasurement {
    pub bytes: u64,
    /// From the first byte to the last.
    pub milliseconds: u64,
    /// What the connection held: the median of its quarters of a second after the first second, in kbit/s. Of a body that took
    /// less than two seconds it is the mean if the body had 100 MB at least, and absent otherwise, for that says nothing.
    pub kbit: Option<u32>,
}

const SLOT: Duration = Duration::from_millis(250);
/// Connections start slowly: the slots of the first second do not count.
const STARTING: usize = 4;
/// Whole slots that say something.
const ENOUGH: usize = 3;
/// Bytes that say something however short they took.
const MANY: u64 = 100_000_000;
/// What comes later is counted into the last slot: a quarter of an hour.
const MOST: usize = 3_600;

/// Counts bytes by quarters of a second.
#[derive(Clone, Debug, Default)]
pub struct UploadCounter {
    slots: Vec<u64>,
    bytes: u64,
    last: Duration,
}

impl UploadCounter {
    /// Counts bytes that passed `at` after the first.
    pub fn add(&mut self, at: Duration, bytes: u64) {
        let slot = ((at.as_millis() / SLOT.as_millis()) as usize).min(MOST);
        if slot >= self.slots.len() {
            self.slots.resize(slot + 1, 0);
        }
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot += bytes;
        }
        self.bytes += bytes;
        self.last = at;
    }

    /// All that were counted.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn result(&self) -> UploadMeasurement {
        // The last slot is not whole.
        let whole = self.slots.len().saturating_sub(1);
        let mut steady: Vec<u64> = self.slots.get(STARTING..whole).unwrap_or_default().to_vec();
        steady.sort_unstable();
        let milliseconds = self.last.as_millis() as u64;
        let kbit = |bytes: u64, within: u64| u32::try_from(bytes * 8 / within.max(1)).unwrap_or(u32::MAX);
        let kbit = if let Some(median) = steady.get(steady.len() / 2).filter(|_| steady.len() >= ENOUGH) {
            Some(kbit(*median, SLOT.as_millis() as u64))
        } else {
            (self.bytes >= MANY).then(|| kbit(self.bytes, milliseconds))
        };
        UploadMeasurement { bytes: self.bytes, milliseconds, kbit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slow_start_and_one_stall_do_not_count() {
        let mut counter = UploadCounter::default();
        // 100 kbit/s for a second, then 8 Mbit/s with a stall of a quarter of a second.
        for n in 0..16_u32 {
            let bytes = if n < 4 { 3_125 } else { 250_000 };
            if n != 9 {
                counter.add(SLOT * n, bytes);
            }
        }
        let result = counter.result();
        assert_eq!((result.kbit, result.milliseconds), (Some(8_000), 3_750));
    }

    #[test]
    fn a_connection_that_takes_everything_at_once_is_not_called_slow() {
        let mut counter = UploadCounter::default();
        counter.add(Duration::ZERO, MANY);
        counter.add(Duration::from_millis(500), MANY);
        assert_eq!(counter.result().kbit, Some(3_200_000));
    }

    #[test]
    fn less_than_two_seconds_say_nothing() {
        let mut counter = UploadCounter::default();
        assert_eq!(counter.result(), UploadMeasurement::default());
        for n in 0..6 {
            counter.add(SLOT * n, 1_000);
        }
        assert_eq!((counter.result().kbit, counter.bytes()), (None, 6_000));
    }
}
