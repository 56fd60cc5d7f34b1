//! Whom a URL asks.

use std::fmt;

use url::Url;

use super::error::Error;

/// How an origin is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

/// A scheme, a host and a port (RFC 9110, section 4.3.1): who shares a connection, and who may see
/// what was meant for whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// A name or an address, IPv6 ones in brackets.
    pub host: String,
    /// Where it listens.
    pub port: u16,
}

impl Origin {
    /// Whom this URL asks.
    ///
    /// # Errors
    ///
    /// When it is not of http or https, or names no host.
    pub fn of(url: &Url) -> Result<Origin, Error> {
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return Err(Error::Url(format!("{other} is not spoken here"))),
        };
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(Error::Url(format!("{url} names no host")));
        };
        Ok(Origin { scheme, host: host.to_owned(), port })
    }

    /// The host as a resolver wants it: without brackets.
    #[must_use]
    pub fn bare_host(&self) -> &str {
        self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host)
    }

    /// What the Host field says: the port only where it is not the scheme's own (RFC 9110,
    /// section 7.2).
    #[must_use]
    pub fn authority(&self) -> String {
        match (self.scheme, self.port) {
            (Scheme::Http, 80) | (Scheme::Https, 443) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// Reads a URL.
pub(super) fn parse(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|error| Error::Url(format!("{text}: {error}")))?;
    Origin::of(&url)?;
    Ok(url)
}

/// What is asked for there: the path and the query. A fragment is the client's own affair.
pub(super) fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_says_its_port_where_it_is_its_own() {
        for (url, authority, target_expected) in [
            ("http://a.test", "a.test", "/"),
            ("http://a.test:80/b?c#d", "a.test", "/b?c"),
            ("https://a.test:443", "a.test", "/"),
            ("https://a.test:80/", "a.test:80", "/"),
            ("http://[::1]:8080/", "[::1]:8080", "/"),
            ("http://A.Test/%2f ü", "a.test", "/%2f%20%C3%BC"),
        ] {
            let url = parse(url).expect("a URL");
            assert_eq!(Origin::of(&url).expect("an origin").authority(), authority);
            assert_eq!(target(&url), target_expected);
        }
    }

    #[test]
    fn what_is_not_http_is_refused() {
        for url in ["ftp://a.test", "file:///etc", "a.test", "http://", "mailto:me@a.test"] {
            parse(url).expect_err(url);
        }
    }
}
