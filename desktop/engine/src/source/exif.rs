//! How a photograph was held, as cameras write it into JPEG files: Exif's tag 0x0112. No decoder tells it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Exif stands at the beginning, in a segment of 64 KB at most; in bytes.
const HEAD: u64 = 256 << 10;
const ORIENTATION: u16 = 0x0112;
/// An entry's kind: a number of two bytes.
const SHORT: u16 = 3;

/// How the picture in a file has to be turned to stand upright, in `videoflip`'s words. None if the file does not say that, or is not
/// read.
pub(super) fn turn(path: &Path) -> Option<&'static str> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    match orientation(&head)? {
        2 => Some("horiz"),
        3 => Some("180"),
        4 => Some("vert"),
        5 => Some("ul-lr"),
        6 => Some("90r"),
        7 => Some("ur-ll"),
        8 => Some("90l"),
        _ => None,
    }
}

/// What the segment with Exif says, of those before the picture.
fn orientation(jpeg: &[u8]) -> Option<u16> {
    let mut rest = jpeg.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, marker, tail @ ..] = rest else { return None };
        match *marker {
            // A byte that fills.
            0xff => rest = rest.get(1..)?,
            // The picture begins, or the file ends.
            0xda | 0xd9 => return None,
            marker => {
                // It counts itself.
                let length: usize = u16::from_be_bytes(*tail.first_chunk()?).into();
                let tiff = tail.get(2..length)?.strip_prefix(b"Exif\0\0");
                if let Some(tiff) = tiff.filter(|_| marker == 0xe1) {
                    return tagged(tiff);
                }
                rest = tail.get(length..)?;
            }
        }
    }
}

/// What the first directory of a TIFF structure says.
fn tagged(tiff: &[u8]) -> Option<u16> {
    let is_big = match tiff.first_chunk::<4>()? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let short = |from: &[u8], at: usize| {
        let bytes = *from.get(at..)?.first_chunk()?;
        Some(if is_big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let start = *tiff.get(4..)?.first_chunk()?;
    let start = if is_big { u32::from_be_bytes(start) } else { u32::from_le_bytes(start) };
    let directory = tiff.get(usize::try_from(start).ok()?..)?;
    // Of tag, kind, count and value.
    let mut entries = directory.get(2..)?.chunks_exact(12).take(short(directory, 0)?.into());
    let entry = entries.find(|entry| short(entry, 0) == Some(ORIENTATION) && short(entry, 2) == Some(SHORT))?;
    short(entry, 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a JPEG: a segment of another kind, and one with this TIFF structure.
    fn jpeg(tiff: &[u8]) -> Vec<u8> {
        let length = u16::try_from(tiff.len() + 8).unwrap().to_be_bytes();
        [&b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xe1"[..], &length, b"Exif\0\0", tiff, b"\xff\xda\0\x02"].concat()
    }

    const BIG: &[u8] = b"MM\0*\0\0\0\x08\0\x02\x01\0\0\x03\0\0\0\x01\0\x07\0\0\x01\x12\0\x03\0\0\0\x01\0\x06\0\0";
    const LITTLE: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0";

    #[test]
    fn it_is_read_in_both_orders_of_bytes() {
        assert_eq!([BIG, LITTLE].map(|tiff| orientation(&jpeg(tiff))), [Some(6), Some(8)]);
    }

    #[test]
    fn what_is_cut_short_or_something_else_says_nothing() {
        for tiff in [BIG, LITTLE] {
            let whole = jpeg(tiff);
            let end = whole.len() - 4;
            assert!((0..end).all(|length| orientation(&whole[..length]).is_none()));
        }
        let no_length = b"\xff\xd8\xff\xe1\0\0Exif\0\0";
        let far_away = b"II*\0\xff\xff\xff\xff\x01\0\x12\x01";
        assert_eq!([orientation(no_length), orientation(&jpeg(far_away)), orientation(b"\x89PNG")], [None; 3]);
    }

    #[test]
    fn a_file_is_turned_as_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held.jpg");
        let mut turns = Vec::new();
        for said in 0..10 {
            let mut tiff = LITTLE.to_vec();
            tiff[18] = said;
            std::fs::write(&path, jpeg(&tiff)).unwrap();
            turns.push(turn(&path).unwrap_or("-"));
        }
        assert_eq!(turns, ["-", "-", "horiz", "180", "vert", "ul-lr", "90r", "ur-ll", "90l", "-"]);
        assert!(turn(folder.path()).is_none());
    }
}
