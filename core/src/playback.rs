//! How to play a channel: which transport, when to give up on it, what to tell the viewer meanwhile.
//!
//! WHEP comes first because it is the quicker; when it shows no picture within [`FALL_BACK`] LL-HLS takes over. A viewer's
//! own choice is kept to. A publisher that drops is awaited on the open connection, so that the picture comes back by
//! itself.

mod plan;

pub use plan::Playback;

/// WHEP must move within this many milliseconds, or LL-HLS is opened instead. Viewers are promised three seconds, and who looks a
/// few times a second needs some of them.
pub const FALL_BACK: u64 = 2_500;
/// The same for a transport that has no substitute.
pub const GIVE_UP: u64 = 10_000;
/// A picture that stood still for this long is opened anew, unless the publisher is away.
pub const STUCK: u64 = 6_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Whep,
    Hls,
}

impl Transport {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whep => "whep",
            Self::Hls => "hls",
        }
    }
}

/// What the viewer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is on.
    Offline,
    Connecting,
    Playing,
    /// The picture stands still; it may go on by itself.
    Stalled,
    /// Trying again, for the n-th time.
    Reconnecting(u32),
    /// The publisher dropped and is awaited.
    Awaiting,
    /// What was on is over.
    Ended,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Connecting => "connecting",
            Self::Playing => "playing",
            Self::Stalled => "stalled",
            Self::Reconnecting(_) | Self::Awaiting => "reconnecting",
            Self::Ended => "ended",
        }
    }
}

/// What is on, as the server last said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcast {
    pub id: String,
    /// The publisher dropped and is awaited.
    pub waiting: bool,
}

/// What happened. An attempt is one opening of a transport; what an earlier one still says is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server was asked what is on.
    Channel(Option<Broadcast>),
    /// The picture moves.
    Moving { attempt: u32 },
    /// The picture stands still.
    Stuck { attempt: u32 },
    /// The transport broke or was refused; try again no sooner than `retry_after` milliseconds.
    Failed { attempt: u32, retry_after: Option<u64> },
    /// The viewer chose a transport, or left the choice to us.
    Choose(Option<Transport>),
    /// [`Playback::deadline`] has come.
    Tick,
    /// The page was left. The browser may keep it and come back to it much later.
    Left,
    /// The browser came back to the page.
    Returned,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Close what is open and open this.
    Open { transport: Transport, attempt: u32 },
    /// Close what is open.
    Close,
    /// Ask the server what is on.
    Ask,
}
