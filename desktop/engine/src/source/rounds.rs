//! Each round of a file that is repeated begins where the one before has ended.
//!
//! A demultiplexer that is sent back without a flush lets time go on from where its last buffer began. Every round would be shorter
//! by one frame, at its end there would be more sound than time, and it would fall behind the picture.

use std::sync::Arc;

use gstreamer as gst;
use gstreamer::prelude::*;
use parking_lot::Mutex;

/// A round that ended further behind the next one's beginning is none that was played to its end, unless its streams have longer
/// buffers: a picture may stand for seconds.
const LONGEST_BUFFER: gst::ClockTime = gst::ClockTime::from_mseconds(100);

/// What the streams of a file have in common.
#[derive(Debug, Default)]
struct Rounds {
    /// Of the seek that the present round began with.
    seqnum: Option<gst::Seqnum>,
    /// By how much later than the demultiplexer says it is.
    shift: gst::ClockTime,
    /// Running time at which it ends.
    end: Option<gst::ClockTime>,
    /// How long the longest buffer is that has come.
    longest: gst::ClockTime,
}

impl Rounds {
    /// Running time at which a segment begins.
    fn begin(&mut self, seqnum: gst::Seqnum, segment: &gst::FormattedSegment<gst::ClockTime>) -> gst::ClockTime {
        let said = segment.base().unwrap_or_default();
        if self.seqnum != Some(seqnum) {
            self.seqnum = Some(seqnum);
            let ended = self.end.take();
            self.shift = if said.is_zero() {
                gst::ClockTime::ZERO
            } else {
                let more = ended.map(|ended| ended.saturating_sub(said + self.shift));
                let most = self.longest.max(LONGEST_BUFFER);
                self.shift + more.filter(|more| *more <= most).unwrap_or_default()
            };
        }
        let base = said + self.shift;
        let length = segment.stop().zip(segment.start()).map(|(stop, start)| stop.saturating_sub(start));
        self.end = self.end.max(length.map(|length| base + length));
        base
    }

    /// A buffer of this length has come.
    fn came(&mut self, length: gst::ClockTime) {
        self.longest = self.longest.max(length);
    }
}

/// Lets the rounds of all these streams of one file follow each other.
pub(super) fn join(streams: &[&gst::Pad]) {
    let rounds = Arc::new(Mutex::new(Rounds::default()));
    for stream in streams {
        let rounds = rounds.clone();
        let _ = stream.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM | gst::PadProbeType::BUFFER, move |_, info| {
            match &mut info.data {
                Some(gst::PadProbeData::Event(event)) => {
                    if let gst::EventView::Segment(said) = event.view()
                        && let Some(segment) = said.segment().downcast_ref::<gst::ClockTime>()
                    {
                        let base = rounds.lock().begin(event.seqnum(), segment);
                        let mut segment = segment.clone();
                        segment.set_base(base);
                        *event = gst::event::Segment::builder(&segment).seqnum(event.seqnum()).build();
                    }
                }
                Some(gst::PadProbeData::Buffer(buffer)) => {
                    rounds.lock().came(buffer.duration().unwrap_or_default());
                }
                _ => {}
            }
            gst::PadProbeReturn::Ok
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> gst::ClockTime {
        gst::ClockTime::from_mseconds(milliseconds)
    }

    fn segment(base: u64, start: u64, stop: u64) -> gst::FormattedSegment<gst::ClockTime> {
        let mut segment = gst::FormattedSegment::new();
        segment.set_base(ms(base));
        segment.set_start(ms(start));
        segment.set_stop(ms(stop));
        segment
    }

    #[test]
    fn a_round_begins_where_the_longest_stream_of_the_last_has_ended() {
        gst::init().unwrap();
        let mut rounds = Rounds::default();
        let mut begin = |seqnum, base, start, stop| rounds.begin(seqnum, &segment(base, start, stop));
        let seeks: Vec<_> = (0..6).map(|_| gst::Seqnum::next()).collect();
        // The picture is shorter than the sound.
        assert_eq!([begin(seeks[0], 0, 0, 1_980), begin(seeks[0], 0, 0, 2_000)], [ms(0); 2]);
        assert_eq!([begin(seeks[1], 1_968, 0, 1_980), begin(seeks[1], 1_968, 0, 2_000)], [ms(2_000); 2]);
        assert_eq!([begin(seeks[2], 3_936, 0, 2_000), begin(seeks[2], 3_936, 0, 1_980)], [ms(4_000); 2]);
        // A jump begins time anew, in the midst of the file.
        assert_eq!(begin(seeks[3], 0, 1_500, 2_000), ms(0));
        assert_eq!(begin(seeks[4], 468, 0, 2_000), ms(500));
        // This one was not played to its end.
        assert_eq!(begin(seeks[5], 1_000, 0, 2_000), ms(1_032));
    }

    #[test]
    fn a_picture_that_stands_longer_is_not_lost_with_its_round() {
        gst::init().unwrap();
        let mut rounds = Rounds::default();
        let seeks: Vec<_> = (0..3).map(|_| gst::Seqnum::next()).collect();
        assert_eq!(rounds.begin(seeks[0], &segment(0, 0, 2_000)), ms(0));
        for length in [20, 500, 20] {
            rounds.came(ms(length));
        }
        assert_eq!(rounds.begin(seeks[1], &segment(1_500, 0, 2_000)), ms(2_000));
        // The file says that it is longer than what is in it.
        assert_eq!(rounds.begin(seeks[2], &segment(2_500, 0, 2_000)), ms(3_000));
    }

    #[test]
    fn without_an_end_it_is_as_the_demultiplexer_says() {
        gst::init().unwrap();
        let mut rounds = Rounds::default();
        let mut open = segment(0, 0, 0);
        open.set_stop(gst::ClockTime::NONE);
        assert_eq!(rounds.begin(gst::Seqnum::next(), &open), ms(0));
        open.set_base(ms(968));
        assert_eq!(rounds.begin(gst::Seqnum::next(), &open), ms(968));
    }
}
