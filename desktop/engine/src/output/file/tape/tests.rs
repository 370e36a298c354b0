use gstreamer as gst;

use super::*;

/// A picture every 1/30 s with a keyframe every second, and sound every 1,024 samples, each behind the other as a real encoder
/// has it.
struct Show {
    tape: Tape,
    steps: Vec<Step>,
    frame: u64,
    block: u64,
    /// Blocks of sound that come later than the picture of their time.
    late: u64,
    keyframe: bool,
    /// Which encoder makes the pictures.
    run: u32,
}

fn frame_at(frame: u64) -> ClockTime {
    ClockTime::from_nseconds(frame * 1_000_000_000 / 30)
}

fn block_at(block: u64) -> ClockTime {
    ClockTime::from_nseconds(block * 1_024_000_000_000 / 48_000)
}

fn seconds(seconds: f64) -> ClockTime {
    ClockTime::from_nseconds((seconds * 1e9) as u64)
}

impl Show {
    fn new(split: Split, late: u64) -> Self {
        gst::init().unwrap();
        let tape = Tape::new(split, false);
        // Not at zero: the show runs for a while already.
        Self { tape, steps: Vec::new(), frame: 3_000, block: 4_680, late, keyframe: true, run: 0 }
    }

    fn packet(kind: Kind, pts: ClockTime, next: ClockTime, keyframe: bool) -> Packet {
        let mut buffer = gst::Buffer::with_size(if kind == Kind::Video { 4_000 } else { 300 }).unwrap();
        buffer.get_mut().unwrap().set_duration(next - pts);
        Packet { kind, buffer, caps: gst::Caps::new_empty_simple("x/x"), pts, keyframe, layer: 0, run: 0 }
    }

    fn now(&self) -> ClockTime {
        frame_at(self.frame)
    }

    /// Goes on until this moment of the show, 100 s of which are over when the recording begins.
    fn until(&mut self, second: f64) -> &mut Self {
        while self.now() < seconds(100.0 + second) {
            let (pts, next) = (self.now(), frame_at(self.frame + 1));
            // The encoder does what it is asked at the next frame.
            let keyframe = self.frame.is_multiple_of(30) || self.keyframe;
            let picture = Packet { run: self.run, ..Self::packet(Kind::Video, pts, next, keyframe) };
            self.tape.take(picture, &mut self.steps);
            self.keyframe = self.tape.wants_keyframe();
            self.frame += 1;
            while block_at(self.block + self.late) < self.now() {
                let (pts, next) = (block_at(self.block), block_at(self.block + 1));
                self.tape.take(Self::packet(Kind::Audio, pts, next, true), &mut self.steps);
                self.block += 1;
            }
        }
        self
    }

    /// What is written: one list of files, each with its pictures, its sound and its chapters.
    fn files(&mut self) -> Vec<Written> {
        self.tape.finish(&mut self.steps);
        let mut files: Vec<Written> = Vec::new();
        let mut ended = 0;
        for step in self.steps.drain(..) {
            match step {
                Step::Begin => files.push(Written::default()),
                Step::Write { packet, pts, before } => {
                    let place = files.len() - 1 - usize::from(before);
                    assert!(place >= ended, "a file that has ended is written to");
                    let file = &mut files[place];
                    let list = if packet.kind == Kind::Video { &mut file.pictures } else { &mut file.sound };
                    list.push((pts, packet.pts, packet.keyframe));
                }
                Step::End => ended += 1,
                Step::Mark { at, text } => files.last_mut().unwrap().chapters.push((at, text)),
            }
        }
        assert!(ended + 1 >= files.len(), "every file but the last has ended");
        files
    }
}

#[derive(Default)]
struct Written {
    /// Time in the file, time in the show, and whether it is a keyframe.
    pictures: Vec<(ClockTime, ClockTime, bool)>,
    sound: Vec<(ClockTime, ClockTime, bool)>,
    chapters: Vec<(ClockTime, String)>,
}

