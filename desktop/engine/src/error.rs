//! Why a show cannot go on air.

use std::path::PathBuf;

use thiserror::Error;

#[derive(Debug, Error)]
pub enum EngineError {
    #[error("GStreamer has no element `{element}`; on Debian: apt-get install {package}")]
    MissingElement { element: String, package: &'static str },
    /// A source is not there; a reason in words.
    #[error("{0}")]
    Source(String),
    #[error("GStreamer refused a pipeline: {0}")]
    Pipeline(String),
    #[error("no {codec} encoder works: {reasons}")]
    NoEncoder { codec: &'static str, reasons: String },
    #[error("video.encoder `{wanted}` is not one of auto, {known}, which encode {codec}")]
    UnknownEncoder { wanted: String, known: String, codec: &'static str },
    #[error("no AAC encoder is installed; on Debian: apt-get install gstreamer1.0-libav")]
    NoAac,
    #[error("outputs.{output}.key_env: the environment has no variable `{variable}`; set it to the stream key")]
    NoKeyVariable { output: String, variable: String },
    #[error("outputs.{output}.key_file: cannot read `{path}`: {error}")]
    KeyFile { output: String, path: PathBuf, error: std::io::Error },
    #[error("there is no scene named `{0}`")]
    NoScene(String),
    #[error("the canvas cannot change while the stage is open")]
    Canvas,
    #[error("there is an output named `{0}` already")]
    OutputRuns(String),
    #[error("no output named `{0}` runs that could do this")]
    NoOutput(String),
    #[error(
        "the display or the sound server does not answer, so what is plugged in is not known; look again when it does"
    )]
    DevicesHang,
    #[error("nothing takes from this encode any more")]
    Unwanted,
    #[error("GStreamer did not start: {0}")]
    Init(String),
    #[error("a thread did not start: {0}")]
    Thread(#[from] std::io::Error),
}

impl From<gstreamer::glib::BoolError> for EngineError {
    fn from(error: gstreamer::glib::BoolError) -> Self {
        Self::Pipeline(error.message.into_owned())
    }
}

impl From<gstreamer::StateChangeError> for EngineError {
    fn from(_: gstreamer::StateChangeError) -> Self {
        Self::Pipeline("it does not start".to_owned())
    }
}
