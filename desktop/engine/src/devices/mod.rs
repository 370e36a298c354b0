//! What is plugged in and which windows are open.

mod found;
mod watch;

pub use watch::DeviceWatch;
