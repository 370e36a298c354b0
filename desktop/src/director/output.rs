//! What the engine is told about a destination and about a recording.

use std::path::{Path, PathBuf};

use gstreamer::glib::DateTime;
use klieg_studio_model::{
    Container, Destination, DestinationKind, FileOutput, Key, Output, RecordingSettings, Secret, ServerOutput,
};

/// Where a destination's show goes, with its key if it has one. Its output has the destination's `id` for a name.
pub(super) fn server(destination: &Destination, key: Option<&Secret>) -> Output {
    let url = match destination.kind {
        DestinationKind::Klieg => format!("{}/whip", destination.url),
        DestinationKind::Whip | DestinationKind::Rtmp => destination.url.clone(),
    };
    let server = ServerOutput {
        name: Some(destination.id.clone()),
        url,
        key: key.map(|key| Key::new(key.reveal())),
        key_env: None,
        key_file: None,
        layers: destination.layers,
        video: destination.video.clone(),
        audio: None,
    };
    match destination.kind {
        DestinationKind::Klieg | DestinationKind::Whip => Output::Whip(server),
        DestinationKind::Rtmp => Output::Rtmp(server),
    }
}

/// A recording that begins now. The engine puts a number to it if there is one of the same second.
pub(super) fn recording(folder: &Path, settings: &RecordingSettings) -> Output {
    let path = folder.join(format!("Klieg {}.{}", moment(), settings.container.ending()));
    let (name, split, video) = (Destination::RECORDING.to_owned(), settings.split, settings.video.clone());
    Output::File(FileOutput { name, path, split, video, audio: None })
}

/// Where a replay goes that is saved now.
pub(super) fn replay(folder: &Path, container: Container) -> PathBuf {
    folder.join(format!("Klieg replay {}.{}", moment(), container.ending()))
}

/// Now, for a file's name.
fn moment() -> String {
    let now = DateTime::now_local().and_then(|now| now.format("%Y-%m-%d %H-%M-%S"));
    now.map_or_else(|_| super::now().to_string(), |now| now.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(kind: DestinationKind, url: &str) -> Destination {
        Destination { id: "a".into(), name: "A".into(), kind, url: url.into(), enabled: true, layers: 1, video: None }
    }

    #[test]
    fn a_klieg_server_is_sent_to_by_whip() {
        let key = Secret::new("sk");
        let Output::Whip(whip) = server(&destination(DestinationKind::Klieg, "https://k.example"), Some(&key)) else {
            panic!()
        };
        assert_eq!(whip.url, "https://k.example/whip");
        assert_eq!(whip.key.unwrap().reveal(), "sk");
        let Output::Rtmp(rtmp) = server(&destination(DestinationKind::Rtmp, "rtmp://r.example/live"), None) else {
            panic!()
        };
        assert_eq!((rtmp.url.as_str(), rtmp.name.as_deref()), ("rtmp://r.example/live", Some("a")));
        assert!(rtmp.key.is_none());
    }

    #[test]
    fn a_recording_is_named_by_its_time() {
        let settings = RecordingSettings { container: Container::Mkv, ..RecordingSettings::default() };
        let Output::File(file) = recording(Path::new("/v"), &settings) else { panic!() };
        let name = file.path.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("Klieg 2"), "{name}");
        assert_eq!(file.path.extension(), Some("mkv".as_ref()));
        assert_eq!(name.len(), "Klieg 2026-11-27 15-30-12.mkv".len(), "{name}");
        assert_eq!(file.video, None, "it is encoded as the show");
    }
}
