//! A value that changes linearly, frame by frame, so that no change of a gain is heard as a click.

#[derive(Clone, Copy, Debug)]
pub(super) struct Ramp {
    target: f32,
    /// Change per frame.
    slope: f32,
    /// Frames until the target is reached.
    left: u32,
}

impl Ramp {
    /// At `value`, where it stays.
    pub(super) fn at(value: f32) -> Self {
        Self { target: value, slope: 0.0, left: 0 }
    }

    /// Leads to `target` within `frames`. If it is on its way there already, it stays on it: saying the same again disturbs
    /// nothing.
    pub(super) fn lead(&mut self, target: f32, frames: usize) {
        if target.to_bits() == self.target.to_bits() {
            return;
        }
        let now = self.value();
        self.left = u32::try_from(frames).unwrap_or(u32::MAX).max(1);
        self.target = target;
        self.slope = (target - now) / self.left as f32;
    }

    /// Frames until it is where it leads to.
    pub(super) fn left(&self) -> usize {
        self.left as usize
    }

    /// The value for the next frame.
    pub(super) fn next(&mut self) -> f32 {
        self.left = self.left.saturating_sub(1);
        self.value()
    }

    /// Counted back from the target, so that rounding does not add up and the end is exact.
    fn value(self) -> f32 {
        self.target - self.slope * self.left as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(ramp: &mut Ramp, count: usize) -> Vec<f32> {
        (0..count).map(|_| ramp.next()).collect()
    }

    #[test]
    fn it_goes_in_equal_steps_and_ends_exactly() {
        let mut ramp = Ramp::at(1.0);
        ramp.lead(0.0, 4);
        assert_eq!(values(&mut ramp, 6), [0.75, 0.5, 0.25, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn it_turns_round_where_it_is() {
        let mut ramp = Ramp::at(0.0);
        ramp.lead(1.0, 4);
        values(&mut ramp, 2);
        ramp.lead(0.0, 2);
        assert_eq!(values(&mut ramp, 3), [0.25, 0.0, 0.0]);
    }

    #[test]
    fn the_same_target_again_changes_nothing() {
        let mut ramp = Ramp::at(0.0);
        ramp.lead(1.0, 4);
        values(&mut ramp, 2);
        ramp.lead(1.0, 1);
        ramp.lead(1.0, 100);
        assert_eq!(values(&mut ramp, 2), [0.75, 1.0]);
    }

    #[test]
    fn a_minute_long_ramp_has_no_jump_at_its_end() {
        let mut ramp = Ramp::at(0.3);
        ramp.lead(0.9, 48_000 * 60);
        let mut last = 0.3;
        for _ in 0..48_000 * 60 + 10 {
            let value = ramp.next();
            assert!((value - last).abs() < 1e-6);
            last = value;
        }
        assert!((last - 0.9).abs() < f32::EPSILON);
    }
}