impl Written {
    /// Checks what every file must be like.
    fn check(&self) {
        assert!(self.pictures[0].2 && self.pictures[0].0.is_zero(), "it begins with a keyframe at zero");
        for pair in self.sound.windows(2) {
            let step = (pair[1].0 - pair[0].0).nseconds();
            assert!(step.abs_diff(21_333_333) < 1_000, "the sound goes on with the next sample: {step} ns");
        }
        for pair in self.pictures.windows(2) {
            let step = (pair[1].0 - pair[0].0).nseconds();
            assert!((33_333_000..33_334_000 + 21_334_000).contains(&step), "{step} ns");
        }
        // Picture and sound of one moment keep their distance: what is between them in the show is between them in the file.
        for (place, moment, _) in self.pictures.iter().skip(1) {
            if let Some(sound) = self.sound.iter().find(|s| s.1 <= *moment && s.1 + seconds(0.021_3) > *moment) {
                let (in_show, in_file) = ((*moment - sound.1).nseconds(), place.saturating_sub(sound.0).nseconds());
                assert!(in_show.abs_diff(in_file) < 1_000, "{in_show} {in_file}");
            }
        }
    }
}

#[test]
fn a_pause_leaves_no_gap_and_keeps_picture_and_sound_in_step() {
    for late in [0, 3, 9] {
        for (from, until) in [(2.0, 5.0), (2.011, 5.017), (2.52, 2.521), (3.33, 61.8)] {
            let mut show = Show::new(Split::default(), late);
            show.until(from);
            show.tape.pause(seconds(100.0 + from));
            show.until(until);
            show.tape.resume(show.now());
            show.until(until + 3.0);
            assert!(!show.tape.is_paused());
            let recorded = show.tape.recorded();
            let files = show.files();
            assert_eq!(files.len(), 1);
            files[0].check();
            let pictures = &files[0].pictures;
            let behind = pictures.iter().find(|picture| picture.1 >= seconds(100.0 + from)).unwrap();
            assert!(behind.2, "it goes on with a keyframe");
            assert!(
                !pictures.iter().any(|p| p.1 > seconds(100.0 + from) && p.1 + frame_at(1) < seconds(100.0 + until))
            );
            let end = pictures.last().unwrap().0 + frame_at(1);
            assert!(end.nseconds().abs_diff(recorded.nseconds()) < 1_000);
            // Of six seconds and a half at most half a second goes to the keyframe that had to come.
            let length = from + 3.0;
            assert!((length - 0.5..length + 0.1).contains(&(end.nseconds() as f64 / 1e9)), "{end}");
        }
    }
}

#[test]
fn many_pauses_do_not_drift() {
    let mut show = Show::new(Split::default(), 2);
    for second in 1..20 {
        show.until(f64::from(second) + 0.1);
        show.tape.pause(show.now());
        show.until(f64::from(second) + 0.6);
        show.tape.resume(show.now());
    }
    show.until(20.0);
    show.files()[0].check();
}

#[test]
fn nothing_is_lost_or_there_twice_when_a_recording_is_split() {
    for late in [0, 3, 9] {
        let mut show = Show::new(Split::default(), late);
        for second in [1.5, 3.25, 3.4, 7.0] {
            show.until(second);
            show.tape.split();
        }
        let files = show.until(9.0).files();
        assert_eq!(files.len(), 5);
        files.iter().for_each(Written::check);
        for pair in files.windows(2) {
            assert!(pair[1].sound[0].0 < seconds(0.000_001), "{:?}", pair[1].sound[0]);
        }
        let all = |list: fn(&Written) -> &Vec<(ClockTime, ClockTime, bool)>| -> Vec<ClockTime> {
            files.iter().flat_map(|file| list(file).iter().map(|packet| packet.1)).collect()
        };
        let pictures = all(|file| &file.pictures);
        let begun = 3_270 - pictures.len() as u64;
        assert!(begun < 3_010, "{begun}");
        assert_eq!(pictures, (begun..3_270).map(frame_at).collect::<Vec<_>>());
        let sound = all(|file| &file.sound);
        let first = sound[0];
        assert!(sound.is_sorted() && sound.windows(2).all(|pair| pair[1] - pair[0] < seconds(0.0214)));
        assert!(first <= pictures[0] && first + seconds(0.0214) > pictures[0]);
    }
}

