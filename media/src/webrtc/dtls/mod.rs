//! DTLS 1.2 by AWS-LC, for str0m's sessions.
//!
//! str0m's own DTLS knows ECDSA certificates only, and GStreamer makes an RSA one for each connection. AWS-LC, whose
//! ciphers the rest of str0m uses, takes both. [`aws_lc`] is all that speaks to the library, [`instance`] makes a
//! session of it that does no I/O, [`datagrams`] cuts what it writes.

mod aws_lc;
mod datagrams;
mod instance;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use parking_lot::Mutex;
use str0m::config::DtlsCert;
use str0m::crypto::dtls::{DtlsInstance, DtlsProvider, DtlsVersion};
use str0m::crypto::{CryptoError, CryptoProvider};

use self::aws_lc::{Connection, Context};
use self::instance::Instance;

/// The largest datagram that is written, in bytes, unless a session wants otherwise.
const MTU: usize = 1200;

/// str0m's cryptography with this DTLS.
pub fn crypto() -> Arc<CryptoProvider> {
    static CRYPTO: LazyLock<Arc<CryptoProvider>> =
        LazyLock::new(|| Arc::new(CryptoProvider { dtls_provider: &AwsLc, ..str0m::crypto::from_feature_flags() }));
    CRYPTO.clone()
}

#[derive(Debug)]
struct AwsLc;

impl DtlsProvider for AwsLc {
    /// A certificate for ECDSA with P-256, which every peer takes (RFC 8827, 6.5).
    fn generate_certificate(&self) -> Option<DtlsCert> {
        str0m::crypto::from_feature_flags().dtls_provider.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        if version != DtlsVersion::Dtls12 {
            return Err(CryptoError::Other(format!("{version} is not supported")));
        }
        let mtu = mtu.unwrap_or(MTU);
        let connection = context(certificate)
            .and_then(|context| Connection::new(&context, mtu))
            .map_err(|reason| CryptoError::Other(format!("DTLS cannot be set up: {reason}")))?;
        Ok(Box::new(Instance::new(connection, mtu, now)))
    }
}

/// What all sessions with this certificate share. A process has one certificate, so one is kept.
fn context(certificate: &DtlsCert) -> Result<Arc<Context>, String> {
    static LAST: Mutex<Option<(Vec<u8>, Arc<Context>)>> = Mutex::new(None);
    let mut last = LAST.lock();
    if let Some((der, context)) = &*last
        && *der == certificate.certificate
    {
        return Ok(context.clone());
    }
    let context = Arc::new(Context::new(&certificate.certificate, &certificate.private_key)?);
    *last = Some((certificate.certificate.clone(), context.clone()));
    Ok(context)
}
