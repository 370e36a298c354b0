//! RTMP to a server that is not ours: nginx with its RTMP module, which records what it is sent.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use klieg_studio_model::{Event, OutputState};

use crate::support::decode::counted;
use crate::support::port::Port;
use crate::support::{BALL_AND_TONE, OnAir, wait_for};

/// An nginx in a folder of its own.
pub(crate) struct Nginx(Child);

impl Nginx {
    /// Starts it, and waits until it listens.
    pub(crate) fn start(folder: &Path, port: &Port) -> Self {
        let port = port.number;
        let recordings = folder.join("recordings");
        std::fs::create_dir_all(&recordings).unwrap();
        let configuration = format!(
            "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
            daemon off;
            master_process off;
            error_log {folder}/error.log warn;
            pid {folder}/nginx.pid;
            events {{}}
            rtmp {{
                server {{
                    listen 127.0.0.1:{port};
                    application live {{
                        live on;
                        record all;
                        record_path {recordings};
                        record_unique off;
                        record_suffix -%s.flv;
                    }}
                }}
            }}",
            folder = folder.display(),
            recordings = recordings.display(),
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration).unwrap();
        let mut nginx = Command::new("nginx");
        nginx.arg("-p").arg(folder).arg("-e").arg(folder.join("error.log")).arg("-c").arg(&file);
        let child = nginx.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let nginx = Self(child.expect("nginx (apt-get install libnginx-mod-rtmp)"));
        wait_for("nginx", || TcpStream::connect(("127.0.0.1", port)).ok());
        nginx
    }

    /// As a power cut ends it.
    fn kill(mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What an nginx in this folder has recorded, in order.
pub(crate) fn recordings(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder.join("recordings")).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// Waits until an nginx has recorded the last show: it writes through a buffer, and the end of the stream flushes it.
pub(crate) fn until_recorded(folder: &Path) {
    wait_for("the recording's end", || {
        let (pictures, samples) = counted(&recordings(folder).pop()?)?;
        (pictures >= 45 && samples >= 48_000).then_some(())
    });
}

/// A ball and a tone, sent to an address by RTMP.
pub(crate) fn show(url: &str, key: Option<&str>) -> String {
    let key = key.map(|key| format!("key = '{key}'")).unwrap_or_default();
    format!(
        "[canvas]
        width = 320
        height = 180
        [video]
        bitrate = 800
        {BALL_AND_TONE}
        [[outputs]]
        kind = 'rtmp'
        url = '{url}'
        {key}
        "
    )
}

#[test]
fn a_stream_is_named_by_the_address_where_there_is_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let port = Port::reserve();
    let _nginx = Nginx::start(folder.path(), &port);
    // The slash in what the server is to check is none of the path.
    let mut on_air = OnAir::start(&show(&format!("rtmp://127.0.0.1:{}/live/late-show?sign=a/b==", port.number), None));
    on_air.until_live("rtmp");
    on_air.frames("rtmp", 30.0);
    on_air.stop();
    let names = recordings(folder.path()).into_iter().map(|file| file.file_name().unwrap().to_owned());
    let names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(!names.is_empty() && names.iter().all(|name| name.starts_with("late-show-")), "{names:?}");
}

#[test]
fn nginx_records_what_it_is_sent_and_is_found_again_after_it_died() {
    let folder = tempfile::tempdir().unwrap();
    let port = Port::reserve();
    let nginx = Nginx::start(folder.path(), &port);
    let mut on_air = OnAir::start(&show(&format!("rtmp://127.0.0.1:{}/live", port.number), Some("sk-test")));
    on_air.until_live("rtmp");
    on_air.frames("rtmp", 60.0);
    nginx.kill();
    on_air.until("a lost connection", |event| {
        matches!(event, Event::Output { state: OutputState::Reconnecting { .. }, .. })
    });
    let _nginx = Nginx::start(folder.path(), &port);
    on_air.until_live("rtmp");
    on_air.frames("rtmp", 60.0);
    on_air.stop();
    until_recorded(folder.path());
}
