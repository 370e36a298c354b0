//! One broadcast's transcoding from its start to its end: feeds the process, publishes what it makes, restarts it.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Buf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::output::Output;
use super::plan::{self, LINGER, Wanted};
use super::process::Process;
use super::wire::{CodedFrame, Decoder, Message, VERSION};
use crate::rendition::{Origin, Received, Rendition, Subscription};
use crate::stream::Stream;

/// Between two looks at what the broadcast needs.
const TICK: Duration = Duration::from_millis(50);
/// Messages on their way into the socket. When it is full the feeders wait, and their subscriptions lose frames.
const QUEUE: usize = 32;
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// A process that lasted this long was well: the next failure is a first one.
const WELL: Duration = Duration::from_secs(10);
/// A process that takes this many frames of a track, for this long, and neither makes anything of them nor reports that
/// it keeps up, hangs.
const HANGS: (u64, Duration) = (150, Duration::from_secs(5));

/// Runs until the broadcast is over.
pub(super) async fn run(program: PathBuf, stream: Arc<Stream>, shutdown: CancellationToken) {
    let mut broadcast = Broadcast { stream: stream.clone(), outputs: HashMap::new(), impossible: HashSet::new() };
    tokio::select! {
        () = stream.ended() => {}
        () = shutdown.cancelled() => {}
        () = broadcast.keep_running(&program) => {}
    }
}

struct Broadcast {
    stream: Arc<Stream>,
    outputs: HashMap<&'static str, Output>,
    /// What the transcoder said it cannot make here.
    impossible: HashSet<&'static str>,
}

impl Broadcast {
    async fn keep_running(&mut self, program: &Path) {
        let mut back_off = BACK_OFF.0;
        loop {
            while self.look().is_empty() {
                tokio::time::sleep(TICK).await;
            }
            let started = Instant::now();
            let failure = match self.run_once(program).await {
                Ok(never) => match never {},
                Err(failure) => failure,
            };
            if started.elapsed() > WELL {
                back_off = BACK_OFF.0;
            }
            metrics::counter!("klieg_transcoder_restarts_total").increment(1);
            warn!(broadcast = %self.stream.id, %failure, restart_in_ms = back_off.as_millis() as u64, "transcoder failed");
            tokio::time::sleep(back_off).await;
            back_off = (back_off * 2).min(BACK_OFF.1);
        }
    }

    /// What is to be made as things stand; what was made and is not wanted any more is closed.
    fn look(&self) -> Vec<Wanted> {
        let ours = |rendition: &Rendition| self.outputs.get(rendition.name()).is_some_and(Output::is_newest);
        let mut wanted = plan::wanted(&self.stream, ours);
        wanted.retain(|wanted| !self.impossible.contains(wanted.name));
        self.stream.close_renditions(|rendition| {
            let made = rendition.origin() != Origin::Source && self.outputs.contains_key(rendition.name());
            made && !wanted.iter().any(|wanted| wanted.name == rendition.name())
        });
        wanted
    }

    /// One life of the process; only ever fails. When this future is dropped, the socket closes and the process ends.
    async fn run_once(&mut self, program: &Path) -> Result<std::convert::Infallible, Failure> {
        let (process, socket) = Process::start(program, self.stream.id).map_err(Failure::Start)?;
        let mut farewell = Farewell(Some(process));
        let (mut reader, writer) = socket.into_split();
        let (orders, queue) = mpsc::channel(QUEUE);
        let mut tasks = JoinSet::new();
        tasks.spawn(write(writer, queue));
        let mut session = Session { broadcast: self, orders, tasks, jobs: Vec::new(), next_number: 0, ready: false };
        session.order(Message::Hello { version: VERSION }).await?;

        let mut decoder = Decoder::default();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let failure = loop {
            tokio::select! {
                read = reader.read_buf(decoder.buffer()) => {
                    match read {
                        Ok(0) => break Failure::Ended(farewell.status().await),
                        Ok(_) => {}
                        Err(error) => break Failure::Socket(error),
                    }
                    if let Err(failure) = session.take(&mut decoder) {
                        break failure;
                    }
                }
                _ = tick.tick() => if let Err(failure) = session.look().await {
                    break failure;
                },
            }
        };
        Err(failure)
    }
}

