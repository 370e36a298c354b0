//! The part of AWS-LC's libssl that DTLS-SRTP needs, in safe clothes.
//!
//! The library reads from and writes to memory, and it is told the time: nothing here does I/O or looks at a clock.

#![expect(unsafe_code, reason = "aws-lc-rs has no DTLS, so the C functions are called")]

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_long, c_uint};
use std::fmt;
use std::ptr::{self, NonNull};
use std::time::Duration;

use aws_lc_sys as ffi;

/// Forward secrecy and authenticated encryption, for certificates of both kinds.
const CIPHERS: &CStr = c"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
    ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
    ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
/// In the order that str0m prefers.
const SRTP_PROFILES: &CStr = c"SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
/// RFC 5764, 4.2.
const SRTP_LABEL: &[u8] = b"EXTRACTOR-dtls_srtp";
/// The longest certificate message that is taken, in bytes. What GStreamer and browsers send has less than one thousand.
const LONGEST_CERTIFICATE: usize = 1 << 14;
/// Before a flight is first sent again, in milliseconds. RFC 6347 has a second, for paths of which nothing is known; here
/// ICE has just been through.
const FIRST_TIMEOUT: c_uint = 250;

/// What sessions with the same certificate share.
pub(super) struct Context(NonNull<ffi::SSL_CTX>);

// SAFETY: the library counts references to an SSL_CTX atomically and does not change one that has been set up.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Context {
    /// Both in DER; the key may be of any kind that the library knows.
    pub(super) fn new(certificate: &[u8], key: &[u8]) -> Result<Self, String> {
        // SAFETY: the method is static; null is handled.
        let context = unsafe { ffi::SSL_CTX_new(ffi::DTLS_with_buffers_method()) };
        let context = Self(NonNull::new(context).ok_or_else(reason)?);
        let raw = context.0.as_ptr();
        let key_length = c_long::try_from(key.len()).map_err(|_| "the key is too long")?;
        // SAFETY: `raw` is valid and not shared yet; the slices outlive the calls that copy them; the strings end in
        // zero; what is made here is freed here, the library holds references of its own.
        let complete = unsafe {
            let mut key = key.as_ptr();
            let key = ffi::d2i_AutoPrivateKey(ptr::null_mut(), &raw mut key, key_length);
            let certificate = ffi::CRYPTO_BUFFER_new(certificate.as_ptr(), certificate.len(), ptr::null_mut());
            let complete = !key.is_null()
                && !certificate.is_null()
                && ffi::SSL_CTX_set_chain_and_key(raw, &raw const certificate, 1, key, ptr::null()) == 1
                && ffi::SSL_CTX_set_min_proto_version(raw, ffi::DTLS1_2_VERSION as u16) == 1
                && ffi::SSL_CTX_set_max_proto_version(raw, ffi::DTLS1_2_VERSION as u16) == 1
                && ffi::SSL_CTX_set_strict_cipher_list(raw, CIPHERS.as_ptr()) == 1
                && ffi::SSL_CTX_set_srtp_profiles(raw, SRTP_PROFILES.as_ptr()) == 1;
            ffi::CRYPTO_BUFFER_free(certificate);
            ffi::EVP_PKEY_free(key);
            // A session is never resumed.
            ffi::SSL_CTX_set_session_cache_mode(raw, ffi::SSL_SESS_CACHE_OFF);
            ffi::SSL_CTX_set_max_cert_list(raw, LONGEST_CERTIFICATE);
            ffi::SSL_CTX_set_options(raw, (ffi::SSL_OP_NO_TICKET | ffi::SSL_OP_NO_QUERY_MTU) as u32);
            let mode = ffi::SSL_VERIFY_PEER | ffi::SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
            ffi::SSL_CTX_set_custom_verify(raw, mode, Some(accept_certificate));
            ffi::SSL_CTX_set_current_time_cb(raw, Some(read_clock));
            complete
        };
        if complete { Ok(context) } else { Err(reason()) }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: this reference is ours.
        unsafe { ffi::SSL_CTX_free(self.0.as_ptr()) };
    }
}

/// What a read finds.
pub(super) enum Read {
    Data(usize),
    Nothing,
    /// The peer has closed the connection.
    Closed,
}

/// One end of a DTLS connection. `clock` is the time since some moment before the connection.
pub(super) struct Connection {
    ssl: NonNull<ffi::SSL>,
    /// Owned by `ssl`, as is `outgoing`.
    incoming: NonNull<ffi::BIO>,
    outgoing: NonNull<ffi::BIO>,
}

// SAFETY: an SSL may be used by one thread after another.
unsafe impl Send for Connection {}
// SAFETY: nothing can be done with a shared reference.
unsafe impl Sync for Connection {}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}

