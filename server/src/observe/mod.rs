//! What an operator sees: logs, metrics, health.

mod logs;
mod metrics;
mod routes;

pub use logs::start as start_logs;
pub use metrics::{count_request, install as install_metrics};
pub use routes::routes;