/// Why a process is given up.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("it cannot be started: {0}")]
    Start(io::Error),
    #[error("its socket failed: {0}")]
    Socket(io::Error),
    #[error("it ended ({0})")]
    Ended(String),
    #[error("it does not speak our language: {0}")]
    Wire(#[from] super::wire::WireError),
    #[error("it is of another version of Klieg")]
    Version,
    #[error("{0} hangs")]
    Hangs(&'static str),
}

/// Ends the process in good order when dropped.
struct Farewell(Option<Process>);

impl Farewell {
    async fn status(&mut self) -> String {
        match &mut self.0 {
            Some(process) => match tokio::time::timeout(Duration::from_secs(1), process.ended()).await {
                Ok(status) => status,
                Err(_) => "it closed its socket".to_owned(),
            },
            None => String::new(),
        }
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        if let Some(process) = self.0.take() {
            tokio::spawn(process.end());
        }
    }
}

/// What one life of the process knows.
struct Session<'a> {
    broadcast: &'a mut Broadcast,
    orders: mpsc::Sender<Message>,
    /// The writer and the feeders; they end with the session.
    tasks: JoinSet<()>,
    jobs: Vec<Job>,
    next_number: u16,
    /// The process has said hello.
    ready: bool,
}

/// A rendition in the making.
struct Job {
    /// Both the track's and the rendition's on the wire.
    number: u16,
    wanted: Wanted,
    keyframes: watch::Receiver<u64>,
    feeder: tokio::task::AbortHandle,
    /// Frames handed to the process since it last showed that it works.
    unanswered: Arc<AtomicU64>,
    answered: Instant,
    dropped: u64,
}

impl Job {
    fn works(&mut self) {
        self.unanswered.store(0, Ordering::Relaxed);
        self.answered = Instant::now();
    }
}

impl Session<'_> {
    async fn order(&self, message: Message) -> Result<(), Failure> {
        self.orders.send(message).await.map_err(|_| Failure::Socket(io::ErrorKind::BrokenPipe.into()))
    }

    /// Starts what is needed and not being made, stops what is no longer needed.
    async fn look(&mut self) -> Result<(), Failure> {
        if !self.ready {
            return Ok(());
        }
        let wanted = self.broadcast.look();
        let mut index = 0;
        while let Some(job) = self.jobs.get(index) {
            let same = |other: &Wanted| other.name == job.wanted.name && Arc::ptr_eq(&other.source, &job.wanted.source);
            let needed = wanted.iter().any(same) && self.broadcast.is_used(&job.wanted);
            if needed {
                index += 1;
            } else {
                let job = self.jobs.swap_remove(index);
                self.stop(&job).await?;
            }
        }
        for wanted in wanted {
            self.broadcast.open(&wanted);
            if !self.jobs.iter().any(|job| job.wanted.name == wanted.name) && self.broadcast.is_used(&wanted) {
                self.start(wanted).await?;
            }
        }
        for job in &mut self.jobs {
            if job.keyframes.has_changed().unwrap_or(false) {
                job.keyframes.mark_unchanged();
                let message = Message::Keyframe { rendition: job.number };
                self.orders.send(message).await.map_err(|_| Failure::Socket(io::ErrorKind::BrokenPipe.into()))?;
            }
            if job.unanswered.load(Ordering::Relaxed) > HANGS.0 && job.answered.elapsed() > HANGS.1 {
                return Err(Failure::Hangs(job.wanted.name));
            }
        }
        Ok(())
    }

    async fn start(&mut self, wanted: Wanted) -> Result<(), Failure> {
        let number = self.next_number;
        self.next_number = self.next_number.wrapping_add(1);
        let Some(output) = self.broadcast.outputs.get(wanted.name) else { return Ok(()) };
        let mut keyframes = output.rendition.keyframe_requests();
        keyframes.mark_unchanged();
        let target = wanted.make.target(&wanted.source);
        info!(broadcast = %self.broadcast.stream.id, from = wanted.source.name(), to = wanted.name, "transcoding");
        self.order(Message::Start { rendition: number, track: number, target }).await?;
        let unanswered = Arc::new(AtomicU64::new(0));
        let feeder = self.tasks.spawn(feed(wanted.source.subscribe(), number, self.orders.clone(), unanswered.clone()));
        let answered = Instant::now();
        self.jobs.push(Job { number, wanted, keyframes, feeder, unanswered, answered, dropped: 0 });
        Ok(())
    }

    async fn stop(&mut self, job: &Job) -> Result<(), Failure> {
        job.feeder.abort();
        if let Some(output) = self.broadcast.outputs.get(job.wanted.name)
            && job.wanted.make.on_demand()
        {
            output.rendition.forget_backlog();
        }
        info!(broadcast = %self.broadcast.stream.id, to = job.wanted.name, "transcoding no more");
        self.order(Message::Stop { rendition: job.number }).await
    }

    /// Takes what the process has sent so far.
    fn take(&mut self, decoder: &mut Decoder) -> Result<(), Failure> {
        while let Some(message) = decoder.next()? {
            match message {
                Message::Hello { version: VERSION } => self.ready = true,
                Message::Hello { .. } => return Err(Failure::Version),
                Message::Config { track, config } => {
                    if let Some((_, output)) = self.job(track) {
                        output.configure(config);
                    }
                }
                Message::Frame { track, frame } => self.publish(track, frame),
                Message::Stats { rendition, stats } => {
                    if let Some((job, _)) = self.job(rendition) {
                        let more = stats.dropped.saturating_sub(job.dropped);
                        job.dropped = stats.dropped;
                        if more == 0 {
                            job.works();
                        }
                        metrics::counter!("klieg_transcoder_dropped_frames_total").increment(more);
                    }
                }
                Message::Failed { rendition, reason } => {
                    if let Some(index) = self.jobs.iter().position(|job| job.number == rendition) {
                        let job = self.jobs.swap_remove(index);
                        job.feeder.abort();
                        warn!(broadcast = %self.broadcast.stream.id, rendition = job.wanted.name, %reason, "cannot be made here");
                        self.broadcast.impossible.insert(job.wanted.name);
                    }
                }
                Message::Start { .. } | Message::Stop { .. } | Message::Keyframe { .. } | Message::Bye => {
                    debug!(broadcast = %self.broadcast.stream.id, ?message, "not a message for the server");
                }
            }
        }
        Ok(())
    }

    fn publish(&mut self, number: u16, frame: CodedFrame) {
        if let Some((job, output)) = self.job(number) {
            job.works();
            output.publish(frame);
        }
    }

    /// The job of this number and what it makes; `None` if it was stopped meanwhile.
    fn job(&mut self, number: u16) -> Option<(&mut Job, &mut Output)> {
        let job = self.jobs.iter_mut().find(|job| job.number == number)?;
        let output = self.broadcast.outputs.get_mut(job.wanted.name)?;
        Some((job, output))
    }
}