impl Connection {
    pub(super) fn new(context: &Context, mtu: usize) -> Result<Self, String> {
        // SAFETY: the context is valid, and the new SSL keeps a reference to it.
        let ssl = NonNull::new(unsafe { ffi::SSL_new(context.0.as_ptr()) }).ok_or_else(reason)?;
        // SAFETY: the methods are static, freeing null does nothing, and the SSL is ours; it takes over the BIOs.
        unsafe {
            let incoming = ffi::BIO_new(ffi::BIO_s_mem());
            let outgoing = ffi::BIO_new(ffi::BIO_s_mem());
            let (Some(incoming), Some(outgoing)) = (NonNull::new(incoming), NonNull::new(outgoing)) else {
                ffi::BIO_free(incoming);
                ffi::BIO_free(outgoing);
                ffi::SSL_free(ssl.as_ptr());
                return Err(reason());
            };
            ffi::SSL_set_bio(ssl.as_ptr(), incoming.as_ptr(), outgoing.as_ptr());
            let connection = Self { ssl, incoming, outgoing };
            if ffi::SSL_set_mtu(ssl.as_ptr(), c_uint::try_from(mtu).unwrap_or(c_uint::MAX)) != 1 {
                return Err(reason());
            }
            ffi::DTLSv1_set_initial_timeout_duration(ssl.as_ptr(), FIRST_TIMEOUT);
            // After the handshake, its settings are let go of.
            ffi::SSL_set_shed_handshake_config(ssl.as_ptr(), 1);
            Ok(connection)
        }
    }

    /// Chooses the side, before the handshake begins.
    pub(super) fn set_client(&mut self, client: bool) {
        // SAFETY: the SSL is valid.
        unsafe {
            if client {
                ffi::SSL_set_connect_state(self.ssl.as_ptr());
            } else {
                ffi::SSL_set_accept_state(self.ssl.as_ptr());
            }
        }
    }

    /// Hands in a datagram for the next [`handshake`](Self::handshake) or [`read`](Self::read). What they left of the one
    /// before is dropped.
    pub(super) fn receive(&mut self, datagram: &[u8]) {
        let length = c_int::try_from(datagram.len()).unwrap_or(c_int::MAX);
        // SAFETY: the BIO is valid as long as the SSL, and copies at most the datagram.
        unsafe {
            ffi::BIO_reset(self.incoming.as_ptr());
            if length > 0 {
                ffi::BIO_write(self.incoming.as_ptr(), datagram.as_ptr().cast(), length);
            }
        }
    }

    /// The records written since the last call, one behind the other.
    pub(super) fn take_output(&mut self) -> Vec<u8> {
        let (mut data, mut length) = (ptr::null(), 0);
        // SAFETY: the BIO is valid as long as the SSL; its contents are copied before it changes.
        unsafe {
            let known = ffi::BIO_mem_contents(self.outgoing.as_ptr(), &raw mut data, &raw mut length) == 1;
            if !known || data.is_null() || length == 0 {
                return Vec::new();
            }
            let output = std::slice::from_raw_parts(data, length).to_vec();
            ffi::BIO_reset(self.outgoing.as_ptr());
            output
        }
    }

    /// Goes on with the handshake. Returns whether it is complete.
    pub(super) fn handshake(&mut self, clock: Duration) -> Result<bool, String> {
        CLOCK.set(clock);
        // SAFETY: the SSL is valid.
        let (result, error) = unsafe {
            let result = ffi::SSL_do_handshake(self.ssl.as_ptr());
            (result, ffi::SSL_get_error(self.ssl.as_ptr(), result))
        };
        match (result, error) {
            (1, _) => Ok(true),
            (_, ffi::SSL_ERROR_WANT_READ) => Ok(false),
            _ => Err(reason()),
        }
    }

    /// Reads one datagram of the peer's application.
    pub(super) fn read(&mut self, clock: Duration, buffer: &mut [u8]) -> Result<Read, String> {
        CLOCK.set(clock);
        let length = c_int::try_from(buffer.len()).unwrap_or(c_int::MAX);
        // SAFETY: the SSL is valid and writes at most `length` bytes.
        let (result, error) = unsafe {
            let result = ffi::SSL_read(self.ssl.as_ptr(), buffer.as_mut_ptr().cast(), length);
            (result, ffi::SSL_get_error(self.ssl.as_ptr(), result))
        };
        match (usize::try_from(result), error) {
            (Ok(length @ 1..), _) => Ok(Read::Data(length)),
            (_, ffi::SSL_ERROR_WANT_READ) => Ok(Read::Nothing),
            (_, ffi::SSL_ERROR_ZERO_RETURN) => Ok(Read::Closed),
            _ => Err(reason()),
        }
    }

