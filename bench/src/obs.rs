//! The studio's engine beside OBS: the same two clips, one small in a corner of the other, encoded by x264 as `veryfast` and
//! recorded, by one after the other.
//!
//! OBS runs without its preview, since the engine has none, on a display of its own; only its own CPU is counted.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use klieg_tests::process::Process;
use klieg_tests::program;
use serde_json::{Value, json};

use crate::{Figure, usage};

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
/// kbit/s
const BITRATE: u32 = 4500;
/// Until either runs evenly.
const SETTLING: Duration = Duration::from_secs(8);
/// As OBS writes its version 29.0.2, so that it asks nothing at its start.
const VERSION: u32 = 29 << 24 | 2;

pub fn measure(seconds: u64) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let (screen, camera) = (folder.path().join("screen.mkv"), folder.path().join("camera.mkv"));
    clip(&screen, &format!("testsrc2=size={WIDTH}x{HEIGHT}:rate=30"))?;
    clip(&camera, "testsrc=size=480x270:rate=30")?;
    let ours = share(&mut engine(folder.path(), &screen, &camera)?, folder.path(), seconds)?;
    let (_display, mut obs) = obs(folder.path(), &screen, &camera)?;
    let theirs = share(&mut obs, folder.path(), seconds)?;
    let what = "studio 1080p30, two clips, x264 veryfast: CPU";
    let percent = |share: f64| format!("{:.0} % of a core", share * 100.0);
    Ok(vec![Figure::new(what, percent(ours), "OBS's"), Figure::new(format!("{what} of OBS"), percent(theirs), "")])
}

/// Ten seconds of picture and sound.
fn clip(path: &Path, picture: &str) -> Result<()> {
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=440:r=48000", "-t", "10"])
        .args(["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac"])
        .arg(path)
        .stdin(Stdio::null())
        .status()?;
    ensure!(made.success(), "ffmpeg did not make a clip");
    Ok(())
}

/// What a program uses of a core while it records. Fails if it records less than nearly every frame.
fn share(process: &mut Process, folder: &Path, seconds: u64) -> Result<f64> {
    std::thread::sleep(SETTLING);
    ensure!(process.is_running(), "it ended at its start");
    let (cpu, started) = (usage::cpu_seconds(process.id())?, Instant::now());
    std::thread::sleep(Duration::from_secs(seconds));
    let share = (usage::cpu_seconds(process.id())? - cpu) / started.elapsed().as_secs_f64();
    let _ = process.child().kill();
    process.wait(Duration::from_secs(10))?;
    let recording = recording(folder)?;
    let probed = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v", "-count_packets", "-show_entries"])
        .args(["stream=width,height,nb_read_packets", "-of", "csv=p=0"])
        .arg(&recording)
        .output()?;
    let probed = String::from_utf8_lossy(&probed.stdout).trim().to_owned();
    let frames = probed.strip_prefix(&format!("{WIDTH},{HEIGHT},")).and_then(|frames| frames.parse::<u64>().ok());
    // Half of the time before is the start's.
    let recorded = seconds + SETTLING.as_secs() / 2;
    ensure!(frames.is_some_and(|frames| frames >= recorded * 29), "recorded in at least {recorded} s: {probed}");
    fs::remove_file(recording)?;
    Ok(share)
}

/// The only recording there is.
fn recording(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder.join("recorded"))?;
    Ok(files.next().context("nothing was recorded")??.path())
}

fn engine(folder: &Path, screen: &Path, camera: &Path) -> Result<Process> {
    let recorded = folder.join("recorded");
    fs::create_dir_all(&recorded)?;
    let show = folder.join("show.toml");
    fs::write(
        &show,
        format!(
            "[canvas]\nwidth = {WIDTH}\nheight = {HEIGHT}\nfps = 30\n[video]\nbitrate = {BITRATE}\npreset = 'veryfast'\n\
             [[sources]]\nname = 'screen'\nkind = 'file'\npath = '{}'\n[[sources]]\nname = 'camera'\nkind = 'file'\npath = '{}'\n\
             [[scene]]\nsource = 'screen'\n[[scene]]\nsource = 'camera'\nx = 40\ny = 40\nwidth = 480\nheight = 270\n\
             [[outputs]]\nkind = 'file'\npath = '{}'\n",
            screen.display(),
            camera.display(),
            recorded.join("klieg.mkv").display()
        ),
    )?;
    let mut command = Command::new(program("klieg-engine")?);
    command.arg("run").arg(&show).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Process::start(&mut command)
}

