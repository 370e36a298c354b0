//! Real encoders: ffmpeg by RTMP, Klieg's engine by WHIP and RTMP.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::process::Process;
use crate::program;

/// What ffmpeg sends: a moving picture that flashes white and a tone that beeps, both for the first tenth of every second.
#[derive(Clone, Debug)]
pub struct Ffmpeg {
    pub size: &'static str,
    pub rate: u32,
    pub b_frames: u32,
    pub sound: bool,
}

impl Default for Ffmpeg {
    fn default() -> Self {
        Self { size: "640x360", rate: 30, b_frames: 0, sound: true }
    }
}

impl Ffmpeg {
    /// Publishes to `rtmp://{address}/live/{key}` until it is stopped; ffmpeg's words go to `log`.
    pub fn publish(&self, address: &str, key: &str, log: &Path) -> Result<Process> {
        let Self { size, rate, b_frames, sound } = self;
        let picture = format!(
            "testsrc2=size={size}:rate={rate},drawbox=x=0:y=0:w=iw:h=ih:color=white:t=fill:enable='lt(mod(t,1),0.1)'"
        );
        let tone =
            "aevalsrc='if(lt(mod(t,1),0.1),0.5*sin(880*2*PI*t),0)|if(lt(mod(t,1),0.1),0.5*sin(880*2*PI*t),0)':s=44100";
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-loglevel", "warning", "-re", "-f", "lavfi", "-i", &picture]);
        if *sound {
            command.args(["-re", "-f", "lavfi", "-i", tone, "-c:a", "aac", "-b:a", "128k"]);
        }
        command.args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-b:v", "1200k"]);
        command.args(["-g", &rate.to_string(), "-bf", &b_frames.to_string()]);
        command.args(["-f", "flv", &format!("rtmp://{address}/live/{key}")]);
        Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(log)?))
    }
}

/// Runs a show file in Klieg's engine until it is stopped; its words go to `log`.
pub fn engine(show: &Path, environment: &[(&str, &str)], log: &Path) -> Result<Process> {
    let mut command = Command::new(program("klieg-engine")?);
    command.arg("run").arg(show).envs(environment.iter().copied());
    Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(log)?))
}
