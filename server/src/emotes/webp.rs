//! How large the frames of a WebP file say they are, read before anything is decoded.
//!
//! Its decoder makes room for a frame by what the frame's own header says, and compares that with the picture afterwards: a file of
//! some hundred kilobytes would take hundreds of megabytes. (RFC 9649, section 2; RFC 6386, section 9.1.)

/// The largest width or height of any frame; none if the file is no WebP or ends too early.
pub(super) fn longest_side(file: &[u8]) -> Option<u32> {
    let body = file.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let mut longest = 0;
    walk(body, &mut longest)?;
    Some(longest)
}

/// Looks through chunks, and through those that stand in a frame of an animation.
fn walk(mut chunks: &[u8], longest: &mut u32) -> Option<()> {
    while let Some((name, rest)) = chunks.split_first_chunk::<4>() {
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let chunk = rest.get(..length)?;
        match name {
            b"VP8 " => {
                // Three bytes of the frame, three that mark a keyframe; the upper two bits of each side are its scale.
                let sides = chunk.get(6..10)?;
                let side = |at: usize| sides.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes);
                *longest = [*longest, u32::from(side(0)? & 0x3fff), u32::from(side(2)? & 0x3fff)].into_iter().max()?;
            }
            b"VP8L" => {
                // One byte that marks it, then twice fourteen bits, each one less than a side.
                let bits = u32::from_le_bytes(chunk.get(1..5)?.try_into().ok()?);
                *longest = [*longest, (bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1].into_iter().max()?;
            }
            b"ANMF" => walk(chunk.get(16..)?, longest)?,
            _ => {}
        }
        // A chunk of an odd length is followed by a byte that is none of it.
        chunks = rest.get(length + length % 2..).unwrap_or_default();
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: [u8; 4], body: &[u8]) -> Vec<u8> {
        let mut chunk = name.to_vec();
        chunk.extend((body.len() as u32).to_le_bytes());
        chunk.extend(body);
        chunk.resize(chunk.len() + body.len() % 2, 0);
        chunk
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        chunk(*b"RIFF", &[b"WEBP".to_vec(), chunks.concat()].concat())
    }

    fn lossy(width: u16, height: u16) -> Vec<u8> {
        let mut body = vec![0x10, 0, 0, 0x9d, 0x01, 0x2a];
        body.extend(width.to_le_bytes());
        body.extend(height.to_le_bytes());
        body.push(0);
        chunk(*b"VP8 ", &body)
    }

    fn lossless(width: u32, height: u32) -> Vec<u8> {
        let mut body = vec![0x2f];
        body.extend(((width - 1) | ((height - 1) << 14)).to_le_bytes());
        chunk(*b"VP8L", &body)
    }

    #[test]
    fn what_a_frame_says_counts_and_not_what_is_said_around_it() {
        let canvas = chunk(*b"VP8X", &[0x02, 0, 0, 0, 99, 0, 0, 99, 0, 0]);
        assert_eq!(longest_side(&file(&[lossy(100, 80)])), Some(100));
        assert_eq!(longest_side(&file(&[lossless(7, 300)])), Some(300));
        assert_eq!(longest_side(&file(&[canvas.clone(), lossy(16_383, 16_383)])), Some(16_383));
        let frame = chunk(*b"ANMF", &[vec![0; 16], lossless(16_384, 2)].concat());
        assert_eq!(longest_side(&file(&[canvas, frame])), Some(16_384));
    }

    #[test]
    fn what_ends_too_early_is_none() {
        let whole = file(&[lossy(100, 80)]);
        for length in 0..whole.len() - 2 {
            assert!(longest_side(&whole[..length]).is_none_or(|side| side == 0), "{length}");
        }
        assert_eq!(longest_side(b"no picture"), None);
    }
}
