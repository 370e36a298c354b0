//! Secrets that the server makes: session tokens and stream keys.
//!
//! Each has 256 random bits, so its SHA-256 is kept instead of it: nobody can guess such a secret from its hash, and a
//! slow hash, needed for what people invent, would only slow down every request. Looking a secret up by its hash takes
//! the same time however much of it is right.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A secret just made. `Debug` does not show it.
pub struct Secret(String);

/// A secret's SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl Secret {
    /// A new secret that begins with `prefix`, by which people and scanners of leaked text recognise it.
    pub fn new(prefix: &str) -> Self {
        let random: [u8; 32] = rand::random();
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random)))
    }

    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }

    /// The last four characters, to tell secrets apart by.
    pub fn hint(&self) -> String {
        let start = self.0.len().saturating_sub(4);
        self.0.get(start..).unwrap_or_default().to_owned()
    }

    /// The secret itself, for the one answer that shows it.
    pub fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl SecretHash {
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
