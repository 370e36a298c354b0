//! RTMP ingest: handshake, chunks, AMF0, FLV payloads and Enhanced RTMP's FourCC codecs.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::StartError;
use crate::hub::Hub;

/// Listens for encoders until `shutdown`; returns the address really bound.
pub async fn listen(
    address: SocketAddr,
    _hub: Arc<Hub>,
    _shutdown: CancellationToken,
) -> Result<SocketAddr, StartError> {
    Ok(address)
}
