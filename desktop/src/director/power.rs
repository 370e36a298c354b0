//! Whether this computer runs on its battery, as Linux says it (the kernel's Documentation/ABI/testing/sysfs-class-power).

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::desk::Desk;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);

impl Desk {
    /// Follows it from now on.
    pub(super) fn watch_power(&self) {
        self.look_after(Duration::ZERO);
    }

    /// Elsewhere: the firmware of some computers takes its time to answer.
    fn look_after(&self, pause: Duration) {
        let supplies = self.outside.supplies.clone();
        let look = async move {
            tokio::time::sleep(pause).await;
            tokio::task::spawn_blocking(move || charge(&supplies)).await
        };
        self.job(look, |desk, charge| {
            // An error is a panic, which has been printed already.
            desk.studio.program.battery = charge.unwrap_or_default();
            desk.look_after(PAUSE);
        });
    }
}

/// One battery that the computer can run on.
struct Battery {
    /// Whether the computer takes from it.
    drains: bool,
    /// 0 to 1.
    charge: f64,
    /// What it holds when it is full, in a unit that depends on the computer.
    holds: Option<f64>,
}

/// How full the batteries are that this computer runs on, all together: 0 to 1, in steps of a hundredth. None while a plug gives
/// power, where there is no battery, and where the system does not tell. `supplies` has a folder for each of them.
fn charge(supplies: &Path) -> Option<f64> {
    let mut batteries = Vec::new();
    for supply in fs::read_dir(supplies).ok()?.filter_map(Result::ok) {
        let folder = supply.path();
        let said = |name: &str| fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned());
        if said("scope").is_some_and(|scope| scope == "Device") {
            // A mouse's, a headset's.
            continue;
        }
        match said("type").as_deref() {
            Some("Battery") => batteries.extend(battery(said)),
            // 2 means that its voltage can be chosen.
            Some(_) if said("online").is_some_and(|online| online == "1" || online == "2") => return None,
            _ => {}
        }
    }
    if !batteries.iter().any(|battery| battery.drains) {
        return None;
    }
    let alike = vec![1.0; batteries.len()];
    let holds = batteries.iter().map(|battery| battery.holds).collect::<Option<Vec<f64>>>().unwrap_or(alike);
    let left: f64 = batteries.iter().zip(&holds).map(|(battery, holds)| battery.charge * holds).sum();
    Some((left / holds.iter().sum::<f64>() * 100.0).round() / 100.0)
}

/// What a battery's files say. None of one that was taken out.
fn battery(said: impl Fn(&str) -> Option<String>) -> Option<Battery> {
    if said("present").is_some_and(|present| present == "0") {
        return None;
    }
    let number = |name: &str| said(name)?.parse::<u32>().ok().map(f64::from);
    let holds = number("energy_full").or_else(|| number("charge_full")).filter(|full| *full > 0.0);
    let drains = said("status").is_some_and(|status| status == "Discharging");
    Some(Battery { drains, charge: (number("capacity")? / 100.0).min(1.0), holds })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Their names and what they say.
    type Files<'a> = &'a [(&'a str, &'a str)];

    const PLUG: Files<'static> = &[("type", "Mains"), ("online", "1")];
    const NO_PLUG: Files<'static> = &[("type", "Mains"), ("online", "0")];
    const DRAINED: Files<'static> = &[
        ("type", "Battery"),
        ("present", "1"),
        ("status", "Discharging"),
        ("capacity", "40"),
        ("energy_full", "60000000"),
    ];
    const SPARE: Files<'static> =
        &[("type", "Battery"), ("status", "Unknown"), ("capacity", "100"), ("energy_full", "20000000")];

    /// What a system with these is at.
    fn at(supplies: &[Files<'_>]) -> Option<f64> {
        let folder = tempfile::tempdir().unwrap();
        for (number, files) in supplies.iter().enumerate() {
            let supply = folder.path().join(number.to_string());
            fs::create_dir(&supply).unwrap();
            for (name, text) in *files {
                fs::write(supply.join(name), format!("{text}\n")).unwrap();
            }
        }
        charge(folder.path())
    }

    #[test]
    fn a_computer_runs_on_its_battery_when_that_drains_and_no_plug_gives_power() {
        assert_eq!(at(&[NO_PLUG, DRAINED]), Some(0.4));
        assert_eq!(at(&[DRAINED]), Some(0.4), "some have no plug that the system knows");
        assert_eq!(at(&[PLUG, DRAINED]), None);
        let usb: Files<'static> = &[("type", "USB"), ("online", "2")];
        assert_eq!(at(&[DRAINED, NO_PLUG, usb]), None);
        let charges: Files<'static> = &[("type", "Battery"), ("status", "Charging"), ("capacity", "40")];
        assert_eq!(at(&[charges]), None);
        assert_eq!(at(&[PLUG]), None);
        assert_eq!(at(&[]), None);
        assert_eq!(charge(Path::new("/nonexistent")), None);
    }

    #[test]
    fn several_batteries_count_by_what_they_hold() {
        assert_eq!(at(&[NO_PLUG, DRAINED, SPARE]), Some(0.55));
        let silent: Files<'static> = &[("type", "Battery"), ("status", "Unknown"), ("capacity", "100")];
        assert_eq!(at(&[NO_PLUG, DRAINED, silent]), Some(0.7), "alike where one does not tell");
    }

    #[test]
    fn what_the_computer_cannot_run_on_does_not_count() {
        let mouse: Files<'static> =
            &[("type", "Battery"), ("scope", "Device"), ("status", "Discharging"), ("capacity", "5")];
        assert_eq!(at(&[mouse]), None);
        assert_eq!(at(&[mouse, DRAINED]), Some(0.4));
        let taken_out: Files<'static> =
            &[("type", "Battery"), ("present", "0"), ("status", "Discharging"), ("capacity", "5")];
        assert_eq!(at(&[taken_out]), None);
        for wrong in ["", "full", "-1", "nan"] {
            let files = [("type", "Battery"), ("status", "Discharging"), ("capacity", wrong)];
            assert_eq!(at(&[&files]), None, "{wrong}");
        }
    }
}
