//! The conversation with the portal: a session, its sources, its start, which shows the dialog unless a token says what was
//! chosen before, and then PipeWire remotes for as long as the session lasts.

use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use ashpd::desktop::screencast::{
    CursorMode, OpenPipeWireRemoteOptions, Screencast, SelectSourcesOptions, SourceType, StartCastOptions,
};
use ashpd::desktop::{CreateSessionOptions, PersistMode, ResponseError, Session};
use ashpd::enumflags2::BitFlags;
use ashpd::zbus::Connection;
use ashpd::{Error, WindowIdentifier};
use futures_util::{FutureExt, StreamExt};
use klieg_studio_model::ScreenCast;
use tokio::runtime::{Builder, Runtime};

use super::{Grants, Refusal};

/// Between two looks whether somebody still waits for the dialog.
const GLANCE: Duration = Duration::from_millis(50);
/// A start that takes longer than this is the creator's choosing, whatever is remembered.
const CHOOSING: u32 = 20;
/// How long a portal may take to say what it offers.
const PATIENCE: Duration = Duration::from_secs(2);
/// Since when a choice can be remembered.
const REMEMBERS: u32 = 4;

/// Comes when the desktop has ended a session.
type Closed = Pin<Box<dyn Future<Output = ()>>>;

/// What the creator shows. It is shown until this is dropped.
pub(crate) struct Casting {
    node: u32,
    portal: Screencast,
    session: Rc<Session<Screencast>>,
    closed: Closed,
    // Dropped last: what is above is closed on it.
    runtime: Runtime,
}

impl Casting {
    /// Asks the desktop, and through it the creator unless `grants` knows what was chosen. Waits for as long as `waits` is true,
    /// and calls `choosing` when the creator has to choose.
    pub(crate) fn ask(
        cast: &ScreenCast,
        grants: &Grants,
        waits: &dyn Fn() -> bool,
        choosing: &dyn Fn(),
    ) -> Result<Self, Refusal> {
        let runtime = runtime().map_err(Refusal::Trouble)?;
        let token = grants.token(cast.grant());
        let begun = runtime.block_on(async {
            let mut begun = Box::pin(begin(cast, token.as_deref()));
            let mut looks = 0;
            loop {
                if looks == if token.is_some() { CHOOSING } else { 0 } {
                    choosing();
                }
                looks += 1;
                tokio::select! {
                    begun = &mut begun => return begun.map_err(refusal),
                    () = tokio::time::sleep(GLANCE) => {}
                }
                if !waits() {
                    return Err(Refusal::Abandoned);
                }
            }
        })?;
        if let Some(token) = &begun.token {
            grants.put(cast.grant(), token);
        }
        Ok(Self { node: begun.node, portal: begun.portal, session: begun.session, closed: begun.closed, runtime })
    }

    /// Another connection to the PipeWire server that has the stream; each serves one pipeline.
    pub(crate) fn remote(&self) -> Result<OwnedFd, String> {
        let remote = self.portal.open_pipe_wire_remote(&*self.session, OpenPipeWireRemoteOptions::default());
        self.runtime.block_on(remote).map_err(|error| in_words(&error))
    }

    /// The stream's PipeWire node.
    pub(crate) fn node(&self) -> u32 {
        self.node
    }

    /// Whether the desktop ended it, as it does when the creator asks it to.
    pub(crate) fn has_ended(&mut self) -> bool {
        // It is not looked at again: a cast that has ended is dropped.
        self.closed.as_mut().now_or_never().is_some()
    }
}

impl Drop for Casting {
    fn drop(&mut self) {
        let closing = self.session.close();
        // A desktop that is gone shows nothing either.
        let _ = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, closing).await });
    }
}

/// Whether this desktop has the dialog.
pub(crate) fn is_offered() -> bool {
    let look = async {
        let portal = Screencast::with_connection(Connection::session().await.ok()?).await.ok()?;
        portal.available_source_types().await.ok()
    };
    runtime().is_ok_and(|runtime| {
        let kinds = runtime.block_on(async { tokio::time::timeout(PATIENCE, look).await });
        kinds.ok().flatten().is_some_and(|kinds| kinds.intersects(SourceType::Monitor | SourceType::Window))
    })
}

fn runtime() -> Result<Runtime, String> {
    Builder::new_current_thread().enable_time().build().map_err(|error| error.to_string())
}

struct Begun {
    node: u32,
    token: Option<String>,
    portal: Screencast,
    session: Rc<Session<Screencast>>,
    closed: Closed,
}

async fn begin(cast: &ScreenCast, token: Option<&str>) -> Result<Begun, Error> {
    // A connection of its own: when it is dropped, the portal closes the dialog.
    let portal = Screencast::with_connection(Connection::session().await?).await?;
    let session = Rc::new(portal.create_session(CreateSessionOptions::default()).await?);
    let mut closed: Closed = Box::pin(until_closed(session.clone()));
    let kinds = portal.available_source_types().await? & (SourceType::Monitor | SourceType::Window);
    let cursors = portal.available_cursor_modes().await.unwrap_or(BitFlags::empty());
    let cursor = if cast.cursor { CursorMode::Embedded } else { CursorMode::Hidden };
    let mut wish = SelectSourcesOptions::default().set_sources(kinds).set_multiple(false);
    if cursors.contains(cursor) {
        wish = wish.set_cursor_mode(cursor);
    }
    if portal.version() >= REMEMBERS {
        wish = wish.set_persist_mode(PersistMode::ExplicitlyRevoked).set_restore_token(token);
    }
    portal.select_sources(&*session, wish).await?.response()?;
    let parent: Option<&WindowIdentifier> = None;
    let started = tokio::select! {
        started = portal.start(&*session, parent, StartCastOptions::default()) => started?.response()?,
        () = &mut closed => return Err(Error::Response(ResponseError::Cancelled)),
    };
    let stream = started.streams().first().ok_or(Error::Response(ResponseError::Cancelled))?;
    let (node, token) = (stream.pipe_wire_node_id(), started.restore_token().map(str::to_owned));
    Ok(Begun { node, token, portal, session, closed })
}

/// Waits until the desktop ends a session.
async fn until_closed(session: Rc<Session<Screencast>>) {
    match session.receive_closed().await {
        Ok(mut closed) => drop(closed.next().await),
        Err(error) => {
            tracing::warn!(%error, "an end that the desktop makes will not be seen");
            std::future::pending::<()>().await;
        }
    }
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::Response(ResponseError::Cancelled) => Refusal::Declined,
        // Nor is a dialog that went wrong shown again and again.
        Error::Response(ResponseError::Other) => {
            tracing::warn!("the desktop could not show what was chosen");
            Refusal::Declined
        }
        error => Refusal::Trouble(in_words(&error)),
    }
}

fn in_words(error: &Error) -> String {
    match error {
        Error::PortalNotFound(_) => {
            "this desktop has no portal for screens; install xdg-desktop-portal and its part for your desktop"
                .to_owned()
        }
        Error::Zbus(error) => format!("the desktop does not answer: {error}"),
        error => format!("the desktop refused: {error}"),
    }
}
