//! Where events go: to whoever started the engine, and as sentences to the log.

use std::sync::Arc;

use klieg_studio_model::{Event, OutputState, SourceState};

/// Takes events. It is called from the engine's threads and must not wait.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Reporter(EventSink);

impl Reporter {
    pub(crate) fn new(sink: EventSink) -> Self {
        Self(sink)
    }

    pub(crate) fn say(&self, event: Event) {
        match &event {
            Event::Encoder(report) => tracing::info!(encoder = report.encoder, "encoding with {}", report.reason),
            Event::Source { name, state } => match state {
                SourceState::Restarting { reason } => tracing::warn!(source = name, reason, "source restarting"),
                state => tracing::info!(source = name, "source {}", source_word(state)),
            },
            Event::Output { name, state } => match state {
                OutputState::Reconnecting { attempt, reason } => {
                    tracing::warn!(output = name, attempt, reason, "output reconnecting");
                }
                OutputState::Failed { reason } => tracing::error!(output = name, reason, "output given up"),
                state => tracing::info!(output = name, "output {}", output_word(state)),
            },
            Event::Health { name, bitrate, fps, dropped, .. } => {
                tracing::debug!(output = name, bitrate, fps, dropped, "health");
            }
            Event::ReplaySaved { name, saved } => match saved {
                Ok(saved) => tracing::info!(output = name, file = %saved.file.display(), "replay saved"),
                Err(reason) => tracing::warn!(output = name, reason, "replay not saved"),
            },
            Event::Recording { name, progress } => {
                tracing::debug!(output = name, file = %progress.file.display(), recorded = progress.recorded, "recording");
            }
            Event::Look { name, problems } => {
                for problem in problems {
                    tracing::warn!(source = name, "a filter does nothing: {problem}");
                }
            }
            Event::Frozen { name, is_frozen: true } => {
                tracing::warn!(source = name, "the camera sends the same picture all the time");
            }
            Event::Frozen { name, is_frozen: false } => tracing::info!(source = name, "the camera moves again"),
            Event::Shape { name, shape } => {
                tracing::debug!(source = name, "its picture is {} × {}", shape.width, shape.height);
            }
            Event::Warning { text } => tracing::warn!("{text}"),
            Event::Sound { .. }
            | Event::Encodes { .. }
            | Event::Playing { .. }
            | Event::Replay { .. }
            | Event::Program { .. }
            | Event::Stopped => {}
        }
        (self.0)(event);
    }
}

fn source_word(state: &SourceState) -> &'static str {
    match state {
        SourceState::Off => "off",
        SourceState::Starting => "starting",
        SourceState::Live => "live",
        SourceState::Asking => "waits for what the creator chooses",
        SourceState::Declined => "shows nothing: the creator chose so",
        SourceState::Restarting { .. } => "restarting",
        SourceState::Ended => "ended",
    }
}

fn output_word(state: &OutputState) -> &'static str {
    match state {
        OutputState::Connecting => "connecting",
        OutputState::Live => "live",
        OutputState::Reconnecting { .. } => "reconnecting",
        OutputState::Failed { .. } => "given up",
        OutputState::Stopped => "stopped",
    }
}
