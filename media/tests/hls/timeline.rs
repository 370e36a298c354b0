//! Three minutes of show in a moment: the decode timeline has neither gap nor overlap.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use klieg_media::time::MediaTime;
use mp4_atom::{Atom, Header, Moof, ReadAtom, ReadFrom};

use crate::flv::{self, Clip};
use crate::show::Show;

/// Where a fragment begins and ends on the decode timeline and when its first sample is presented, in ticks.
fn span(fragment: &[u8]) -> (u64, u64, i64) {
    let mut reader = std::io::Cursor::new(fragment);
    let header = Header::read_from(&mut reader).unwrap();
    let moof = Moof::read_atom(&header, &mut reader).unwrap();
    let start = moof.traf[0].tfdt.as_ref().unwrap().base_media_decode_time;
    let samples = &moof.traf[0].trun[0].samples;
    let bytes: u64 = samples.iter().map(|sample| u64::from(sample.size.unwrap())).sum();
    let mdat = Header::read_from(&mut reader).unwrap();
    assert_eq!((mdat.kind, mdat.size), (mp4_atom::Mdat::KIND, Some(bytes as usize)));
    let shown = start as i64 + samples.iter().next().unwrap().cts.unwrap_or(0);
    (start, start + samples.iter().map(|sample| u64::from(sample.duration.unwrap())).sum::<u64>(), shown)
}

/// Plays `clip` for three minutes and collects every part as it appears.
async fn three_minutes(clip: &Clip) -> BTreeMap<(&'static str, u64, u64), (u64, u64, i64)> {
    let mut show = Show::begin().await;
    let mut parts = BTreeMap::new();
    for step in 0..90 {
        show.feed(clip, 2_000).await;
        if step < 6 {
            continue;
        }
        for rendition in ["source", "aac"] {
            for (msn, index, part) in show.playlist(rendition).await.parts() {
                let key = (rendition, msn, index as u64);
                if let Entry::Vacant(place) = parts.entry(key) {
                    place.insert(span(&show.file(&format!("{rendition}/{}", part.uri)).await));
                }
            }
        }
    }
    parts
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_13_three_minutes_have_no_gap_and_no_overlap() {
    for clip in [flv::plain(), flv::reordered(), flv::seldom()] {
        let parts = three_minutes(clip).await;
        let mut starts = BTreeMap::new();
        for rendition in ["source", "aac"] {
            let of: Vec<_> = parts.range((rendition, 0, 0)..=(rendition, u64::MAX, 0)).collect();
            assert!(of.len() > 550, "{rendition}: {} parts", of.len());
            for pair in of.windows(2) {
                assert_eq!(pair[0].1.1, pair[1].1.0, "{:?} meets {:?}", pair[0].0, pair[1].0);
            }
            let rate = if rendition == "aac" { 48_000 } else { 90_000 };
            for ((_, msn, _), (_, _, shown)) in of.into_iter().filter(|((_, _, index), _)| *index == 0) {
                starts.entry(*msn).or_insert_with(Vec::new).push(MediaTime::from_ticks(*shown, rate));
            }
        }
        for (msn, at) in starts.iter().filter(|(_, at)| at.len() == 2) {
            let apart = (at[0] - at[1]).millis().abs();
            assert!(apart < 50, "picture and sound of segment {msn} begin {apart} ms apart");
        }
        assert!(starts.len() > 35);
    }
}
