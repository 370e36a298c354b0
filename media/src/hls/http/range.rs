//! Byte ranges of a file that lies in several chunks (RFC 9110, section 14).

use axum::http::{HeaderMap, header};
use bytes::Bytes;

/// What a Range header asks for (RFC 9110, 14.2). A header that is not understood asks for everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    /// From the first up to, not including, the second.
    Range(usize, usize),
    Impossible,
}

pub(super) fn byte_range(headers: &HeaderMap, length: usize) -> Wanted {
    let range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("bytes="))
        .filter(|range| !range.contains(','))
        .and_then(|range| range.trim().split_once('-'));
    let Some((start, end)) = range else { return Wanted::All };
    let number = |digits: &str| digits.trim().parse::<usize>().ok();
    match (number(start), number(end)) {
        (Some(start), _) if start >= length => Wanted::Impossible,
        (Some(start), None) if end.is_empty() => Wanted::Range(start, length),
        (Some(start), Some(end)) if end >= start => Wanted::Range(start, end.saturating_add(1).min(length)),
        (None, Some(0)) if start.is_empty() => Wanted::Impossible,
        (None, Some(last)) if start.is_empty() => Wanted::Range(length.saturating_sub(last), length),
        _ => Wanted::All,
    }
}

pub(super) fn cut(chunks: Vec<Bytes>, start: usize, end: usize) -> Vec<Bytes> {
    let mut position = 0;
    let mut out = Vec::new();
    for chunk in chunks {
        let (from, to) = (start.max(position), end.min(position + chunk.len()));
        if from < to {
            out.push(chunk.slice(from - position..to - position));
        }
        position += chunk.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn ranges_are_cut_across_chunks() {
        let headers = |range: &str| HeaderMap::from_iter([(header::RANGE, HeaderValue::from_str(range).unwrap())]);
        for (range, wanted) in [
            ("bytes=0-3", Wanted::Range(0, 4)),
            ("bytes=4-", Wanted::Range(4, 10)),
            ("bytes=-3", Wanted::Range(7, 10)),
            ("bytes=8-99", Wanted::Range(8, 10)),
            ("bytes=10-", Wanted::Impossible),
            ("bytes=5-2", Wanted::All),
            ("lines=1-2", Wanted::All),
        ] {
            assert_eq!(byte_range(&headers(range), 10), wanted, "{range}");
        }
        let chunks = vec![Bytes::from_static(b"abc"), Bytes::from_static(b"defg"), Bytes::from_static(b"hij")];
        assert_eq!(cut(chunks, 2, 8).concat(), b"cdefgh");
    }
}
