//! On which output the creator hears what is monitored.

use dioxus::prelude::*;
use klieg_studio_model::{Command, Source};
use klieg_ui::{Alert, Select, Tone};

use crate::source::{LookAgain, options};
use crate::studio::{STUDIO, act};

#[component]
pub fn Sound() -> Element {
    let outputs = use_memo(|| STUDIO.read().devices.outputs.clone());
    let now = use_memo(|| STUDIO.read().profile.monitor_output.clone().unwrap_or_default());
    let twice = use_memo(|| {
        let studio = STUDIO.read();
        let mut names = studio.collection.sources.iter().map(Source::name);
        names.find(|source| studio.takes_monitoring_along(source)).map(str::to_owned)
    });
    let choices = options(&outputs(), &now(), Some("The system’s output"));
    rsx! {
        h3 { "Sound" }
        p { class: "lead", "What you monitor in the mixer (the headphones below a fader) is heard here. Use headphones: from speakers it gets back into your microphone." }
        div { class: "form",
            Select {
                label: "Monitor on",
                name: "monitor-output",
                options: choices,
                value: now(),
                hint: "While an output that you chose is unplugged, nothing is heard",
                onchoose: move |value: String| act(Command::SetMonitorOutput { output: Some(value).filter(|value| !value.is_empty()) }),
            }
            LookAgain {}
            if let Some(source) = twice() {
                Alert { tone: Tone::Warn, "{source} takes along what you monitor there: viewers hear it twice, or although it is for you alone. Choose another output." }
            }
        }
    }
}
