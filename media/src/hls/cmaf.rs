//! CMAF bytes: a track's init segment, and one `moof` + `mdat` per part (ISO/IEC 14496-12, 23000-19).
//!
//! Each part is written once into one contiguous buffer that all viewers share; a segment is its parts, one after
//! another.

use bytes::{BufMut, Bytes, BytesMut};
use mp4_atom::{
    Dinf, Dref, Encode, Ftyp, Hdlr, Mdhd, Mdia, Mfhd, Minf, Moof, Moov, Mvex, Mvhd, Smhd, Stbl, Stco, Stsd, Tfdt, Tfhd,
    Tkhd, Traf, Trak, Trex, Trun, TrunEntry, TrunSamples, Url, Vmhd,
};

use super::format;
use crate::codec::{Kind, TrackConfig};

/// ISO/IEC 14496-12, 8.8.3.1: depends on nothing / on others, and then no sync sample.
const SYNC: u32 = 0x0200_0000;
const NON_SYNC: u32 = 0x0101_0000;

/// One sample of a part.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    /// In ticks of the track's clock.
    pub(super) duration: u32,
    /// Presentation time minus decode time, in ticks.
    pub(super) composition: i32,
    pub(super) sync: bool,
    pub(super) payload: Bytes,
}

/// The init segment of a track. `None` for a codec that is not offered.
pub(super) fn init(config: &TrackConfig) -> Option<Bytes> {
    let (kind, entry) = (config.kind(), format::sample_entry(config)?);
    let (width, height) = config.video().map_or((0, 0), |video| (video.width as u16, video.height as u16));
    let sound = kind == Kind::Audio;
    let minf = Minf {
        vmhd: (!sound).then(Vmhd::default),
        smhd: sound.then(Smhd::default),
        dinf: Dinf { dref: Dref { entries: vec![Url::default().into()] } },
        stbl: Stbl { stsd: Stsd { codecs: vec![entry] }, stco: Some(Stco::default()), ..Stbl::default() },
        ..Minf::default()
    };
    let handler = if sound { b"soun" } else { b"vide" };
    let mdia = Mdia {
        mdhd: Mdhd { timescale: format::timescale(config), language: "und".into(), ..Mdhd::default() },
        hdlr: Hdlr { handler: handler.into(), name: "Klieg".into() },
        minf,
    };
    let tkhd = Tkhd {
        track_id: 1,
        enabled: true,
        in_movie: true,
        volume: u8::from(sound).into(),
        width: width.into(),
        height: height.into(),
        ..Tkhd::default()
    };
    let trex = Trex { track_id: 1, default_sample_description_index: 1, ..Trex::default() };
    let moov = Moov {
        mvhd: Mvhd { rate: 1.into(), volume: 1.into(), next_track_id: 2, ..Mvhd::default() },
        mvex: Some(Mvex { mehd: None, trex: vec![trex] }),
        trak: vec![Trak { tkhd, mdia, ..Trak::default() }],
        ..Moov::default()
    };
    let ftyp = Ftyp {
        major_brand: b"iso6".into(),
        minor_version: 0,
        compatible_brands: vec![b"iso6".into(), b"cmfc".into(), b"mp41".into()],
    };
    let mut out = BytesMut::new();
    ftyp.encode(&mut out).ok()?;
    moov.encode(&mut out).ok()?;
    Some(out.freeze())
}

/// One part: a movie fragment whose first sample is decoded at `decode_time` ticks. `None` if it cannot be written.
pub(super) fn fragment(kind: Kind, sequence: u32, decode_time: u64, samples: &[Sample]) -> Option<Bytes> {
    let sound = format::all_independent(kind);
    let entries = samples
        .iter()
        .map(|sample| TrunEntry {
            duration: Some(sample.duration),
            size: Some(sample.payload.len() as u32),
            flags: (!sound).then_some(if sample.sync { SYNC } else { NON_SYNC }),
            cts: (!sound).then_some(i64::from(sample.composition)),
        })
        .collect();
    let tfhd = Tfhd {
        track_id: 1,
        default_base_is_moof: true,
        default_sample_flags: sound.then_some(SYNC),
        ..Tfhd::default()
    };
    let mut moof = Moof {
        mfhd: Mfhd { sequence_number: sequence },
        traf: vec![Traf {
            tfhd,
            tfdt: Some(Tfdt { base_media_decode_time: decode_time }),
            trun: vec![Trun { data_offset: Some(0), samples: TrunSamples::Explicit(entries) }],
            ..Traf::default()
        }],
    };
    let mut head = BytesMut::with_capacity(128 + samples.len() * 16);
    moof.encode(&mut head).ok()?;
    let data_offset = i32::try_from(head.len() + 8).ok()?;
    if let Some(trun) = moof.traf.first_mut().and_then(|traf| traf.trun.first_mut()) {
        trun.data_offset = Some(data_offset);
    }
    let payload: usize = samples.iter().map(|sample| sample.payload.len()).sum();
    let mut out = BytesMut::with_capacity(head.len() + 8 + payload);
    moof.encode(&mut out).ok()?;
    out.put_u32(u32::try_from(payload + 8).ok()?);
    out.put_slice(b"mdat");
    for sample in samples {
        out.put_slice(&sample.payload);
    }
    Some(out.freeze())
}
