//! The mixer's thread, and the doors to it.
//!
//! Nobody waits for anybody: a source puts buffers into a bounded queue, whoever changes something sends an order, and the
//! thread, which alone has the desk, looks at both before every block. Meters are handed over when nobody is just reading
//! them, with the next block otherwise.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;

use gstreamer as gst;
use klieg_studio_model::{Meters, Strip};
use parking_lot::Mutex;

use super::RATE;
use super::desk::Desk;
use super::level::LOUDEST;
use super::meter::Readings;
use super::pace::{LENGTH, Pace};
use crate::EngineError;
use crate::feed::Tap;
use crate::timebase::TimeBase;

/// Buffers that may wait before the mixer, for each source: more than a second of the shortest that sources send.
const WAITING: usize = 256;

/// Mixes as long as it is held.
pub(crate) struct Mixer {
    orders: Sender<Order>,
    thread: Option<JoinHandle<()>>,
    inlets: Mutex<HashMap<String, SoundInlet>>,
    readings: Arc<Mutex<Readings>>,
    mix: Tap,
    monitor: Tap,
}

enum Order {
    Open { source: String, queue: Receiver<gst::Buffer> },
    Close { source: String },
    Rename { from: String, to: String },
    Strip { source: String, settings: Strip },
    Scene { gains: HashMap<String, f64> },
    Change { gains: HashMap<String, f64>, at: gst::ClockTime, over: Duration },
    Stop,
}

/// Where the sound of a source goes in. It leads nowhere once its strip is closed.
#[derive(Clone, Debug)]
pub(crate) struct SoundInlet {
    queue: SyncSender<gst::Buffer>,
    /// Buffers that found the queue full.
    lost: Arc<AtomicU64>,
}

