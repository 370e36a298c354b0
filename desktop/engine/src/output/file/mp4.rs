//! Chapters in a fragmented MP4 file that is whole, as Nero's players began it and everybody's read it: a `chpl` box among the
//! movie's user data. It holds at most 255, and fewer if their titles are long; the first ones are taken.
//!
//! The movie box stands at the file's beginning and cannot grow there, so the muxer is given a long comment to write, whose
//! place the chapters take. What is not needed of it becomes free space.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use gstreamer as gst;
use gstreamer::prelude::*;

use super::chapters::{Chapter, unexpected};

/// Bytes that are kept free for chapters.
const ROOM: usize = 16 << 10;
/// A movie box of ours is never larger, in bytes.
const LARGEST: u64 = 1 << 20;
/// What the format can count.
const MOST: usize = 255;
/// A box is no smaller, in bytes: its size and its name.
const HEADER: usize = 8;

/// Keeps room for chapters. To be called before the muxer runs.
pub(super) fn keep_room(muxer: &gst::Element) {
    if let Some(tags) = muxer.dynamic_cast_ref::<gst::TagSetter>() {
        tags.add_tag::<gst::tags::Comment>(&" ".repeat(ROOM).as_str(), gst::TagMergeMode::Replace);
    }
}

/// Puts chapters into the file, and tells how many it took. It is left as it is if it is not as our muxer writes it.
pub(super) fn write(path: &Path, chapters: &[Chapter]) -> io::Result<usize> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut at = 0;
    let movie = loop {
        let (name, size) = header(&mut file, at, length)?;
        if &name == b"moov" {
            break size;
        }
        at += size;
    };
    if movie > LARGEST {
        return Err(unexpected("its movie box is too large"));
    }
    let mut data = vec![0; movie as usize];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut data)?;
    let (place, room) = user_data(&data).ok_or_else(|| unexpected("it has no room for chapters"))?;
    file.seek(SeekFrom::Start(at + place as u64))?;
    let (data, taken) = filled(chapters, room)?;
    file.write_all(&data)?;
    Ok(taken)
}

/// Name and size of the box at `at`.
fn header(file: &mut File, at: u64, length: u64) -> io::Result<([u8; 4], u64)> {
    let mut start = [0; 8];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut start)?;
    let [a, b, c, d, name @ ..] = start;
    let size = u64::from(u32::from_be_bytes([a, b, c, d]));
    // Boxes larger than 4 GiB come behind the movie.
    if size < 8 || at + size > length {
        return Err(unexpected("a box has no valid size"));
    }
    Ok((name, size))
}

/// Where the content of the movie's user data begins in the movie box, and how long it is.
fn user_data(movie: &[u8]) -> Option<(usize, usize)> {
    let mut at = 8;
    loop {
        let size: [u8; 4] = movie.get(at..at + 4)?.try_into().ok()?;
        let size = u32::from_be_bytes(size) as usize;
        if size < 8 || at + size > movie.len() {
            return None;
        }
        if movie.get(at + 4..at + 8)? == b"udta" {
            return Some((at + 8, size - 8));
        }
        at += size;
    }
}

/// User data of exactly `room` bytes with the first of these chapters, and how many they are.
fn filled(chapters: &[Chapter], room: usize) -> io::Result<(Vec<u8>, usize)> {
    // Version, flags, what is reserved, and how many there are.
    let (mut list, mut taken) = (vec![1, 0, 0, 0, 0, 0, 0, 0, 0], 0);
    for chapter in chapters.iter().take(MOST) {
        // In steps of 100 ns.
        let start = (chapter.at.as_nanos() / 100) as u64;
        let text = clipped(&chapter.text);
        let length = HEADER + list.len() + 9 + text.len();
        // What is left over becomes a box as well.
        if !matches!(room.checked_sub(length), Some(0 | HEADER..)) {
            break;
        }
        list.extend(start.to_be_bytes());
        list.push(text.len() as u8);
        list.extend(text.as_bytes());
        taken += 1;
        list[8] = taken as u8;
    }
    let mut data = Vec::with_capacity(room);
    if taken > 0 {
        boxed(&mut data, *b"chpl", &list);
    }
    match room.checked_sub(data.len()) {
        Some(0) => Ok((data, taken)),
        Some(left @ HEADER..) => {
            boxed(&mut data, *b"free", &vec![0; left - HEADER]);
            Ok((data, taken))
        }
        _ => Err(unexpected("its user data are too small")),
    }
}

fn boxed(to: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    to.extend((content.len() as u32 + 8).to_be_bytes());
    to.extend(name);
    to.extend(content);
}

/// As much of a text as a title may have, which is 255 bytes.
fn clipped(text: &str) -> &str {
    let end = (0..=text.len().min(255)).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn chapter(text: &str) -> Chapter {
        Chapter { at: Duration::from_millis(1_500), text: text.to_owned() }
    }

    #[test]
    fn chapters_take_exactly_the_room_there_is() {
        for (chapters, room) in
            [(vec![], 8), (vec![], 500), (vec![chapter("a")], 27), (vec![chapter("a"), chapter("ä")], 900)]
        {
            let (data, taken) = filled(&chapters, room).unwrap();
            assert_eq!((data.len(), taken), (room, chapters.len()));
        }
        // A box of its own does not fit into what would be left over.
        for (room, fitting) in [(0, 0), (26, 0), (30, 0), (35, 1), (37, 2), (44, 1)] {
            let (data, taken) = filled(&[chapter("a"), chapter("b")], room).unwrap();
            assert_eq!((data.len(), taken), (room, fitting), "{room}");
        }
        assert!(filled(&[], 7).is_err());
        let (data, taken) = filled(&vec![chapter("a"); 256], ROOM).unwrap();
        assert_eq!((data.len(), taken, data[16]), (ROOM, 255, 255));
        assert_eq!(clipped(&"ä".repeat(200)).len(), 254);
    }

    #[test]
    fn what_is_no_mp4_stays_as_it_is() {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        for wrong in [&b""[..], b"\0\0\0\x08moov", b"\0\0\0\0ftyp", b"\0\0\0\x10moov\xff\xff\xff\xffudta"] {
            std::fs::write(&path, wrong).unwrap();
            assert!(write(&path, &[chapter("a")]).is_err());
            assert_eq!(std::fs::read(&path).unwrap(), wrong);
        }
    }
}
