//! The bus through NATS: core publish and subscribe, which is all that fan-out needs.
//!
//! One task writes to the connection. While NATS is away what is published is dropped, not kept: what comes late is of no use to a
//! show, and whoever missed something notices.

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info, warn};

use super::QUEUE;

/// Where NATS is: one or several URLs, separated by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Vec<ServerAddr>);

impl std::str::FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = |error: std::io::Error| format!("{error}; write it like nats://nats.example.org:4222");
        text.split(',').map(|url| url.trim().parse().map_err(invalid)).collect::<Result<_, _>>().map(Self)
    }
}

/// A connection to NATS, made again by itself whenever it is lost.
#[derive(Debug)]
pub struct Nats {
    client: Client,
    orders: mpsc::Sender<Order>,
}

#[derive(Debug)]
enum Order {
    Publish(String, Bytes),
    Subscribe(String, mpsc::Sender<Bytes>),
    Flush(oneshot::Sender<()>),
}

impl Nats {
    /// Begins to connect. A NATS that is not there yet is asked again until it is.
    pub async fn connect(address: &Address) -> Result<Self, async_nats::ConnectError> {
        let options = ConnectOptions::new()
            .name("klieg-server")
            .retry_on_initial_connect()
            .subscription_capacity(QUEUE)
            .event_callback(|event| async move { report(&event) });
        let client = options.connect(address.0.as_slice()).await?;
        let (orders, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(carry_out(client.clone(), receiver));
        Ok(Self { client, orders })
    }

    /// Whether there was room for it.
    pub(super) fn publish(&self, subject: String, payload: Bytes) -> bool {
        self.is_connected() && self.orders.try_send(Order::Publish(subject, payload)).is_ok()
    }

    pub(super) fn subscribe(&self, subject: String, sender: mpsc::Sender<Bytes>) {
        // If it does not fit, the sender is dropped, which ends the subscription.
        if self.orders.try_send(Order::Subscribe(subject, sender)).is_err() {
            metrics::counter!("klieg_bus_dropped_total").increment(1);
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    pub(super) async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.orders.send(Order::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

async fn carry_out(client: Client, mut orders: mpsc::Receiver<Order>) {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Publish(subject, payload) => {
                if let Err(error) = client.publish(subject, payload).await {
                    warn!(%error, "a message to other servers was not sent");
                }
            }
            Order::Subscribe(subject, sender) => match client.subscribe(subject).await {
                Ok(subscriber) => drop(tokio::spawn(hand_on(subscriber, sender))),
                Err(error) => error!(%error, "cannot listen to other servers"),
            },
            Order::Flush(done) => {
                let _ = client.flush().await;
                let _ = done.send(());
            }
        }
    }
}

/// Hands messages on until nobody wants them.
async fn hand_on(mut subscriber: async_nats::Subscriber, sender: mpsc::Sender<Bytes>) {
    loop {
        tokio::select! {
            () = sender.closed() => return,
            message = subscriber.next() => match message {
                Some(message) => {
                    if sender.try_send(message.payload).is_err() {
                        metrics::counter!("klieg_bus_dropped_total").increment(1);
                    }
                }
                None => return,
            },
        }
    }
}

fn report(event: &Event) {
    match event {
        Event::Connected => info!("connected to NATS"),
        Event::Disconnected => {
            warn!("the connection to NATS is lost; rooms of other servers are out of reach until it is back");
        }
        Event::SlowConsumer(_) => metrics::counter!("klieg_bus_dropped_total").increment(1),
        Event::ServerError(error) => error!(%error, "NATS refuses"),
        Event::ClientError(error) => warn!(%error, "NATS cannot be reached"),
        Event::LameDuckMode | Event::Draining | Event::Closed => {}
    }
}
