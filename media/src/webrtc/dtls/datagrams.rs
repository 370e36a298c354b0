//! Cutting a run of DTLS records into datagrams.

#![deny(clippy::indexing_slicing)]

/// Type, version, epoch, sequence number and length (RFC 6347, 4.1).
const HEADER: usize = 13;

/// As many whole records in each datagram as fit `mtu`; a record that alone is larger is a datagram of its own.
pub(super) fn cut(mut records: &[u8], mtu: usize) -> Vec<Vec<u8>> {
    let mut datagrams: Vec<Vec<u8>> = Vec::new();
    while !records.is_empty() {
        let (record, rest) = records.split_at(length(records));
        match datagrams.last_mut() {
            Some(datagram) if datagram.len() + record.len() <= mtu => datagram.extend_from_slice(record),
            _ => datagrams.push(record.to_vec()),
        }
        records = rest;
    }
    datagrams
}

/// Of the first record. What is no record counts as one.
fn length(records: &[u8]) -> usize {
    match records.first_chunk::<HEADER>() {
        Some([.., high, low]) => (HEADER + usize::from(u16::from_be_bytes([*high, *low]))).min(records.len()),
        None => records.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(size: u16) -> Vec<u8> {
        [&[0; HEADER - 2][..], &size.to_be_bytes(), &vec![0; usize::from(size)]].concat()
    }

    #[test]
    fn records_share_a_datagram_as_long_as_they_fit() {
        let records = [record(300), record(600), record(500), record(10), record(1_000)].concat();
        let sizes: Vec<usize> = cut(&records, 1_000).iter().map(Vec::len).collect();
        assert_eq!(sizes, [HEADER * 2 + 900, HEADER * 2 + 510, HEADER + 1_000]);
        assert_eq!(cut(&records, 1_000).concat(), records);
    }

    #[test]
    fn nothing_is_lost_of_what_is_cut_short() {
        let mut records = [record(30), record(30)].concat();
        records.truncate(50);
        assert_eq!(cut(&records, 1_200).concat(), records);
        assert!(cut(&[], 1_200).is_empty());
    }
}
