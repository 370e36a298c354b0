//! The studio as the creator feels it: how far the preview is behind, what it costs, and the time from the click to being live.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use klieg_engine::{Jpeg, Options, Prober, Stage, View, clock};
use klieg_studio_model::{AudioSettings, Collection, Event, Output, OutputState, Show, VideoSettings};
use klieg_tests::server::Server;
use tokio::sync::watch::Receiver;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::{Figure, quantile, usage};

const SHOW: &str = "[canvas]\nwidth = 1280\nheight = 720\nfps = 30\n[overlays]\nclock = true\n\
    [[sources]]\nname = 'screen'\nkind = 'test'\npattern = 'smpte'\n\
    [[sources]]\nname = 'camera'\nkind = 'test'\npattern = 'ball'\n[[sources]]\nname = 'tone'\nkind = 'tone'\n\
    [[scene]]\nsource = 'screen'\n[[scene]]\nsource = 'camera'\nx = 40\ny = 80\nwidth = 320\nheight = 180\n[[scene]]\nsource = 'tone'\n";
/// Until the stage runs evenly.
const SETTLING: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(20);
/// Times that a show is begun.
const SHOWS: usize = 5;

pub async fn measure(seconds: u64) -> Result<Vec<Figure>> {
    // A show file has an output; the stage is given its own below.
    let text = format!("{SHOW}[[outputs]]\nkind = 'file'\npath = 'unused.mkv'\n");
    let show = Show::parse(&text, &[]).context("the show of this measurement")?;
    let collection = Collection::from(&show);
    let (events, happened) = channel();
    let options = Options {
        events: Arc::new(move |event| drop(events.send(event))),
        prober: Prober::default(),
        ..Options::default()
    };
    let mut stage = Stage::open(&collection, "main", options)?;
    tokio::time::sleep(SETTLING).await;

    let time = Duration::from_secs(seconds);
    let unwatched = share(time).await?;
    let mut pictures = stage.pictures(View::Programme);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let watched = share(time).await?;
    let mut behind = Vec::new();
    for _ in 0..seconds * 5 {
        pictures.mark_unchanged();
        behind.extend(age(&mut pictures).await?);
        tokio::time::sleep(Duration::from_millis(170)).await;
    }
    drop(pictures);

    let server = Server::start()?;
    let ada = server.person("ada").await?;
    let mut figures = vec![
        Figure::new(
            "studio preview behind the programme",
            format!("p50 {:.0} ms, p95 {:.0} ms", quantile(&mut behind, 0.5), quantile(&mut behind, 0.95)),
            "<= 120 ms",
        ),
        Figure::new("studio preview: CPU", format!("{:.0} % of a core", (watched - unwatched) * 100.0), "<= 15 %"),
    ];
    let key = server.stream_key(&ada).await?.key;
    for (kind, url) in [("whip", server.url("/whip")), ("rtmp", format!("rtmp://{}/live", server.rtmp))] {
        let mut waited = Vec::new();
        for number in 0..SHOWS {
            let name = format!("{kind}{number}");
            let output = Show::parse(
                &format!("{SHOW}[[outputs]]\nname = '{name}'\nkind = '{kind}'\nurl = '{url}'\nkey = '{key}'\n"),
                &[],
            )?;
            let output: &Output = output.outputs.first().context("no output")?;
            let started = Instant::now();
            stage.start_output(output, &VideoSettings::default(), &AudioSettings::default())?;
            loop {
                match happened.recv_timeout(PATIENCE)? {
                    Event::Output { name: of, state: OutputState::Live } if of == name => break,
                    Event::Output { name: of, state: OutputState::Failed { reason } } if of == name => bail!(reason),
                    _ => {}
                }
            }
            waited.push(started.elapsed().as_secs_f64() * 1_000.0);
            stage.stop_output(&name);
            server.until_offline("ada", Duration::from_secs(60)).await?;
        }
        let value = format!("p50 {:.0} ms, worst {:.0} ms", quantile(&mut waited, 0.5), quantile(&mut waited, 1.0));
        figures.push(Figure::new(format!("studio, from the click to live by {}", kind.to_uppercase()), value, ""));
    }
    Ok(figures)
}

/// The share of a core that this process takes.
async fn share(time: Duration) -> Result<f64> {
    let (cpu, started) = (usage::cpu_seconds(std::process::id())?, Instant::now());
    tokio::time::sleep(time).await;
    Ok((usage::cpu_seconds(std::process::id())? - cpu) / started.elapsed().as_secs_f64())
}

/// Milliseconds since the next picture was composed, by the clock in it. Nothing if its clock cannot be read.
async fn age(pictures: &mut Receiver<Jpeg>) -> Result<Option<f64>> {
    tokio::time::timeout(PATIENCE, pictures.changed()).await??;
    let seen = SystemTime::now();
    let picture = pictures.borrow().clone();
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(&picture[..]), options);
    let luma = decoder.decode().map_err(|error| anyhow::anyhow!("a picture that is no JPEG: {error:?}"))?;
    let width = decoder.dimensions().context("a picture without a size")?.0;
    let stamp = clock::read(&luma, width, width);
    Ok(stamp.map(|stamp| f64::from(clock::stamp(seen).wrapping_sub(stamp))))
}
