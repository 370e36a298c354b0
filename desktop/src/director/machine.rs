//! How busy this computer is.

/// Reads the processor's load, over the time between two readings.
#[derive(Default)]
pub(super) struct Machine {
    before: Option<Times>,
}

#[derive(Clone, Copy)]
struct Times {
    busy: u64,
    all: u64,
}

impl Machine {
    /// Of all cores, 0 to 1, since the last call. Nothing where the system does not tell.
    pub(super) fn load(&mut self) -> Option<f64> {
        let now = Times::parse(&std::fs::read_to_string("/proc/stat").ok()?)?;
        let before = self.before.replace(now)?;
        let all = now.all.checked_sub(before.all).filter(|all| *all > 0)?;
        Some(now.busy.saturating_sub(before.busy) as f64 / all as f64)
    }
}

impl Times {
    /// The first line of `/proc/stat`: `cpu user nice system idle iowait irq softirq steal …`, see proc_stat(5).
    fn parse(text: &str) -> Option<Self> {
        let line = text.lines().next()?.strip_prefix("cpu ")?;
        let times: Vec<u64> = line.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
        let all = times.iter().sum();
        let idle = times.get(3)? + times.get(4)?;
        Some(Self { busy: all - idle, all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_not_work() {
        let times = Times::parse("cpu  10 20 30 900 40 1 2 3 0 0\ncpu0 1 2 3\n").unwrap();
        assert_eq!((times.busy, times.all), (66, 1006));
        for wrong in ["", "cpu", "cpu 1 2", "cpu a b c d e", "intr 1"] {
            assert!(Times::parse(wrong).is_none(), "{wrong}");
        }
    }
}