impl SoundInlet {
    /// Passes on interleaved float stereo at 48 kHz, stamped with the show's running time. Never waits: what the mixer
    /// has no room for is lost.
    pub(crate) fn push(&self, buffer: &gst::Buffer) {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(buffer.clone()) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// How loud sources are in the scene on air: a linear gain of each. Those not named are silent, for the creator too.
pub(crate) struct SceneSound(Sender<Order>);

impl SceneSound {
    /// The gains in the scene that is heard. They are reached within a block, or with the end of a change that leads to this scene.
    pub(crate) fn set(&self, gains: HashMap<String, f64>) {
        // Refused only if nothing is mixed any more.
        let _ = self.0.send(Order::Scene { gains });
    }

    /// Leads over to another scene, linearly from running time `at` on. What is told too late is over in time all the same.
    pub(crate) fn change(&self, gains: HashMap<String, f64>, at: gst::ClockTime, over: Duration) {
        let _ = self.0.send(Order::Change { gains, at, over });
    }
}

impl Mixer {
    /// Starts mixing, with the block of running time zero.
    pub(crate) fn start(time: &TimeBase) -> Result<Self, EngineError> {
        let (orders, ordered) = mpsc::channel();
        let (mix, monitor, readings) = (Tap::default(), Tap::default(), Arc::default());
        let worker = Worker {
            time: time.clone(),
            pace: Pace::default(),
            desk: Desk::new(),
            queues: BTreeMap::new(),
            samples: Vec::new(),
            mix: mix.clone(),
            monitor: monitor.clone(),
            readings: Arc::clone(&readings),
        };
        let thread = std::thread::Builder::new().name("mixer".to_owned()).spawn(move || worker.run(&ordered))?;
        Ok(Self { orders, thread: Some(thread), inlets: Mutex::default(), readings, mix, monitor })
    }

    /// The inlet of a source's strip, which is opened if there is none.
    pub(crate) fn open(&self, source: &str) -> SoundInlet {
        let mut inlets = self.inlets.lock();
        if let Some(inlet) = inlets.get(source) {
            return inlet.clone();
        }
        let (queue, waiting) = mpsc::sync_channel(WAITING);
        let inlet = SoundInlet { queue, lost: Arc::default() };
        inlets.insert(source.to_owned(), inlet.clone());
        self.order(Order::Open { source: source.to_owned(), queue: waiting });
        inlet
    }

    /// Fades a source out within one block. How its strip was set is remembered.
    pub(crate) fn close(&self, source: &str) {
        let mut inlets = self.inlets.lock();
        let Some(inlet) = inlets.remove(source) else { return };
        self.order(Order::Close { source: source.to_owned() });
        let lost = inlet.lost.load(Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(source, lost, "the mixer had no room for buffers of a source");
        }
    }

    /// Lets a source go on under another name, which nobody has. What it sends meanwhile is heard.
    pub(crate) fn rename(&self, from: &str, to: &str) {
        let mut inlets = self.inlets.lock();
        if let Some(inlet) = inlets.remove(from) {
            inlets.insert(to.to_owned(), inlet);
        }
        self.order(Order::Rename { from: from.to_owned(), to: to.to_owned() });
    }

    /// Sets a source's strip, now or for when it is opened.
    pub(crate) fn set_strip(&self, source: &str, strip: &Strip) {
        self.order(Order::Strip { source: source.to_owned(), settings: strip.clone() });
    }

    /// By which is said how loud sources are in the scene on air.
    pub(crate) fn scene(&self) -> SceneSound {
        SceneSound(self.orders.clone())
    }

    /// The mix: 10 ms in each buffer, without gaps for ever.
    pub(crate) fn mix(&self) -> &Tap {
        &self.mix
    }

    /// What the creator hears, in buffers like those of the mix.
    pub(crate) fn monitor(&self) -> &Tap {
        &self.monitor
    }

    /// What was heard since the last call; the last again if there is no block yet.
    pub(crate) fn meters(&self) -> Meters {
        self.readings.lock().take()
    }

    fn order(&self, order: Order) {
        // Refused only if the thread panicked, which has been printed.
        let _ = self.orders.send(order);
    }
}

impl Drop for Mixer {
    fn drop(&mut self) {
        self.order(Order::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed already.
            let _ = thread.join();
        }
    }
}

struct Worker {
    time: TimeBase,
    pace: Pace,
    desk: Desk,
    queues: BTreeMap<String, Receiver<gst::Buffer>>,
    /// The buffer at hand, as numbers.
    samples: Vec<f32>,
    mix: Tap,
    monitor: Tap,
    readings: Arc<Mutex<Readings>>,
}

impl Worker {
    fn run(mut self, orders: &Receiver<Order>) {
        loop {
            // Orders come before the block, also when that is due.
            match orders.recv_timeout(self.pace.wait(self.time.now().into())) {
                Ok(Order::Open { source, queue }) => {
                    self.desk.open(source.clone());
                    self.queues.insert(source, queue);
                }
                Ok(Order::Close { source }) => {
                    self.collect();
                    self.queues.remove(&source);
                    self.desk.close(&source);
                }
                Ok(Order::Rename { from, to }) => {
                    if let Some(queue) = self.queues.remove(&from) {
                        self.queues.insert(to.clone(), queue);
                    }
                    self.desk.rename(&from, &to);
                }
                Ok(Order::Strip { source, settings }) => self.desk.set_strip(source, settings),
                Ok(Order::Scene { gains }) => self.desk.set_scene(gains),
                Ok(Order::Change { gains, at, over }) => self.desk.change_scene(gains, frame(at), over),
                Err(RecvTimeoutError::Timeout) => self.block(),
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn block(&mut self) {
        self.collect();
        let pts = gst::ClockTime::try_from(self.pace.next()).unwrap_or_default();
        let (mix, monitor) = self.desk.mix();
        self.mix.give(&buffer(mix, pts));
        self.monitor.give(&buffer(monitor, pts));
        if let Some(mut readings) = self.readings.try_lock() {
            self.desk.report(&mut readings);
        }
        if let Some(held_up) = self.pace.mixed(self.time.now().into()) {
            tracing::warn!(blocks = held_up.blocks, "the mixer was held up for more than a second");
        }
    }

    /// Takes what the sources have sent.
    fn collect(&mut self) {
        for (source, queue) in &self.queues {
            for buffer in queue.try_iter() {
                let Some(pts) = buffer.pts() else { continue };
                let Ok(map) = buffer.map_readable() else { continue };
                self.samples.clear();
                self.samples.extend(map.as_chunks().0.iter().map(|&bytes| sound(f32::from_le_bytes(bytes))));
                self.desk.push(source, frame(pts), &self.samples);
            }
        }
    }
}

/// The frame of a running time.
fn frame(time: gst::ClockTime) -> i64 {
    let rate = RATE as u128;
    i64::try_from((u128::from(time.nseconds()) * rate + 500_000_000) / 1_000_000_000).unwrap_or(i64::MAX)
}

/// A sample, or silence if it is no number: filters would never forget it.
fn sound(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-LOUDEST, LOUDEST) }
}

fn buffer(samples: &[f32], pts: gst::ClockTime) -> gst::Buffer {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut buffer = gst::Buffer::from_mut_slice(bytes);
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(pts);
        buffer.set_duration(gst::ClockTime::try_from(LENGTH).ok());
    }
    buffer
}

#[cfg(test)]
mod tests {
    use rustfft::FftPlanner;
    use rustfft::num_complex::Complex;

    use super::*;
    use crate::sound::BLOCK;
    use crate::sound::signal::tone;

    const SECOND: gst::ClockTime = gst::ClockTime::SECOND;

    #[test]
    fn a_running_time_is_the_nearest_frame() {
        assert_eq!(frame(gst::ClockTime::ZERO), 0);
        assert_eq!(frame(gst::ClockTime::from_nseconds(20_833)), 1);
        assert_eq!(frame(SECOND * 3_600 * 24 * 365), 48_000 * 3_600 * 24 * 365);
        assert!(frame(gst::ClockTime::MAX) > 0);
    }

    #[test]
    fn what_is_no_sound_is_silence_or_at_least_not_endless() {
        assert_eq!(sound(f32::NAN).to_bits(), 0);
        assert!(sound(f32::INFINITY).is_finite());
    }

    /// Amplitude of each frequency in whole hertz.
    fn spectrum(samples: &[f32]) -> Vec<f32> {
        let mut bins: Vec<Complex<f32>> = samples.iter().map(|&sample| Complex::new(sample, 0.0)).collect();
        FftPlanner::new().plan_fft_forward(RATE).process(&mut bins);
        bins[..RATE / 2].iter().map(|bin| bin.norm() * 2.0 / RATE as f32).collect()
    }

    #[test]
    fn a_tone_goes_through_at_its_volume_and_blocks_follow_without_a_gap() {
        gst::init().unwrap();
        let time = TimeBase::start();
        let mixer = Mixer::start(&time).unwrap();
        let (sender, blocks) = mpsc::channel();
        let _taking = mixer.mix().add(move |buffer| drop(sender.send(buffer.clone())));
        mixer.set_strip("tone", &Strip { volume: 0.5, ..Strip::default() });
        mixer.scene().set(HashMap::from([("tone".to_owned(), 0.5)]));
        let inlet = mixer.open("tone");

        // All of it early enough to be there in time on a machine that is busy.
        let begin = time.now() + SECOND * 4;
        for (index, sound) in tone(440.0, 0.8, RATE).chunks(BLOCK * 2).enumerate() {
            inlet.push(&buffer(sound, begin + gst::ClockTime::from_mseconds(10) * index as u64));
        }
        let mut heard = Vec::new();
        for index in 0.. {
            let block: gst::Buffer = blocks.recv_timeout(Duration::from_secs(30)).unwrap();
            let pts = block.pts().unwrap();
            assert_eq!(block.duration(), Some(gst::ClockTime::from_mseconds(10)));
            if index == 0 {
                heard.resize(frame(pts) as usize, 0.0);
            }
            assert_eq!(frame(pts) as usize, heard.len());
            let map = block.map_readable().unwrap();
            let samples: Vec<f32> = map.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            assert_eq!(samples.len(), BLOCK * 2);
            heard.extend(samples.chunks(2).map(|frame| frame[0]));
            if pts > begin + SECOND {
                break;
            }
        }
        let start = frame(begin) as usize;
        let spectrum = spectrum(&heard[start..start + RATE]);
        assert!((spectrum[440] - 0.2).abs() < 0.001, "{}", spectrum[440]);
        let loudest_other = spectrum.iter().enumerate().filter(|(hertz, _)| *hertz != 440).map(|(_, &level)| level);
        assert!(loudest_other.fold(0.0, f32::max) < 0.001);

        let meters = mixer.meters();
        assert!((meters.strips["tone"].peak[0] + 1.94).abs() < 0.01, "{meters:?}");
        assert!((meters.mix.unwrap().peak[0] + 13.98).abs() < 0.01, "{meters:?}");
        mixer.close("tone");
        inlet.push(&buffer(&[0.0; 960], begin));
    }
}
