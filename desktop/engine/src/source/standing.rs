//! The frame at which a media file stands until it comes on air: shown again and again, for a scene holds a picture only for a moment.

use std::time::{Duration, Instant};

use gstreamer as gst;

use super::build::Built;
use crate::feed::Outlet;
use crate::timebase::TimeBase;

/// Shorter than a source's last picture stands in a scene.
const EVERY: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Standing {
    picture: Option<(gst::Caps, gst::Buffer)>,
    /// When it is shown next; at once if it never was.
    due: Option<Instant>,
}

impl Standing {
    /// Takes the frames at which a pipeline stands. Whether there are any.
    pub(super) fn take(&mut self, built: &Built) -> bool {
        let [picture, sound] = [&built.picture, &built.sound]
            .map(|sink| sink.as_ref().and_then(|sink| sink.try_pull_preroll(gst::ClockTime::ZERO)));
        self.due = None;
        self.picture = picture.as_ref().and_then(|sample| Some((sample.caps()?.to_owned(), sample.buffer_owned()?)));
        picture.is_some() || sound.is_some()
    }

    /// Shows the picture as of now, if that is due and there is one.
    pub(super) fn show(&mut self, outlet: &Outlet, time: &TimeBase) {
        let now = Instant::now();
        if self.due.is_some_and(|due| now < due) {
            return;
        }
        self.due = Some(now + EVERY);
        if let Some((caps, picture)) = &self.picture {
            // Only the time stamps are copied; the frame itself is shared.
            let mut picture = picture.clone();
            let stamped = picture.make_mut();
            stamped.set_pts(time.now());
            stamped.set_dts(gst::ClockTime::NONE);
            outlet.push(caps, &picture);
        }
    }
}
