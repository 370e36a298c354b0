//! When a page has come, and why it does not.
//!
//! WebKit draws something of its own before the first of a page has arrived, and in place of a page that does not come. Neither
//! is the page.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;

use crate::EngineError;
use crate::element::said;

/// `WEBKIT_LOAD_COMMITTED`: the first of a page has arrived.
const COMMITTED: i32 = 2;

/// Whether a page has come. Clones tell of the same page.
#[derive(Clone, Default)]
pub(super) struct Arrival(Arc<State>);

#[derive(Default)]
struct State {
    has_come: AtomicBool,
    has_failed: AtomicBool,
}

impl Arrival {
    /// Watches the page of a pipeline that has not started.
    pub(super) fn watch(pipeline: &gst::Pipeline) -> Result<Self, EngineError> {
        let missing = |what: &str| EngineError::Pipeline(format!("a page has no {what}"));
        let arrival = Self::default();
        let failing = arrival.clone();
        // At once, in the thread that says it: what WebKit shows of a failure comes from there too, and later.
        pipeline.bus().ok_or_else(|| missing("bus"))?.set_sync_handler(move |_, message| {
            if message.type_() == gst::MessageType::Error {
                failing.0.has_failed.store(true, Ordering::Relaxed);
            }
            gst::BusSyncReply::Pass
        });
        let source = pipeline.iterate_all_by_element_factory_name("wpevideosrc").into_iter().find_map(Result::ok);
        let source = source.ok_or_else(|| missing("picture"))?;
        let (coming, owner) = (arrival.clone(), source.downgrade());
        source.connect("configure-web-view", false, move |arguments| {
            let view: glib::Object = arguments.get(1)?.get().ok()?;
            let coming = coming.clone();
            view.connect("load-changed", false, move |arguments| {
                let (_class, event) = glib::EnumValue::from_value(arguments.get(1)?)?;
                if event.value() == COMMITTED && !coming.0.has_failed.load(Ordering::Relaxed) {
                    coming.0.has_come.store(true, Ordering::Relaxed);
                }
                None
            });
            let owner = owner.clone();
            view.connect("web-process-terminated", false, move |_| {
                gst::element_error!(owner.upgrade()?, gst::ResourceError::Failed, ("WebKit has crashed"));
                None
            });
            None
        });
        Ok(arrival)
    }

    pub(super) fn has_come(&self) -> bool {
        self.0.has_come.load(Ordering::Relaxed)
    }
}

/// Why a page does not come, without its address, which may hold a key.
pub(super) fn why(error: &gst::message::Error) -> String {
    error.debug().and_then(|debug| reason(&debug)).unwrap_or_else(|| said(error))
}

/// What WebKit says in the words of `wpesrc`: `Failed to load ADDRESS (REASON)`, below where in its source that is.
fn reason(debug: &str) -> Option<String> {
    let (_, reason) = debug.lines().next_back()?.strip_prefix("Failed to load ")?.split_once(" (")?;
    Some(reason.strip_suffix(')').unwrap_or(reason).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_told_and_not_the_address() {
        let said = "../ext/wpe/WPEThreadedView.cpp(412): s_loadFailed (): /GstPipeline:pipeline0/GstWpeVideoSrc:page:\n\
                    Failed to load http://127.0.0.1:1/alerts?key=secret (Could not connect to 127.0.0.1: Connection refused)";
        assert_eq!(reason(said).as_deref(), Some("Could not connect to 127.0.0.1: Connection refused"));
        assert_eq!(reason("gstbasesrc.c(3132): loop (): /GstPipeline:pipeline0:\nstreaming stopped"), None);
        assert_eq!(reason(""), None);
    }
}
