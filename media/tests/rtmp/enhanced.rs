//! Enhanced RTMP: codecs behind a FourCC, made by real encoders.
