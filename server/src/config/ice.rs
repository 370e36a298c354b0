//! The STUN and TURN servers of the configuration.

use klieg_media::webrtc::{BadIceServer, IceServer, TurnLogin};

use super::{ConfigError, File, Flags};

/// The servers of `--ice-server` or `ice_server`, TURN servers with the login that all of them share.
pub(super) fn servers(flags: &Flags, file: &File) -> Result<Vec<IceServer>, ConfigError> {
    let urls =
        if flags.ice_server.is_empty() { file.ice_server.as_deref().unwrap_or_default() } else { &flags.ice_server };
    let login = login(flags, file);
    let server = |url: &String| {
        IceServer::new(url, login.as_ref()).map_err(|bad| ConfigError::Invalid {
            name: "--ice-server",
            value: url.clone(),
            reason: match bad {
                BadIceServer::NoLogin => "give turn_secret, or turn_username and turn_credential, in klieg.toml".into(),
                bad => bad.to_string(),
            },
        })
    };
    urls.iter().map(server).collect()
}

fn login(flags: &Flags, file: &File) -> Option<TurnLogin> {
    if let Some(secret) = flags.turn_secret.as_ref().or(file.turn_secret.as_ref()) {
        return Some(TurnLogin::Secret(secret.clone()));
    }
    let (username, credential) = (file.turn_username.clone()?, file.turn_credential.clone()?);
    Some(TurnLogin::Password { username, credential })
}
