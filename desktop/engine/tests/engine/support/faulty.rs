//! An encoder that works until a test lets it die or hang, in the place of one that no computer has on which these tests run.

#![allow(unsafe_code, reason = "what GLib's macros make of a subclass is unsafe; nothing that is written here is")]

use std::sync::atomic::{AtomicU8, Ordering};

use gst::prelude::*;
use gstreamer as gst;
use parking_lot::{Mutex, MutexGuard};

/// Only Windows has it. `tries-encoders` says that it is fast.
pub(crate) const FAULTY: &str = "mfh264enc";

const SOUND: u8 = 0;
const DEAD: u8 = 1;
const HANGING: u8 = 2;

static FAULT: AtomicU8 = AtomicU8::new(SOUND);
static ALONE: Mutex<()> = Mutex::new(());

/// The encoder, which is one test's at a time, and sound again after it.
pub(crate) struct Faulty {
    fault: &'static AtomicU8,
    _alone: MutexGuard<'static, ()>,
}

impl Faulty {
    pub(crate) fn install() -> Self {
        let alone = ALONE.lock();
        gst::init().unwrap();
        gst::Element::register(None, FAULTY, gst::Rank::NONE, Encoder::static_type()).unwrap();
        Self { fault: &FAULT, _alone: alone }
    }

    /// What it encodes next is refused, as by a driver that has crashed.
    pub(crate) fn dies(&self) {
        self.fault.store(DEAD, Ordering::Relaxed);
    }

    /// What it encodes next never comes out, and it never comes back for more.
    pub(crate) fn hangs(&self) {
        self.fault.store(HANGING, Ordering::Relaxed);
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.fault.store(SOUND, Ordering::Relaxed);
    }
}

gst::glib::wrapper! {
    pub struct Encoder(ObjectSubclass<imp::Encoder>)
        @extends gst::Bin, gst::Element, gst::Object,
        @implements gst::ChildProxy;
}

mod imp {
    use std::sync::LazyLock;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use gstreamer::prelude::*;
    use gstreamer::subclass::ElementMetadata;
    use gstreamer::subclass::prelude::*;
    use gstreamer::{self as gst, glib};

    use super::{DEAD, FAULT, HANGING};

    /// x264 in other clothes.
    #[derive(Default)]
    pub struct Encoder;

    #[glib::object_subclass]
    impl ObjectSubclass for Encoder {
        const NAME: &'static str = "KliegFaultyEncoder";
        type Type = super::Encoder;
        type ParentType = gst::Bin;
    }

    impl ObjectImpl for Encoder {
        fn properties() -> &'static [glib::ParamSpec] {
            static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> =
                LazyLock::new(|| vec![glib::ParamSpecUInt::builder("bitrate").build()]);
            &PROPERTIES
        }

        fn set_property(&self, _: usize, value: &glib::Value, _: &glib::ParamSpec) {
            self.x264().set_property("bitrate", value.get::<u32>().unwrap());
        }

        fn property(&self, _: usize, _: &glib::ParamSpec) -> glib::Value {
            self.x264().property_value("bitrate")
        }

        fn constructed(&self) {
            self.parent_constructed();
            let x264 = gst::ElementFactory::make("x264enc").name("x264");
            let x264 = x264.property_from_str("tune", "zerolatency").property_from_str("speed-preset", "ultrafast");
            let x264 = x264.build().unwrap();
            self.obj().add(&x264).unwrap();
            for name in ["sink", "src"] {
                let inner = x264.static_pad(name).unwrap();
                let pad = gst::GhostPad::builder_with_target(&inner).unwrap().name(name).build();
                self.obj().add_pad(&pad).unwrap();
            }
            let out = x264.static_pad("src").unwrap();
            out.add_probe(gst::PadProbeType::BUFFER, |_, info| match FAULT.load(Ordering::Relaxed) {
                DEAD => {
                    drop(info.take_buffer());
                    info.flow_res = Err(gst::FlowError::Error);
                    gst::PadProbeReturn::Handled
                }
                HANGING => {
                    while FAULT.load(Ordering::Relaxed) == HANGING {
                        std::thread::sleep(Duration::from_millis(10));
                    }
                    gst::PadProbeReturn::Drop
                }
                _ => gst::PadProbeReturn::Ok,
            });
        }
    }

    impl GstObjectImpl for Encoder {}

    impl ElementImpl for Encoder {
        fn metadata() -> Option<&'static ElementMetadata> {
            static METADATA: LazyLock<ElementMetadata> = LazyLock::new(|| {
                ElementMetadata::new("Faulty encoder", "Codec/Encoder/Video", "Breaks when it is told to", "Klieg")
            });
            Some(&*METADATA)
        }

        /// A bin would not know that a keyframe is asked of its encoder.
        fn send_event(&self, event: gst::Event) -> bool {
            self.x264().send_event(event)
        }
    }

    impl BinImpl for Encoder {}

    impl Encoder {
        fn x264(&self) -> gst::Element {
            self.obj().by_name("x264").unwrap()
        }
    }
}
