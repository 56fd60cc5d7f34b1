//! What both sides agree to.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, Error, RootCertStore, ServerConfig};

use super::authority::Identity;

/// A client that trusts these authorities and speaks these protocols, by its own preference (ALPN,
/// RFC 7301), over TLS 1.2 or 1.3. Sessions are kept for resumption: share the configuration.
///
/// The provider of the cryptography is named, and not looked for in a global: two crates of one
/// program could each have set another one.
///
/// # Errors
///
/// None, as long as the provider has the versions that rustls thinks are safe.
pub fn client_config(roots: RootCertStore, protocols: &[&str]) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = names(protocols);
    Ok(Arc::new(config))
}

/// A server of this identity that speaks these protocols.
///
/// # Errors
///
/// When the key is not that of the certificate.
pub fn server_config(identity: Identity, protocols: &[&str]) -> Result<Arc<ServerConfig>, Error> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(identity.chain, identity.key)?;
    config.alpn_protocols = names(protocols);
    Ok(Arc::new(config))
}

fn names(protocols: &[&str]) -> Vec<Vec<u8>> {
    protocols.iter().map(|name| name.as_bytes().to_vec()).collect()
}
