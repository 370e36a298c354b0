//! `klieg-server admin`: what an operator does from the server's own machine, with the server running or not.

mod demo;
mod reports;

use std::io::BufRead as _;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use klieg_api::Handle;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::accounts::rules::{Email, Password};
use crate::broadcasts::Broadcasts;
use crate::channels;
use crate::config::Config;
use crate::database::{Database, now};
use crate::emotes::{self, Emotes, TakenDown};

#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Make an account; its password is the first line of standard input
    CreateAccount { handle: String, email: String },
    /// Make a stream key for a channel and print it
    CreateKey { handle: String },
    /// Take an emote's picture down: every channel loses it, and nobody can upload it again
    TakeDownEmote {
        /// The picture's hash or address (/emotes/HASH.png), or the handle of a channel that has it
        what: String,
        /// The emote's name, after a channel's handle
        name: Option<String>,
    },
    /// Lift the take-down of an emote's picture: it can be uploaded again; who had it has to add it anew
    AllowEmote {
        /// The picture's hash or address, as take-down-emote printed it
        what: String,
    },
    /// List what people report about the owners of channels; it does not reach these or their moderators
    Reports {
        /// What is closed as well
        #[arg(long)]
        all: bool,
    },
    /// Write a note on such a report, in place of the one it has; it stays as it is otherwise
    NoteReport { report: String, note: String },
    /// Close such a report, with a note on what was done if there is one
    CloseReport { report: String, note: Option<String> },
    /// Make a few demo people and channels, and print their log-ins as JSON
    SeedDemo {
        /// Even though other people can reach this server: anybody who knows the demo can then log in
        #[arg(long)]
        force: bool,
    },
    /// Have the demo people talk in the room of the one who is live, until this is ended
    TalkDemo {
        /// The server's address, as http://127.0.0.1:8080
        server: String,
    },
}

/// The domains an operator's commands work on.
struct Domains {
    database: Database,
    accounts: Accounts,
    broadcasts: Broadcasts,
}

pub async fn run(config: &Config, command: Command) -> anyhow::Result<()> {
    if let Command::SeedDemo { force: false } = command
        && !config.public_url(config.http).is_loopback()
    {
        bail!(
            "people can reach this server at {}, and the demo's passwords are known to everybody; use --force if that is \
             what you want",
            config.public_url(config.http)
        );
    }
    let database = Database::open(&config.database).await?;
    let domains = Domains {
        accounts: Accounts::new(database.clone(), &config.limits)?,
        broadcasts: Broadcasts::new(database.clone()),
        database: database.clone(),
    };
    let done = match command {
        Command::CreateAccount { handle, email } => create_account(&domains, &handle, &email).await,
        Command::CreateKey { handle } => create_key(&domains, &handle).await,
        Command::TakeDownEmote { what, name } => take_down_emote(&domains, &what, name.as_deref()).await,
        Command::AllowEmote { what } => allow_emote(&domains, &what).await,
        Command::Reports { all } => reports::list(&domains, all).await,
        Command::NoteReport { report, note } => reports::note(&domains, &report, &note).await,
        Command::CloseReport { report, note } => reports::close(&domains, &report, note.as_deref()).await,
        Command::SeedDemo { .. } => demo::seed(&domains, &config.public_url(config.http)).await,
        Command::TalkDemo { server } => demo::talk(&server).await,
    };
    database.close().await;
    done
}

async fn create_account(domains: &Domains, handle: &str, email: &str) -> anyhow::Result<()> {
    let handle: Handle = handle.parse()?;
    let email: Email = email.parse()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the password from standard input")?;
    let password: Password = line.trim_end_matches(['\r', '\n']).parse()?;
    let account = domains.accounts.sign_up(handle, email, password, now()).await?;
    println!("Made the account {} ({}).", account.handle, account.id);
    Ok(())
}

async fn create_key(domains: &Domains, handle: &str) -> anyhow::Result<()> {
    let handle: Handle = handle.parse()?;
    let Some((channel, _)) = channels::find(&domains.database, &handle).await? else {
        bail!("there is no channel {handle}");
    };
    let key = domains.broadcasts.create_key(&channel, "", now()).await?;
    println!("{}", key.key);
    Ok(())
}

async fn take_down_emote(domains: &Domains, what: &str, name: Option<&str>) -> anyhow::Result<()> {
    let emotes = Emotes::new(domains.database.clone());
    let hash = if let Some(name) = name {
        let handle: Handle = what.parse()?;
        let Some((channel, _)) = channels::find(&domains.database, &handle).await? else {
            bail!("there is no channel {handle}");
        };
        emotes.hash(&channel, &name.parse()?).await?
    } else {
        let meant = emotes::hash_meant(what);
        meant.context("name a picture by its hash or address, or a channel and then its emote")?.to_owned()
    };
    for TakenDown { channel, name } in emotes.take_down(&hash, now()).await? {
        let handle = channels::handle(&domains.database, &channel).await?;
        println!("Took :{name}: of {} down.", handle.as_deref().unwrap_or(&channel));
    }
    println!(
        "Nobody can upload the picture {hash} any more, unless you lift that: klieg-server admin allow-emote {hash}"
    );
    Ok(())
}

async fn allow_emote(domains: &Domains, what: &str) -> anyhow::Result<()> {
    let hash = emotes::hash_meant(what).context("name a picture by its hash or address")?;
    if !Emotes::new(domains.database.clone()).allow(hash).await? {
        bail!("the picture {hash} is not taken down; take-down-emote printed the hash of the one that is");
    }
    println!("The picture {hash} can be uploaded again.");
    Ok(())
}

/// The account's identifier, made with `password` if it does not exist yet.
async fn account(domains: &Domains, handle: &Handle, email: &str, password: &str) -> anyhow::Result<(String, Uuid)> {
    if let Some(found) = channels::find(&domains.database, handle).await? {
        return Ok(found);
    }
    domains.accounts.sign_up(handle.clone(), email.parse()?, password.parse()?, now()).await?;
    channels::find(&domains.database, handle).await?.context("an account just made is not there")
}
