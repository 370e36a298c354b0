//! The talk of the demo: its people speak about the show that is on, through the live connection like anybody else, calmly and as
//! long as somebody listens.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use klieg_api::Handle;
use klieg_api::live::Command;
use reqwest::Client;
use tokio::time::sleep;
use tracing::warn;

use super::PEOPLE;
use super::lines::{LINES, Line};
use super::voice::Voice;

/// Between two lines, in milliseconds.
const PAUSE: std::ops::Range<u64> = 8_000..20_000;
/// Before somebody puts an emoji to one, in milliseconds.
const MOMENT: std::ops::Range<u64> = 1_500..5_000;
/// Lines said whether somebody is there or not, so that who comes finds a talk. After these nobody speaks to an empty room.
const OPENING: usize = 12;
/// Messages of the demo that stay in the room; older ones are deleted.
const MOST: usize = 120;

/// Speaks in the first person's room until this program is ended.
pub(in crate::admin) async fn talk(server: &str) -> anyhow::Result<()> {
    let mut cast = Cast::new(server)?;
    let mut lines = LINES.iter().cycle();
    let mut spoken = 0_usize;
    loop {
        cast.attend();
        if (spoken < OPENING || cast.is_heard())
            && let Some(line) = lines.next()
        {
            spoken += 1;
            cast.perform(line).await;
        }
        sleep(Duration::from_millis(rand::random_range(PAUSE))).await;
    }
}

/// Who speaks, and what they have said.
struct Cast {
    client: Client,
    server: String,
    room: Handle,
    voices: HashMap<&'static str, Voice>,
    said: VecDeque<(&'static str, String)>,
}

impl Cast {
    fn new(server: &str) -> anyhow::Result<Self> {
        let room = PEOPLE.first().map_or("", |creator| creator.handle).parse()?;
        // The server is this machine's own.
        let client = Client::builder().no_proxy().http1_only().build()?;
        let server = server.trim_end_matches('/').to_owned();
        Ok(Self { client, server, room, voices: HashMap::new(), said: VecDeque::new() })
    }

    /// Keeps the connections; those that are gone are opened again when their turn comes.
    fn attend(&mut self) {
        let mut gone = Vec::new();
        for (who, voice) in &mut self.voices {
            if let Err(error) = voice.attend() {
                warn!(%error, who, "is cut off");
                gone.push(*who);
            }
        }
        self.voices.retain(|who, _| !gone.contains(who));
    }

    /// Whether somebody else is in the room, as far as one knows.
    fn is_heard(&self) -> bool {
        self.voices.is_empty() || self.voices.values().any(|voice| voice.present > self.voices.len() as u64)
    }

    async fn perform(&mut self, line: &Line) {
        let answered = self.said.back().map(|(_, message)| message.clone());
        let command = Command::Say {
            room: self.room.clone(),
            text: line.text.to_owned(),
            nonce: format!("demo-{:x}", rand::random::<u64>()),
            reply_to: answered.filter(|_| line.answers),
            announcement: false,
        };
        let Some(message) = self.ask(line.who, command).await else { return };
        self.said.push_back((line.who, message.clone()));
        for (who, emoji) in line.reactions {
            sleep(Duration::from_millis(rand::random_range(MOMENT))).await;
            let (room, emoji) = (self.room.clone(), (*emoji).to_owned());
            self.ask(who, Command::React { room, message: message.clone(), emoji, on: true }).await;
        }
        if self.said.len() > MOST
            && let Some((who, message)) = self.said.pop_front()
        {
            self.ask(who, Command::Delete { room: self.room.clone(), message }).await;
        }
    }

    /// Has somebody ask for something, who comes first if they are not there. The message that was said, if it was one.
    async fn ask(&mut self, who: &'static str, command: Command) -> Option<String> {
        let asked = async {
            let mut voice = match self.voices.remove(who) {
                Some(voice) => voice,
                None => Voice::open(&self.client, &self.server, who, self.room.clone()).await?,
            };
            let message = voice.ask(command).await?;
            self.voices.insert(who, voice);
            anyhow::Ok(message)
        };
        asked.await.unwrap_or_else(|error| {
            warn!(%error, who, "cannot speak");
            None
        })
    }
}
