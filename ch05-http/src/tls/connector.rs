//! https for a session.

use std::fmt;
use std::sync::Arc;

use rustls::ClientConfig;

use super::stream;
use crate::client::connect::{Connect, Connecting, Stream, Tcp};
use crate::client::{Origin, Scheme};

/// Streams over TLS for https, and plain ones for http.
#[derive(Clone)]
pub struct Connector {
    config: Arc<ClientConfig>,
}

impl Connector {
    /// One that trusts and speaks what this configuration says.
    #[must_use]
    pub fn new(config: Arc<ClientConfig>) -> Connector {
        Connector { config }
    }
}

impl Connect for Connector {
    fn connect(&self, origin: &Origin) -> Connecting {
        let (origin, config) = (origin.clone(), Arc::clone(&self.config));
        Box::pin(async move {
            let plain = Tcp::open(&origin).await?;
            let stream: Stream = match origin.scheme {
                Scheme::Http => Box::pin(plain),
                Scheme::Https => {
                    Box::pin(stream::connect(plain, config, origin.bare_host()).await?)
                }
            };
            Ok(stream)
        })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}
