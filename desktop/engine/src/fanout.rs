//! Encoded packets from one encoder to every output that shares it.
//!
//! Nothing here waits: an output whose queue is full loses frames up to the next keyframe, which are counted, and no other
//! output notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gstreamer as gst;
use parking_lot::Mutex;
use tokio::sync::mpsc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Video,
    Audio,
}

/// One access unit (video, Annex B) or one audio frame. No encoder of ours reorders, so decoding time is presentation time.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub kind: Kind,
    pub buffer: gst::Buffer,
    pub caps: gst::Caps,
    /// Running time of the show.
    pub pts: gst::ClockTime,
    pub keyframe: bool,
    /// Which simulcast layer of the picture: 0 is the canvas' size, each further one half of the size before.
    pub layer: usize,
    /// Which of the encoders that its encode has had, from 0: another one's parameter sets are others.
    pub run: u32,
}

/// Simulcast layers of an output at most.
pub(crate) const LAYERS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// The output is not connected; nothing is meant for it.
    Closed,
    /// It has just connected, and its picture begins with the next keyframe.
    Starting,
    /// The same, but it takes sound at once.
    Listening,
    Open,
    /// It lost a frame, and what depends on that frame is of no use to it.
    Dropping,
}

/// An output's end of the fan-out. Video and audio share one queue, in the order of their arrival.
#[derive(Debug)]
pub(crate) struct Inlet {
    queue: mpsc::Sender<Packet>,
    /// Of each layer. Sound goes with the first.
    gates: Mutex<[Gate; LAYERS]>,
    dropped: AtomicU64,
}

impl Inlet {
    /// An inlet, closed, and the queue behind it, of at most `capacity` packets.
    pub(crate) fn new(capacity: usize) -> (Arc<Self>, mpsc::Receiver<Packet>) {
        let (queue, receiver) = mpsc::channel(capacity);
        (Arc::new(Self { queue, gates: Mutex::new([Gate::Closed; LAYERS]), dropped: AtomicU64::new(0) }), receiver)
    }

    /// From now on packets are queued, beginning with the next keyframe.
    pub(crate) fn open(&self) {
        *self.gates.lock() = [Gate::Starting; LAYERS];
    }

    /// From now on sound is queued, and pictures beginning with the next keyframe.
    pub(crate) fn listen(&self) {
        *self.gates.lock() = [Gate::Listening; LAYERS];
    }

    /// From now on packets pass by uncounted.
    pub(crate) fn close(&self) {
        *self.gates.lock() = [Gate::Closed; LAYERS];
    }

    /// Video frames lost to a full queue, since the start.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Whether more than half of the queue is taken: the destination does not keep up.
    pub(crate) fn is_filling(&self) -> bool {
        self.queue.capacity() * 2 < self.queue.max_capacity()
    }

    fn offer(&self, packet: &Packet) {
        let mut gates = self.gates.lock();
        let Some(gate) = gates.get_mut(packet.layer) else { return };
        match (*gate, packet.kind) {
            (Gate::Closed, _) | (Gate::Starting, Kind::Audio) => return,
            (Gate::Starting | Gate::Listening, Kind::Video) if !packet.keyframe => return,
            (Gate::Dropping, Kind::Video) if !packet.keyframe => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                return;
            }
            _ => {}
        }
        match self.queue.try_send(packet.clone()) {
            Ok(()) if packet.kind == Kind::Video => *gate = Gate::Open,
            Err(mpsc::error::TrySendError::Full(_)) if packet.kind == Kind::Video => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                *gate = Gate::Dropping;
            }
            // A full queue costs a gap in the sound; a closed one belongs to an output that has ended.
            _ => {}
        }
    }
}

/// An encoder's end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fanout(Arc<Mutex<Vec<Arc<Inlet>>>>);

impl Fanout {
    pub(crate) fn add(&self, inlet: Arc<Inlet>) {
        self.0.lock().push(inlet);
    }

    pub(crate) fn remove(&self, inlet: &Arc<Inlet>) {
        self.0.lock().retain(|known| !Arc::ptr_eq(known, inlet));
    }

    pub(crate) fn publish(&self, packet: &Packet) {
        for inlet in self.0.lock().iter() {
            inlet.offer(packet);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(keyframe: bool) -> Packet {
        gst::init().unwrap();
        Packet {
            kind: Kind::Video,
            buffer: gst::Buffer::new(),
            caps: gst::Caps::new_empty_simple("video/x-h264"),
            pts: gst::ClockTime::ZERO,
            keyframe,
            layer: 0,
            run: 0,
        }
    }

    #[test]
    fn an_output_starts_with_a_keyframe_and_hears_nothing_before() {
        let fanout = Fanout::default();
        let (inlet, mut queue) = Inlet::new(8);
        fanout.add(inlet.clone());
        fanout.publish(&video(true));
        inlet.open();
        fanout.publish(&video(false));
        fanout.publish(&Packet { kind: Kind::Audio, ..video(true) });
        fanout.publish(&video(true));
        assert!(queue.try_recv().unwrap().keyframe);
        assert!(queue.try_recv().is_err());
        assert_eq!(inlet.dropped(), 0);
    }

    #[test]
    fn layers_start_each_with_a_keyframe_of_its_own() {
        let fanout = Fanout::default();
        let (inlet, mut queue) = Inlet::new(8);
        fanout.add(inlet.clone());
        inlet.open();
        let half = |keyframe| Packet { layer: 1, ..video(keyframe) };
        for packet in [half(false), video(true), half(false), half(true), half(false)] {
            fanout.publish(&packet);
        }
        let came: Vec<_> = std::iter::from_fn(|| queue.try_recv().ok()).map(|p| (p.layer, p.keyframe)).collect();
        assert_eq!(came, [(0, true), (1, true), (1, false)]);
    }

    #[test]
    fn a_full_queue_loses_frames_up_to_the_next_keyframe_and_counts_them() {
        let fanout = Fanout::default();
        let (slow, mut queue) = Inlet::new(2);
        let (quick, mut other) = Inlet::new(8);
        for inlet in [&slow, &quick] {
            inlet.open();
            fanout.add(inlet.clone());
        }
        for keyframe in [true, false, false, false] {
            fanout.publish(&video(keyframe));
        }
        queue.try_recv().unwrap();
        queue.try_recv().unwrap();
        fanout.publish(&video(false));
        assert!(queue.try_recv().is_err());
        fanout.publish(&video(true));
        assert!(queue.try_recv().unwrap().keyframe);
        assert_eq!(slow.dropped(), 3);
        assert_eq!(std::iter::from_fn(|| other.try_recv().ok()).count(), 6);
        assert_eq!(quick.dropped(), 0);
    }
}