    /// Writes one datagram of the application.
    pub(super) fn write(&mut self, data: &[u8]) -> Result<(), String> {
        let length = c_int::try_from(data.len()).map_err(|_| "too long")?;
        // SAFETY: the SSL is valid and reads `length` bytes.
        let result = unsafe { ffi::SSL_write(self.ssl.as_ptr(), data.as_ptr().cast(), length) };
        if result == length { Ok(()) } else { Err(reason()) }
    }

    /// Says goodbye to the peer.
    pub(super) fn shut_down(&mut self) {
        // SAFETY: the SSL is valid.
        unsafe { ffi::SSL_shutdown(self.ssl.as_ptr()) };
    }

    /// How long until [`retransmit`](Self::retransmit) is due, if the peer has to answer.
    pub(super) fn timeout(&mut self, clock: Duration) -> Option<Duration> {
        CLOCK.set(clock);
        let mut left = ffi::timeval { tv_sec: 0, tv_usec: 0 };
        // SAFETY: the SSL is valid, and so is the place for the answer.
        let waits = unsafe { ffi::DTLSv1_get_timeout(self.ssl.as_ptr(), &raw mut left) } == 1;
        let seconds = u64::try_from(left.tv_sec).unwrap_or(0);
        let micros = u64::try_from(left.tv_usec).unwrap_or(0);
        waits.then(|| Duration::from_secs(seconds) + Duration::from_micros(micros))
    }

    /// Sends the last flight again if it is time to. Fails when that has been done often enough.
    pub(super) fn retransmit(&mut self, clock: Duration) -> Result<(), String> {
        CLOCK.set(clock);
        // SAFETY: the SSL is valid.
        let result = unsafe { ffi::DTLSv1_handle_timeout(self.ssl.as_ptr()) };
        if result >= 0 { Ok(()) } else { Err(reason()) }
    }

    /// The certificate that the peer has proven to have the key of, in DER. None before the handshake is complete.
    pub(super) fn peer_certificate(&mut self) -> Option<Vec<u8>> {
        // SAFETY: the SSL is valid; the chain and what is in it are the SSL's and are copied before it changes.
        unsafe {
            let chain = ffi::SSL_get0_peer_certificates(self.ssl.as_ptr());
            if chain.is_null() {
                return None;
            }
            let leaf: *const ffi::CRYPTO_BUFFER = ffi::OPENSSL_sk_value(chain.cast(), 0).cast();
            if leaf.is_null() {
                return None;
            }
            let (data, length) = (ffi::CRYPTO_BUFFER_data(leaf), ffi::CRYPTO_BUFFER_len(leaf));
            Some(std::slice::from_raw_parts(data, length).to_vec())
        }
    }

    /// The number of the SRTP protection profile agreed on (RFC 5764, 4.1.2).
    pub(super) fn srtp_profile(&mut self) -> Option<u16> {
        // SAFETY: the SSL is valid; the profile is null or static.
        let profile = unsafe { ffi::SSL_get_selected_srtp_profile(self.ssl.as_ptr()).as_ref() };
        u16::try_from(profile?.id).ok()
    }

    /// The keys and salts for SRTP, `length` bytes in all (RFC 5764, 4.2).
    pub(super) fn srtp_keys(&mut self, length: usize) -> Result<Vec<u8>, String> {
        let mut keys = vec![0; length];
        // SAFETY: the SSL is valid and writes `length` bytes; there is no context.
        let result = unsafe {
            ffi::SSL_export_keying_material(
                self.ssl.as_ptr(),
                keys.as_mut_ptr(),
                length,
                SRTP_LABEL.as_ptr().cast(),
                SRTP_LABEL.len(),
                ptr::null(),
                0,
                0,
            )
        };
        if result == 1 { Ok(keys) } else { Err(reason()) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the SSL is ours; it frees the BIOs.
        unsafe { ffi::SSL_free(self.ssl.as_ptr()) };
    }
}

thread_local! {
    /// What the library takes for the time, in calls by this thread.
    static CLOCK: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

unsafe extern "C" fn read_clock(_: *const ffi::SSL, out: *mut ffi::timeval) {
    let now = CLOCK.get();
    // SAFETY: the library hands in a place of its own.
    unsafe { *out = ffi::timeval { tv_sec: now.as_secs() as _, tv_usec: now.subsec_micros().into() } };
}

/// Every certificate will do here: whose it is, the fingerprint in the peer's SDP says, and str0m compares it.
unsafe extern "C" fn accept_certificate(_: *mut ffi::SSL, _: *mut u8) -> ffi::ssl_verify_result_t {
    ffi::ssl_verify_result_t_ssl_verify_ok
}

/// What the library says of its last failure.
fn reason() -> String {
    // SAFETY: reads this thread's errors; the text is null or static and ends in zero.
    unsafe {
        let text = ffi::ERR_reason_error_string(ffi::ERR_peek_last_error());
        if text.is_null() { "unknown".to_owned() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
    }
}
