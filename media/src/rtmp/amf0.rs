//! AMF0 values, as RTMP commands and metadata carry them (Action Message Format, AMF 0).
//!
//! Owns the reader and the writer. The reader never recurses deeper than [`MAX_DEPTH`], never makes more than
//! [`MAX_VALUES`] values, and never allocates by a count that the input merely claims.

#![deny(clippy::indexing_slicing)]

use bytes::{BufMut, BytesMut};

/// How deep objects and arrays may nest.
pub const MAX_DEPTH: usize = 16;
/// How many values one message may hold.
pub const MAX_VALUES: usize = 4_096;

mod marker {
    pub(super) const NUMBER: u8 = 0;
    pub(super) const BOOLEAN: u8 = 1;
    pub(super) const STRING: u8 = 2;
    pub(super) const OBJECT: u8 = 3;
    pub(super) const NULL: u8 = 5;
    pub(super) const UNDEFINED: u8 = 6;
    pub(super) const REFERENCE: u8 = 7;
    pub(super) const ECMA_ARRAY: u8 = 8;
    pub(super) const OBJECT_END: u8 = 9;
    pub(super) const STRICT_ARRAY: u8 = 10;
    pub(super) const DATE: u8 = 11;
    pub(super) const LONG_STRING: u8 = 12;
    pub(super) const UNSUPPORTED: u8 = 13;
    pub(super) const XML: u8 = 15;
    pub(super) const TYPED_OBJECT: u8 = 16;
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Number(f64),
    Boolean(bool),
    String(String),
    /// An object or a typed object, whose class name is dropped.
    Object(Vec<(String, Value)>),
    Null,
    /// Undefined, or a kind of value Klieg has no use for (references, "unsupported").
    Undefined,
    EcmaArray(Vec<(String, Value)>),
    StrictArray(Vec<Value>),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Date(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmfError {
    #[error("an AMF value is cut short")]
    Truncated,
    #[error("AMF values nest too deep")]
    TooDeep,
    #[error("too many AMF values in one message")]
    TooMany,
    #[error("AMF type {0} is unknown")]
    UnknownType(u8),
}

impl Value {
    /// A string value.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// An object of these properties.
    pub fn object<const N: usize>(properties: [(&str, Value); N]) -> Self {
        Self::Object(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The property `name` of an object or an ECMA array.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(properties) | Self::EcmaArray(properties) => {
                properties.iter().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

/// Reads all values of a message's body.
pub fn read_all(body: &[u8]) -> Result<Vec<Value>, AmfError> {
    let mut reader = Reader { rest: body, values: 0 };
    let mut values = Vec::new();
    while !reader.rest.is_empty() {
        values.push(reader.value(0)?);
    }
    Ok(values)
}

/// Appends a value.
pub fn write(out: &mut BytesMut, value: &Value) {
    match value {
        Value::Number(number) => {
            out.put_u8(marker::NUMBER);
            out.put_f64(*number);
        }
        Value::Boolean(flag) => out.put_slice(&[marker::BOOLEAN, u8::from(*flag)]),
        Value::String(text) => {
            if let Ok(length) = u16::try_from(text.len()) {
                out.put_u8(marker::STRING);
                out.put_u16(length);
            } else {
                out.put_u8(marker::LONG_STRING);
                out.put_u32(text.len() as u32);
            }
            out.put_slice(text.as_bytes());
        }
        Value::Object(properties) => {
            out.put_u8(marker::OBJECT);
            write_properties(out, properties);
        }
        Value::Null => out.put_u8(marker::NULL),
        Value::Undefined => out.put_u8(marker::UNDEFINED),
        Value::EcmaArray(properties) => {
            out.put_u8(marker::ECMA_ARRAY);
            out.put_u32(properties.len() as u32);
            write_properties(out, properties);
        }
        Value::StrictArray(items) => {
            out.put_u8(marker::STRICT_ARRAY);
            out.put_u32(items.len() as u32);
            for item in items {
                write(out, item);
            }
        }
        Value::Date(millis) => {
            out.put_u8(marker::DATE);
            out.put_f64(*millis);
            out.put_i16(0);
        }
    }
}

/// Names longer than 65,535 bytes cannot be written and are left out.
fn write_properties(out: &mut BytesMut, properties: &[(String, Value)]) {
    for (name, value) in properties {
        if let Ok(length) = u16::try_from(name.len()) {
            out.put_u16(length);
            out.put_slice(name.as_bytes());
            write(out, value);
        }
    }
    out.put_slice(&[0, 0, marker::OBJECT_END]);
}

struct Reader<'a> {
    rest: &'a [u8],
    values: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, AmfError> {
        if depth > MAX_DEPTH {
            return Err(AmfError::TooDeep);
        }
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(AmfError::TooMany);
        }
        Ok(match self.byte()? {
            marker::NUMBER => Value::Number(self.number()?),
            marker::BOOLEAN => Value::Boolean(self.byte()? != 0),
            marker::STRING => Value::String(self.short_string()?),
            marker::OBJECT => Value::Object(self.properties(depth)?),
            marker::NULL => Value::Null,
            marker::UNDEFINED | marker::UNSUPPORTED => Value::Undefined,
            marker::REFERENCE => {
                self.take(2)?;
                Value::Undefined
            }
            marker::ECMA_ARRAY => {
                self.take(4)?; // the count is a hint; the end marker counts
                Value::EcmaArray(self.properties(depth)?)
            }
            marker::STRICT_ARRAY => {
                let count = self.long()?;
                let mut items = Vec::new();
                for _ in 0..count {
                    items.push(self.value(depth + 1)?);
                }
                Value::StrictArray(items)
            }
            marker::DATE => {
                let millis = self.number()?;
                self.take(2)?; // time zone, reserved
                Value::Date(millis)
            }
            marker::LONG_STRING | marker::XML => {
                let length = self.long()? as usize;
                Value::String(text(self.take(length)?))
            }
            marker::TYPED_OBJECT => {
                self.short_string()?;
                Value::Object(self.properties(depth)?)
            }
            other => return Err(AmfError::UnknownType(other)),
        })
    }

    fn properties(&mut self, depth: usize) -> Result<Vec<(String, Value)>, AmfError> {
        let mut properties = Vec::new();
        loop {
            let name = self.short_string()?;
            if name.is_empty() && self.rest.first() == Some(&marker::OBJECT_END) {
                self.byte()?;
                return Ok(properties);
            }
            properties.push((name, self.value(depth + 1)?));
        }
    }

    fn take(&mut self, count: usize) -> Result<&[u8], AmfError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(AmfError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], AmfError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(AmfError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, AmfError> {
        self.array().map(|[byte]| byte)
    }

    fn long(&mut self) -> Result<u32, AmfError> {
        self.array().map(u32::from_be_bytes)
    }

    fn number(&mut self) -> Result<f64, AmfError> {
        self.array().map(f64::from_be_bytes)
    }

    fn short_string(&mut self) -> Result<String, AmfError> {
        let length = u16::from_be_bytes(self.array()?);
        self.take(usize::from(length)).map(text)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            (-1e12..1e12).prop_map(Value::Number),
            any::<bool>().prop_map(Value::Boolean),
            ".{0,40}".prop_map(Value::String),
            Just(Value::Null),
            Just(Value::Undefined),
            (0.0..1e13).prop_map(Value::Date),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            let properties = prop::collection::vec((".{1,10}", inner.clone()), 0..8);
            prop_oneof![
                properties.clone().prop_map(Value::Object),
                properties.prop_map(Value::EcmaArray),
                prop::collection::vec(inner, 0..8).prop_map(Value::StrictArray),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_read_back_as_written(values in prop::collection::vec(any_value(), 0..6)) {
            let mut out = BytesMut::new();
            for value in &values {
                write(&mut out, value);
            }
            prop_assert_eq!(read_all(&out), Ok(values));
        }

        #[test]
        fn a_value_cut_short_is_an_error(value in any_value(), cut: prop::sample::Index) {
            let mut out = BytesMut::new();
            write(&mut out, &value);
            let length = cut.index(out.len());
            let expected = if length == 0 { Ok(Vec::new()) } else { Err(AmfError::Truncated) };
            prop_assert_eq!(read_all(out.get(..length).unwrap()), expected);
        }

        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            let _ = read_all(&data);
        }
    }

    #[test]
    fn a_long_string_reads_back() {
        let value = Value::String("x".repeat(70_000));
        let mut out = BytesMut::new();
        write(&mut out, &value);
        assert_eq!(read_all(&out), Ok(vec![value]));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let mut bomb = Vec::new();
        for _ in 0..100_000 {
            bomb.extend([marker::OBJECT, 0, 1, b'a']);
        }
        assert_eq!(read_all(&bomb), Err(AmfError::TooDeep));
    }

    #[test]
    fn a_claimed_count_allocates_nothing() {
        assert_eq!(read_all(&[marker::STRICT_ARRAY, 0xff, 0xff, 0xff, 0xff]), Err(AmfError::Truncated));
        assert_eq!(read_all(&[marker::NULL; MAX_VALUES + 1]), Err(AmfError::TooMany));
    }
}
