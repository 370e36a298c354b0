use super::*;

#[test]
fn what_was_not_enough_is_remembered_for_a_minute() {
    let kind = EncoderKind::named("x264enc").unwrap();
    let (at, with) = (Canvas { width: 320, height: 180, fps: 5 }, VideoSettings::default());
    let tried = |result: Result<f64, &str>, ago: Duration| Tried {
        kind,
        with: with.clone(),
        at,
        result: result.map(|fps| Measured { frames: FRAMES, fps }).map_err(str::to_owned),
        when: Instant::now().checked_sub(ago).unwrap(),
    };
    for (result, still) in [(Ok(5.0), true), (Ok(4.0), false), (Err("no"), false)] {
        assert!(tried(result, Duration::ZERO).holds_still());
        assert_eq!(tried(result, NOT_ENOUGH).holds_still(), still, "{result:?}");
    }
    let tried = tried(Ok(5.0), Duration::ZERO);
    assert!(tried.is_of(kind, &VideoSettings { bitrate: 400, ..with.clone() }, at));
    assert!(!tried.is_of(kind, &with, Canvas { fps: 6, ..at }));
}

#[test]
fn how_long_an_encoder_takes_to_start_says_nothing_of_its_speed() {
    // Thirty frames a second: that the first one took three seconds does not show.
    assert!((speed(61, Duration::from_secs(2)) - 30.0).abs() < 0.001);
    assert!(speed(2, Duration::ZERO).is_finite());
}

/// A prober whose program answers so, and which keeps results in this folder.
fn prober(folder: &std::path::Path, answer: &str) -> Prober {
    const TRIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/support/tries-as-told");
    let program = folder.join("tries");
    std::fs::write(folder.join("answer"), answer).unwrap();
    if !program.exists() {
        std::os::unix::fs::symlink(TRIES, &program).unwrap();
    }
    Prober::new(Some(program), Some(ProbeCache::at(folder.join("encoders.json"))))
}

/// One that every computer that runs tests has; only its row says that it is hardware.
fn in_hardware() -> &'static EncoderKind {
    gst::init().unwrap();
    let mut kind = *EncoderKind::named("x264enc").unwrap();
    kind.hardware = true;
    Box::leak(Box::new(kind))
}

#[test]
fn only_what_an_encoder_in_hardware_refuses_is_held_against_it_when_the_program_starts_again() {
    let (kind, with) = (in_hardware(), VideoSettings::default());
    let at = Canvas { width: 320, height: 180, fps: 30 };
    let refused = r#"echo '{"reason":"no such profile","lasts":true}'; exit 1"#;
    let late = r#"echo '{"reason":"no frame came out within 10 s","lasts":false}'; exit 1"#;
    let slow = r#"echo '{"frames":60,"fps":12.0}'"#;
    let fast = r#"echo '{"frames":60,"fps":240.0}'"#;
    for (answer, reason, lasts) in [
        (fast, None, true),
        (refused, Some("no such profile"), true),
        (late, Some("no frame came out within 10 s"), false),
        (slow, Some("only 12 frames a second"), false),
        ("kill -KILL $$", Some("its test ended with signal: 9 (SIGKILL)"), false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let prober = prober(folder.path(), answer);
        let result = prober.attempt(kind, &with, at);
        assert_eq!(result.clone().err().as_deref(), reason, "{answer}");
        assert_eq!(prober.remembered(kind, &with, at), Some(result.clone()), "{answer}: in this run");
        let next = Prober::new(None, prober.cache.clone()).remembered(kind, &with, at);
        assert_eq!(next, lasts.then_some(result), "{answer}: in the next");
    }
}

#[test]
fn one_that_worked_before_and_is_late_now_is_not_trusted_when_that_is_forgotten() {
    let (kind, with) = (in_hardware(), VideoSettings::default());
    let at = Canvas { width: 320, height: 180, fps: 30 };
    let folder = tempfile::tempdir().unwrap();
    prober(folder.path(), r#"echo '{"frames":60,"fps":240.0}'"#).attempt(kind, &with, at).unwrap();
    let late = prober(folder.path(), r#"echo '{"frames":60,"fps":12.0}'"#);
    assert!(late.remembered(kind, &with, at).is_some_and(|known| known.is_ok()));
    late.attempt(kind, &with, at).unwrap_err();
    late.run.lock().tried.clear();
    assert_eq!(late.remembered(kind, &with, at), None);
}