impl Broadcast {
    /// Makes the rendition known, so that viewers find it.
    fn open(&mut self, wanted: &Wanted) {
        let rendition = self.stream.open_rendition(wanted.name, wanted.make.kind(), wanted.make.origin());
        self.outputs.entry(wanted.name).or_insert_with(|| Output::new(rendition, wanted.make));
    }

    /// Whether anybody has use for it now, or had a moment ago.
    fn is_used(&mut self, wanted: &Wanted) -> bool {
        self.outputs.get_mut(wanted.name).is_some_and(|output| output.is_used(Instant::now(), LINGER))
    }
}

async fn write(mut socket: OwnedWriteHalf, mut queue: mpsc::Receiver<Message>) {
    while let Some(message) = queue.recv().await {
        let (head, payload) = message.encode();
        if socket.write_all_buf(&mut head.chain(payload)).await.is_err() {
            return;
        }
    }
}

/// Hands a rendition's frames to the writer. Ends with the rendition or the writer.
async fn feed(mut source: Subscription, track: u16, orders: mpsc::Sender<Message>, unanswered: Arc<AtomicU64>) {
    let mut known = None;
    while let Some(received) = source.next().await {
        let frame = match received {
            Received::Frame(frame) => frame,
            Received::Skipped(count) => {
                metrics::counter!("klieg_transcoder_skipped_frames_total").increment(count);
                continue;
            }
        };
        if known.as_ref() != Some(&frame.config) {
            let config = Message::Config { track, config: frame.config.as_ref().clone() };
            if orders.send(config).await.is_err() {
                return;
            }
            known = Some(frame.config.clone());
        }
        let coded = CodedFrame {
            pts: frame.pts,
            dts: frame.dts,
            captured: frame.captured,
            keyframe: frame.keyframe,
            epoch: frame.epoch,
            payload: frame.payload.clone(),
        };
        if orders.send(Message::Frame { track, frame: coded }).await.is_err() {
            return;
        }
        unanswered.fetch_add(1, Ordering::Relaxed);
    }
}
