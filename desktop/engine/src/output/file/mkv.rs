//! Chapters in a Matroska file that is whole (RFC 9559, 5.1.7): they are put behind its end, and its first seek head, in which
//! the muxer leaves room for them, says where.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::chapters::{Chapter, unexpected};

const EBML: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114d_9b74;
const SEEK: u32 = 0x4dbb;
const SEEK_ID: u32 = 0x53ab;
const SEEK_POSITION: u32 = 0x53ac;
const VOID: u32 = 0xec;
const CHAPTERS: u32 = 0x1043_a770;
const EDITION: u32 = 0x45b9;
const CHAPTER: u32 = 0xb6;
const CHAPTER_UID: u32 = 0x73c4;
const CHAPTER_START: u32 = 0x91;
const CHAPTER_DISPLAY: u32 = 0x80;
const CHAPTER_TEXT: u32 = 0x85;
const CHAPTER_LANGUAGE: u32 = 0x437c;

/// Puts chapters into the file. It is left as it is if it is not as our muxer writes it.
pub(super) fn write(path: &Path, chapters: &[Chapter]) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let header = element(&mut file, 0)?;
    let segment = element(&mut file, header.end())?;
    if header.id != EBML || segment.id != SEGMENT || segment.width != 8 {
        return Err(unexpected("it does not begin like a Matroska file"));
    }
    if segment.end() != length {
        return Err(unexpected("it was not written to its end"));
    }
    let room = room(&mut file, &segment)?;
    let position = length - segment.data;
    let entry = seek_entry(position, room.end() - room.at)?;
    let data = chapters_element(chapters);

    file.seek(SeekFrom::Start(length))?;
    file.write_all(&data)?;
    // With the size of its size in front, which is eight bytes.
    let size = (segment.size + data.len() as u64) | 1 << 56;
    file.seek(SeekFrom::Start(segment.data - 8))?;
    file.write_all(&size.to_be_bytes())?;
    file.seek(SeekFrom::Start(room.at))?;
    file.write_all(&entry)
}

/// What was read of an element: its places are in the file.
struct Element {
    id: u32,
    at: u64,
    data: u64,
    size: u64,
    /// Bytes that its size takes.
    width: u32,
}

impl Element {
    fn end(&self) -> u64 {
        self.data.saturating_add(self.size)
    }
}

fn element(file: &mut File, at: u64) -> io::Result<Element> {
    file.seek(SeekFrom::Start(at))?;
    let mut byte = || -> io::Result<u8> {
        let mut byte = [0];
        file.read_exact(&mut byte)?;
        Ok(byte[0])
    };
    let first = byte()?;
    let id_width = first.leading_zeros() + 1;
    if id_width > 4 {
        return Err(unexpected("an element has no valid id"));
    }
    let mut id = u32::from(first);
    for _ in 1..id_width {
        id = id << 8 | u32::from(byte()?);
    }
    let first = byte()?;
    let width = first.leading_zeros() + 1;
    if width > 8 {
        return Err(unexpected("an element has no valid size"));
    }
    let mut size = u64::from(first) & ((1 << (8 - width)) - 1);
    for _ in 1..width {
        size = size << 8 | u64::from(byte()?);
    }
    Ok(Element { id, at, data: at + u64::from(id_width + width), size, width })
}

/// The void in the first seek head.
fn room(file: &mut File, segment: &Element) -> io::Result<Element> {
    let head = element(file, segment.data)?;
    if head.id != SEEK_HEAD || head.end() > segment.end() {
        return Err(unexpected("it has no seek head at its beginning"));
    }
    let mut at = head.data;
    while at < head.end() {
        let child = element(file, at)?;
        if child.id == VOID {
            return Ok(child);
        }
        at = child.end();
    }
    Err(unexpected("its seek head has no room"))
}

/// An entry of a seek head that says where the chapters are, with a void behind it that fills `room`.
fn seek_entry(position: u64, room: u64) -> io::Result<Vec<u8>> {
    let mut inner = Vec::new();
    put(&mut inner, SEEK_ID, &CHAPTERS.to_be_bytes());
    put(&mut inner, SEEK_POSITION, &position.to_be_bytes());
    let mut entry = Vec::new();
    put(&mut entry, SEEK, &inner);
    match usize::try_from(room).ok().and_then(|room| room.checked_sub(entry.len())) {
        Some(0) => {}
        Some(left @ 2..=128) => put(&mut entry, VOID, &vec![0; left - 2]),
        _ => return Err(unexpected("its seek head has not the right room")),
    }
    Ok(entry)
}

fn chapters_element(chapters: &[Chapter]) -> Vec<u8> {
    let mut edition = Vec::new();
    for (number, chapter) in (1_u64..).zip(chapters) {
        let mut display = Vec::new();
        put(&mut display, CHAPTER_TEXT, chapter.text.as_bytes());
        put(&mut display, CHAPTER_LANGUAGE, b"und");
        let mut atom = Vec::new();
        put(&mut atom, CHAPTER_UID, &number.to_be_bytes());
        put(&mut atom, CHAPTER_START, &(chapter.at.as_nanos() as u64).to_be_bytes());
        put(&mut atom, CHAPTER_DISPLAY, &display);
        put(&mut edition, CHAPTER, &atom);
    }
    let mut list = Vec::new();
    put(&mut list, EDITION, &edition);
    let mut element = Vec::new();
    put(&mut element, CHAPTERS, &list);
    element
}

/// Adds an element. Sizes take one byte where they fit, else eight.
fn put(to: &mut Vec<u8>, id: u32, data: &[u8]) {
    to.extend(id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0));
    match u8::try_from(data.len()) {
        Ok(size @ 0..=126) => to.push(0x80 | size),
        _ => to.extend((data.len() as u64 | 1 << 56).to_be_bytes()),
    }
    to.extend_from_slice(data);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_fills_its_room_exactly() {
        for room in [21, 23, 28, 60, 149] {
            assert_eq!(seek_entry(1 << 40, room).unwrap().len() as u64, room);
        }
        for room in [0, 20, 22] {
            assert!(seek_entry(1, room).is_err(), "{room}");
        }
    }

    #[test]
    fn what_is_no_matroska_stays_as_it_is() {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        for wrong in [
            &b""[..],
            b"\x00",
            b"\x1a\x45\xdf\xa3\x80",
            b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff",
        ] {
            std::fs::write(&path, wrong).unwrap();
            assert!(write(&path, &[]).is_err());
            assert_eq!(std::fs::read(&path).unwrap(), wrong);
        }
    }
}
