//! AMF0 from a stranger: it never panics, and what was read is written so that it reads the same.

#![no_main]

use bytes::BytesMut;
use klieg_media::rtmp::amf0;
use libfuzzer_sys::fuzz_target;

fn written(values: &[amf0::Value]) -> BytesMut {
    let mut out = BytesMut::new();
    for value in values {
        amf0::write(&mut out, value);
    }
    out
}

fuzz_target!(|data: &[u8]| {
    if let Ok(values) = amf0::read_all(data) {
        let once = written(&values);
        // Compared as bytes, because a number may be NaN.
        let again = amf0::read_all(&once).expect("what was written reads back");
        assert_eq!(once, written(&again));
    }
});