#[test]
fn another_encoder_begins_another_file_and_the_sound_meanwhile_stays_in_the_one_before() {
    for (late, gap) in [(0, 0), (3, 12), (9, 120)] {
        let mut show = Show::new(Split::default(), late);
        show.until(2.0);
        show.tape.split();
        show.until(2.03);
        // No picture for a while, but sound, and then at once a keyframe of another encoder.
        show.frame += gap;
        (show.run, show.keyframe) = (1, true);
        let files = show.until(9.0).files();
        assert_eq!(files.len(), 3);
        for file in [&files[0], &files[2]] {
            file.check();
        }
        let begun = files[2].pictures[0].1;
        assert!(files[1].pictures.iter().all(|picture| picture.1 < begun));
        let sound = files.iter().flat_map(|file| file.sound.iter().map(|packet| packet.1)).collect::<Vec<_>>();
        assert!(sound.is_sorted());
        assert!(files[1].sound.iter().all(|sound| sound.1 < begun));
        assert!(files[2].pictures.len() > 60 && files[2].sound.len() > 90);
    }
}

#[test]
fn a_file_is_as_long_and_as_large_as_it_may_be() {
    let mut show = Show::new(Split { minutes: Some(1), megabytes: None }, 3);
    let files = show.until(200.0).files();
    let lengths: Vec<_> = files.iter().map(|file| file.pictures.len()).collect();
    assert!(lengths[..3].iter().all(|length| (1_800..1_810).contains(length)), "{lengths:?}");
    let mut show = Show::new(Split { minutes: None, megabytes: Some(20) }, 3);
    let files = show.until(400.0).files();
    assert!(files.len() > 2);
    for file in &files[..2] {
        let size = file.pictures.len() * 4_000 + file.sound.len() * 300;
        assert!((19_000_000..20_000_000).contains(&size), "{size}");
    }
}

#[test]
fn a_split_during_a_pause_is_done_behind_it() {
    let mut show = Show::new(Split::default(), 3);
    show.until(2.0);
    show.tape.pause(show.now());
    show.until(3.0);
    show.tape.split();
    show.until(4.0);
    show.tape.resume(show.now());
    let files = show.until(6.0).files();
    assert_eq!(files.len(), 2);
    files.iter().for_each(Written::check);
    assert!((50..=60).contains(&files[0].pictures.len()));
    assert!(files[1].pictures[0].1 >= seconds(104.0) && files[1].pictures.len() > 55);
}

#[test]
fn markers_are_where_their_moment_is_in_the_file() {
    let mut show = Show::new(Split::default(), 3);
    show.until(4.0);
    show.tape.mark(seconds(101.5), "asked late".to_owned());
    show.tape.pause(show.now());
    show.until(6.0);
    show.tape.mark(show.now(), "paused".to_owned());
    show.tape.resume(show.now());
    show.until(8.0);
    show.tape.mark(seconds(103.0), "before the pause".to_owned());
    show.tape.mark(seconds(107.0), "after it".to_owned());
    show.until(9.0);
    show.tape.mark(seconds(108.97), "in the first file".to_owned());
    show.tape.split();
    show.until(10.0);
    show.tape.mark(show.now(), "in the second".to_owned());
    let files = show.until(11.0).files();
    let chapters = |file: usize| -> Vec<(String, u64)> {
        files[file].chapters.iter().map(|(at, text)| (text.clone(), (at.mseconds() + 50) / 100)).collect()
    };
    let expected =
        [("asked late", 15), ("paused", 40), ("before the pause", 30), ("after it", 50), ("in the first file", 70)];
    assert_eq!(chapters(0), expected.map(|(text, at)| (text.to_owned(), at)));
    assert_eq!(chapters(1), [("in the second".to_owned(), 10)]);
}

#[test]
fn a_recording_that_begins_paused_begins_when_it_is_resumed() {
    let mut show = Show::new(Split::default(), 3);
    show.tape = Tape::new(Split::default(), true);
    show.until(2.0);
    assert!(show.tape.is_paused() && show.steps.is_empty());
    show.tape.resume(show.now());
    let files = show.until(4.0).files();
    files[0].check();
    assert!(files[0].pictures[0].1 >= seconds(102.0));
}
