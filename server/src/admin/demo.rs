//! The demo of `make run`: people, channels, who follows whom. Running it again adds only what is missing, and gives the
//! creator a new stream key. Meanwhile they speak in the room of the one who is live ([`talk`]).

mod lines;
mod talk;
mod voice;

use klieg_api::channels::ChannelChange;
use klieg_api::points::RewardTerms;
use serde_json::json;
use uuid::Uuid;

use super::{Domains, account};
use crate::channels::{self, rules};
use crate::config::PublicUrl;
use crate::database::now;
use crate::room::furnishing::{Furnishing, furnish};
pub(super) use talk::talk;

/// Known to everybody who reads this: the demo is for one's own machine.
const PASSWORD: &str = "klieg-demo";
/// Marks the stream keys that the demo makes.
const LABEL: &str = "demo";

struct Person {
    handle: &'static str,
    name: &'static str,
    title: &'static str,
    category: &'static str,
    tags: &'static [&'static str],
    language: &'static str,
    about: &'static str,
    follows: &'static [&'static str],
}

/// The first one is live in the demo.
const PEOPLE: &[Person] = &[
    Person {
        handle: "nova",
        name: "Nova Lindqvist",
        title: "First light: colour, clocks and a very steady tone",
        category: "Science & Technology",
        tags: &["demo", "test card", "synthetic"],
        language: "en",
        about: "I point lamps at things. This show is made by Klieg's own engine on your machine: a moving picture, a \
                running clock and a sound to check your speakers by.",
        follows: &["tidewater", "marginalia"],
    },
    Person {
        handle: "tidewater",
        name: "Tidewater Sessions",
        title: "Cello and modular, one take, no net",
        category: "Music",
        tags: &["ambient", "cello", "improvised"],
        language: "en",
        about: "Two people, one room by the harbour, every Thursday at dusk. We play until the tide turns.",
        follows: &["nova", "sourdough_and_co"],
    },
    Person {
        handle: "marginalia",
        name: "Marginalia",
        title: "Writing a parser in Rust, from the grammar up",
        category: "Programming",
        tags: &["rust", "parsers", "from scratch"],
        language: "en",
        about: "Slow programming, read aloud. Questions are welcome; so are better names for variables.",
        follows: &["nova", "tidewater", "lange_nacht"],
    },
    Person {
        handle: "sourdough_and_co",
        name: "Sourdough & Co.",
        title: "Shaping 40 loaves before sunrise",
        category: "Food",
        tags: &["bread", "bakery", "morning"],
        language: "en",
        about: "A working bakery with a camera over the bench. We start at four; you may sleep in and watch later.",
        follows: &["nova"],
    },
    Person {
        handle: "lange_nacht",
        name: "Lange Nacht",
        title: "Schach, Tee und lange Endspiele",
        category: "Games",
        tags: &["schach", "endspiel", "deutsch"],
        language: "de",
        about: "Wir spielen Turnierpartien nach und reden \u{fc}ber das, was im Buch nicht steht.",
        follows: &["nova", "marginalia"],
    },
    Person {
        handle: "high_meadow",
        name: "High Meadow",
        title: "Ibex, weather and whatever walks past",
        category: "Nature",
        tags: &["wildlife", "mountains", "quiet"],
        language: "en",
        about: "One camera at 2,140 metres. The battery lasts as long as the sun does.",
        follows: &["nova", "tidewater", "sourdough_and_co"],
    },
];

/// What the others have earned by watching the first one.
const POINTS: u64 = 1_200;

/// What they can get from the first one: title, points, whether something has to be written.
const REWARDS: &[(&str, u32, bool)] =
    &[("Say hello from you", 100, true), ("Choose the next colour", 300, true), ("Turn a lamp off", 500, false)];

/// Makes what is missing and prints log-ins and the creator's stream key.
pub(super) async fn seed(domains: &Domains, url: &PublicUrl) -> anyhow::Result<()> {
    let is_first_time = channels::find(&domains.database, &PEOPLE[0].handle.parse()?).await?.is_none();
    for person in PEOPLE {
        let handle = person.handle.parse()?;
        let is_new = channels::find(&domains.database, &handle).await?.is_none();
        let (_, account) = account(domains, &handle, &format!("{}@demo.example", person.handle), PASSWORD).await?;
        if is_new {
            // What somebody has changed since stays as it is.
            let change = ChannelChange {
                display_name: Some(person.name.to_owned()),
                title: Some(person.title.to_owned()),
                category: Some(person.category.to_owned()),
                tags: Some(person.tags.iter().map(|tag| (*tag).to_owned()).collect()),
                language: Some(person.language.to_owned()),
                about: Some(person.about.to_owned()),
                ..ChannelChange::default()
            };
            let change = rules::check(change).map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
            channels::set(&domains.database, account, &change).await?;
        }
    }
    for person in PEOPLE {
        let (_, account) = found(domains, person.handle).await?;
        for followed in person.follows {
            let (channel, _) = found(domains, followed).await?;
            channels::add_follow(&domains.database, account, &channel, now()).await?;
        }
    }
    let Some(creator) = PEOPLE.first() else { return Ok(()) };
    let (channel, account) = found(domains, creator.handle).await?;
    if is_first_time {
        furnish_room(domains, channel.parse()?, account).await?;
    }
    domains.broadcasts.delete_labelled_keys(&channel, LABEL).await?;
    let key = domains.broadcasts.create_key(&channel, LABEL, now()).await?;
    let people: Vec<_> = PEOPLE
        .iter()
        .map(|person| json!({ "login": person.handle, "password": PASSWORD, "name": person.name, "url": format!("{url}/{}", person.handle) }))
        .collect();
    let creator = json!({
        "handle": creator.handle,
        "login": creator.handle,
        "password": PASSWORD,
        "stream_key": key.key,
        "url": format!("{url}/{}", creator.handle),
    });
    println!(
        "{}",
        serde_json::to_string_pretty(&json!({ "url": url.as_str(), "creator": creator, "people": people }))?
    );
    Ok(())
}

async fn furnish_room(domains: &Domains, channel: Uuid, creator: Uuid) -> anyhow::Result<()> {
    let mut watchers = Vec::new();
    for person in PEOPLE.iter().skip(1) {
        watchers.push(found(domains, person.handle).await?.1);
    }
    let reward = |(title, cost, asks): &(&str, u32, bool)| RewardTerms {
        title: (*title).to_owned(),
        cost: *cost,
        asks: *asks,
        waits: true,
        paused: false,
    };
    let rewards: Vec<RewardTerms> = REWARDS.iter().map(reward).collect();
    let furnishing = Furnishing { channel, creator, rewards: &rewards, watchers: &watchers, points: POINTS };
    Ok(furnish(&domains.database, &furnishing).await?)
}

async fn found(domains: &Domains, handle: &str) -> anyhow::Result<(String, Uuid)> {
    let handle = handle.parse()?;
    channels::find(&domains.database, &handle).await?.ok_or_else(|| anyhow::anyhow!("{handle} is gone"))
}