/// OBS, recording, and the display that it draws on.
fn obs(folder: &Path, screen: &Path, camera: &Path) -> Result<(Process, Process)> {
    let missing = "OBS runs under Xvfb: apt-get install obs-studio xvfb";
    let config = folder.join("config/obs-studio");
    let profile = config.join("basic/profiles/bench");
    fs::create_dir_all(&profile)?;
    fs::create_dir_all(config.join("basic/scenes"))?;
    fs::write(
        config.join("global.ini"),
        format!(
            "[General]\nFirstRun=true\nLastVersion={VERSION}\nEnableAutoUpdates=false\n\
             [Basic]\nProfile=bench\nProfileDir=bench\nSceneCollection=bench\nSceneCollectionFile=bench\n\
             [BasicWindow]\nPreviewEnabled=false\nRecordWhenStreaming=false\n[OBSWebSocket]\nFirstLoad=false\nServerEnabled=false\n"
        ),
    )?;
    fs::write(
        profile.join("basic.ini"),
        format!(
            "[General]\nName=bench\n[Output]\nMode=Simple\n\
             [SimpleOutput]\nFilePath={}\nRecFormat=mkv\nRecQuality=Stream\nStreamEncoder=x264\nVBitrate={BITRATE}\n\
             UseAdvanced=true\nPreset=veryfast\n\
             [Video]\nBaseCX={WIDTH}\nBaseCY={HEIGHT}\nOutputCX={WIDTH}\nOutputCY={HEIGHT}\nFPSType=0\nFPSCommon=30\n\
             [Audio]\nSampleRate=48000\n",
            folder.join("recorded").display()
        ),
    )?;
    fs::write(config.join("basic/scenes/bench.json"), scene(screen, camera).to_string())?;
    let mut server = Command::new("Xvfb");
    server.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
    let mut display = Process::start(server.stdout(Stdio::piped()).stderr(Stdio::null())).context(missing)?;
    let mut number = String::new();
    BufReader::new(display.child().stdout.take().context("Xvfb names no display")?).read_line(&mut number)?;
    let mut command = Command::new("obs");
    command.args(["--multi", "--startrecording", "--profile", "bench", "--collection", "bench"]);
    command.env("HOME", folder).env("XDG_CONFIG_HOME", folder.join("config")).env("XDG_RUNTIME_DIR", folder);
    command
        .env("DISPLAY", format!(":{}", number.trim()))
        .env("QT_QPA_PLATFORM", "xcb")
        .env("LIBGL_ALWAYS_SOFTWARE", "1");
    let obs = Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()));
    Ok((display, obs.context(missing)?))
}

/// A scene collection as OBS keeps it.
fn scene(screen: &Path, camera: &Path) -> Value {
    let source = |name: &str, path: &Path| {
        let settings = json!({ "local_file": path, "is_local_file": true, "looping": true, "hw_decode": false });
        json!({ "id": "ffmpeg_source", "versioned_id": "ffmpeg_source", "name": name, "enabled": true, "settings": settings })
    };
    let item = |id: u32, name: &str, at: u32| json!({ "id": id, "name": name, "visible": true, "pos": { "x": at, "y": at }, "scale": { "x": 1, "y": 1 }, "align": 5 });
    let items = json!([item(1, "screen", 0), item(2, "camera", 40)]);
    json!({
        "name": "bench", "current_scene": "Scene", "current_program_scene": "Scene", "scene_order": [{ "name": "Scene" }],
        "sources": [
            source("screen", screen),
            source("camera", camera),
            { "id": "scene", "versioned_id": "scene", "name": "Scene", "settings": { "id_counter": 2, "items": items } },
        ],
    })
}
