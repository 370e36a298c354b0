//! Collections and profiles as files, from one computer to another.

use dioxus::prelude::spawn;
use klieg_studio_model::Command;

use crate::bridge::{self, Pick};
use crate::studio::{ask, say};

/// Asks for a file and takes in what it holds; `done` is said then.
pub fn import(what: Pick, command: fn(String) -> Command, done: &'static str) {
    spawn(async move {
        match bridge::pick(what).await {
            Ok(Some(text)) => match ask(command(text)).await {
                Ok(()) => say(done),
                Err(why) => say(why),
            },
            Ok(None) => {}
            Err(why) => say(why),
        }
    });
}

/// Says where something was written to, if the creator chose a place.
pub fn export(what: &'static str, writing: impl Future<Output = Result<Option<String>, String>> + 'static) {
    spawn(async move {
        match writing.await {
            Ok(Some(path)) => say(format!("The {what} is in {path}.")),
            Ok(None) => {}
            Err(why) => say(why),
        }
    });
}
