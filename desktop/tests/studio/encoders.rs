//! What came of trying the encoders, and what is left of it at the next start.

use std::path::Path;

use klieg_engine::{ProbeCache, Prober};
use klieg_studio_model::{Canvas, Command, DestinationKind, Edit, Remedy, Studio};

use crate::support::Rig;

/// Encoders that all do the same, by a program that stands for the one that tries them.
fn prober(home: &Path) -> Prober {
    const TRIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/engine/tests/engine/support/tries-as-told");
    let program = home.join("tries");
    if !program.exists() {
        std::fs::write(home.join("answer"), r#"echo '{"frames":60,"fps":12.0}'"#).unwrap();
        std::os::unix::fs::symlink(TRIES, &program).unwrap();
    }
    Prober::new(Some(program), Some(ProbeCache::at(home.join("state/encoders.json"))))
}

fn advised(studio: &Studio, key: &str) -> Option<(String, Option<Remedy>)> {
    let advice = studio.preflight().into_iter().find(|advice| advice.key == key)?;
    Some((advice.text, advice.remedy))
}

#[tokio::test(flavor = "multi_thread")]
async fn how_fast_the_encoders_are_is_known_after_a_restart_until_that_is_a_week_old() {
    let home = tempfile::tempdir().unwrap();
    let prober_of_home = prober(home.path());
    let rig = Rig::trying(home, prober_of_home);
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    assert!(rig.state().await.probed.is_empty());
    rig.done(Command::ProbeEncoders).await;
    let tried = rig.until("all are tried", |studio| studio.probing.is_none()).await.probed.clone();
    assert!(tried.iter().any(|encoder| encoder.result == Ok(12.0)), "{tried:?}");

    let home = rig.close().await;
    let kept = home.path().join("state/encoders.json");
    let prober_of_home = prober(home.path());
    let rig = Rig::trying(home, prober_of_home);
    let studio = rig.state().await;
    assert_eq!((&studio.probed, studio.probed_is_old), (&tried, false));
    let (text, _) = advised(&studio, "encoder").unwrap();
    assert!(text.contains("reaches 12 of 30 frames a second"), "{text}");
    // At another size nothing is known, and at this one again what was.
    rig.edit(Edit::SetCanvas { canvas: Canvas { width: 320, height: 180, fps: 30 } }).await;
    assert!(rig.state().await.probed.is_empty());
    rig.done(Command::Undo).await;
    assert_eq!(rig.state().await.probed, tried);

    let home = rig.close().await;
    let mut old: serde_json::Value = serde_json::from_slice(&std::fs::read(&kept).unwrap()).unwrap();
    for tried in old.as_object_mut().unwrap().values_mut().filter(|tried| tried.get("asked").is_some()) {
        tried["asked"] = serde_json::json!(0);
    }
    std::fs::write(&kept, old.to_string()).unwrap();
    let prober_of_home = prober(home.path());
    let rig = Rig::trying(home, prober_of_home);
    let studio = rig.state().await;
    assert!(studio.probed.is_empty() && studio.probed_is_old && advised(&studio, "encoder").is_none());
    assert_eq!(advised(&studio, "encoders").unwrap().1, Some(Remedy::TryEncoders));
    rig.done(Command::ProbeEncoders).await;
    let studio = rig.until("all are tried again", |studio| studio.probing.is_none()).await;
    assert_eq!((&studio.probed, studio.probed_is_old), (&tried, false));
    rig.close().await;
}
