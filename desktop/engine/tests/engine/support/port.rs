//! Ports that are known before anything listens there.

use tokio::net::TcpSocket;

/// A port of this computer that nobody else is given while this is held. Whoever is told its number may listen there: servers ask the
/// system for addresses that were used a moment ago.
pub(crate) struct Port {
    pub(crate) number: u16,
    socket: TcpSocket,
}

impl Port {
    pub(crate) fn reserve() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        Self { number: socket.local_addr().unwrap().port(), socket }
    }

    /// Listens there itself, in a runtime.
    pub(crate) fn listen(self) -> tokio::net::TcpListener {
        self.socket.listen(16).unwrap()
    }
}
