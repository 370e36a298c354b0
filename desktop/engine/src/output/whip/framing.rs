//! Messages of a TURN server on a stream (RFC 8656, 12.5; RFC 8489, 5): STUN messages and data of channels, which ends at a multiple
//! of four bytes. `turn-client-proto` 0.7 neither writes nor skips what fills it up.

/// Of either kind.
const HEADER: usize = 4;
/// Of a STUN message, which its length does not count.
const STUN_HEADER: usize = 20;

/// What was received and is not whole yet.
#[derive(Default)]
pub(super) struct Unframed(Vec<u8>);

impl Unframed {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The next message, without what fills it up.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        let &[first, _, high, low] = self.0.get(..HEADER)? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (message, whole) = if is_channel(first) {
            (HEADER + length, (HEADER + length).next_multiple_of(4))
        } else {
            (STUN_HEADER + length, STUN_HEADER + length)
        };
        if self.0.len() < whole {
            return None;
        }
        let rest = self.0.split_off(whole);
        let mut next = std::mem::replace(&mut self.0, rest);
        next.truncate(message);
        Some(next)
    }
}

/// Fills a message up to where the next may begin.
pub(super) fn fill_up(message: &mut Vec<u8>) {
    if message.first().copied().is_some_and(is_channel) {
        message.resize(message.len().next_multiple_of(4), 0);
    }
}

/// Whether a message that begins so is data of a channel.
fn is_channel(first: u8) -> bool {
    first & 0xc0 == 0x40
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in_however_the_stream_is_cut() {
        let mut stun = vec![0, 1, 0, 8];
        stun.extend([7; 24]);
        let data = |length: u8| [&[0x40, 0, 0, length][..], &vec![length; usize::from(length)]].concat();
        let messages = [data(5), stun.clone(), data(4), data(0), stun, data(3)];
        let stream: Vec<u8> = messages
            .iter()
            .flat_map(|message| {
                let mut message = message.clone();
                fill_up(&mut message);
                message
            })
            .collect();
        for size in 1..stream.len() {
            let (mut unframed, mut out) = (Unframed::default(), Vec::new());
            for piece in stream.chunks(size) {
                unframed.push(piece);
                out.extend(std::iter::from_fn(|| unframed.next()));
            }
            assert_eq!(out, messages, "in pieces of {size}");
        }
    }
}
