//! How a photograph was held, as cameras write it beside the picture (Exif, tag 0x0112). GStreamer's decoder of JPEG does not tell it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use exif::{In, Reader, Tag};

/// How the picture in a file has to be turned to stand upright, in `videoflip`'s words. None if the file does not say that, or is not
/// read.
pub(super) fn turn(path: &Path) -> Option<&'static str> {
    let said = Reader::new().read_from_container(&mut BufReader::new(File::open(path).ok()?)).ok()?;
    match said.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)? {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF structure whose one entry says how the picture lies.
    fn tiff(orientation: u8) -> Vec<u8> {
        [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[orientation, 0, 0, 0, 0, 0, 0, 0][..]].concat()
    }

    /// The beginning of a JPEG that has it.
    fn jpeg(orientation: u8) -> Vec<u8> {
        let tiff = tiff(orientation);
        let length = u16::try_from(tiff.len() + 8).unwrap().to_be_bytes();
        [&b"\xff\xd8\xff\xe1"[..], &length, b"Exif\0\0", &tiff, b"\xff\xda\0\x02"].concat()
    }

    #[test]
    fn other_formats_say_it_as_well() {
        let tiff = tiff(8);
        let length = u32::try_from(tiff.len()).unwrap();
        let png = [&b"\x89PNG\r\n\x1a\n"[..], &length.to_be_bytes(), b"eXIf", &tiff, &[0; 4]].concat();
        let whole = (length + 12).to_le_bytes();
        let webp = [&b"RIFF"[..], &whole, b"WEBPEXIF", &length.to_le_bytes(), &tiff].concat();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held");
        for file in [png, webp] {
            std::fs::write(&path, file).unwrap();
            assert_eq!(turn(&path), Some("90l"));
        }
    }

    #[test]
    fn a_file_is_turned_as_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held.jpg");
        let mut turns = Vec::new();
        for said in 0..10 {
            std::fs::write(&path, jpeg(said)).unwrap();
            turns.push(turn(&path).unwrap_or("-"));
        }
        assert_eq!(turns, ["-", "-", "horiz", "180", "vert", "ul-lr", "90r", "ur-ll", "90l", "-"]);
        assert!(turn(folder.path()).is_none());
    }

    #[test]
    fn what_is_cut_short_or_something_else_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.jpg");
        let whole = jpeg(6);
        for length in 0..30 {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(turn(&path).is_none(), "{length}");
        }
        std::fs::write(&path, b"\x89PNG").unwrap();
        assert!(turn(&path).is_none());
    }
}
