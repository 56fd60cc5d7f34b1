//! What two sides agree to, and what they do not: `cargo run -p ch05-http --example tls_versions`.

use std::error::Error;
use std::sync::Arc;

use ch05_http::tls::{Authority, Identity, why};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, Connection, ProtocolVersion, ServerConfig,
    ServerConnection, SupportedProtocolVersion,
};

/// What one side offers.
struct Offer {
    versions: &'static [&'static SupportedProtocolVersion],
    /// The ciphers that are offered; all if none is named.
    ciphers: &'static [CipherSuite],
    protocols: &'static [&'static str],
}

const ONLY_12: &[&SupportedProtocolVersion] = &[&TLS12];

const ONLY_13: &[&SupportedProtocolVersion] = &[&TLS13];

const ALL: Offer =
    Offer { versions: &[&TLS12, &TLS13], ciphers: &[], protocols: &["h2", "http/1.1"] };

fn main() -> Result<(), Box<dyn Error>> {
    let authority = Authority::new("an authority for an example")?;
    let identity = authority.issue(&["server.test"])?;

    println!("-- agreed");
    let chacha = &[CipherSuite::TLS13_CHACHA20_POLY1305_SHA256];
    for (what, client, server, version, protocol) in [
        ("all offered", ALL, ALL, ProtocolVersion::TLSv1_3, Some("h2")),
        (
            "a client of TLS 1.2",
            Offer { versions: ONLY_12, ..ALL },
            ALL,
            ProtocolVersion::TLSv1_2,
            Some("h2"),
        ),
        (
            "a server of HTTP/1.1",
            ALL,
            Offer { protocols: &["http/1.1"], ..ALL },
            ProtocolVersion::TLSv1_3,
            Some("http/1.1"),
        ),
        (
            "a client without ALPN",
            Offer { protocols: &[], ..ALL },
            ALL,
            ProtocolVersion::TLSv1_3,
            None,
        ),
        (
            "a client of one cipher",
            Offer { ciphers: chacha, ..ALL },
            ALL,
            ProtocolVersion::TLSv1_3,
            Some("h2"),
        ),
    ] {
        let agreed = meet(&authority, &identity, &client, &server)?;
        let suite = agreed.negotiated_cipher_suite().ok_or("none was agreed to")?.suite();
        let alpn = agreed.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        println!(
            "   {what:<23} {:?}, {suite:?}, {}",
            agreed.protocol_version().ok_or("none was agreed to")?,
            alpn.as_deref().unwrap_or("no protocol named")
        );
        assert_eq!(agreed.protocol_version(), Some(version));
        assert_eq!(alpn.as_deref(), protocol);
        assert!(client.ciphers.is_empty() || client.ciphers.contains(&suite));
    }

    println!("-- not agreed");
    let aes = &[CipherSuite::TLS13_AES_128_GCM_SHA256];
    for (what, client, server) in [
        ("1.2 meets 1.3", Offer { versions: ONLY_12, ..ALL }, Offer { versions: ONLY_13, ..ALL }),
        (
            "no cipher in common",
            Offer { versions: ONLY_13, ciphers: chacha, ..ALL },
            Offer { versions: ONLY_13, ciphers: aes, ..ALL },
        ),
        (
            "no protocol in common",
            Offer { protocols: &["h2"], ..ALL },
            Offer { protocols: &["http/1.1"], ..ALL },
        ),
    ] {
        let refused = meet(&authority, &identity, &client, &server);
        let refused = refused.expect_err("nothing in common");
        println!("   {what:<23} {}", why(&refused));
        assert!(why(&refused).contains("in common"), "{refused}");
    }
    Ok(())
}

/// A handshake in memory between two offers; the client's side of what came of it, or the error of
/// the side that found it.
fn meet(
    authority: &Authority,
    identity: &Identity,
    client: &Offer,
    server: &Offer,
) -> Result<Connection, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(provider(client))
        .with_protocol_versions(client.versions)?
        .with_root_certificates(authority.roots())
        .with_no_client_auth();
    config.alpn_protocols = names(client);
    let name = ServerName::try_from("server.test").expect("a name");
    let mut client = Connection::from(ClientConnection::new(Arc::new(config), name)?);

    let Identity { chain, key } = identity.clone();
    let mut config = ServerConfig::builder_with_provider(provider(server))
        .with_protocol_versions(server.versions)?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = names(server);
    let mut server = Connection::from(ServerConnection::new(Arc::new(config))?);

    while client.is_handshaking() || server.is_handshaking() {
        carry(&mut client, &mut server)?;
        carry(&mut server, &mut client)?;
    }
    Ok(client)
}

fn provider(offer: &Offer) -> Arc<CryptoProvider> {
    let mut provider = ring::default_provider();
    let offered = |suite: CipherSuite| offer.ciphers.is_empty() || offer.ciphers.contains(&suite);
    provider.cipher_suites.retain(|suite| offered(suite.suite()));
    Arc::new(provider)
}

fn names(offer: &Offer) -> Vec<Vec<u8>> {
    offer.protocols.iter().map(|name| name.as_bytes().to_vec()).collect()
}

fn carry(from: &mut Connection, to: &mut Connection) -> Result<(), rustls::Error> {
    let mut records = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut records).expect("memory takes all");
    }
    let mut rest = &records[..];
    while !rest.is_empty() {
        to.read_tls(&mut rest).expect("memory gives all");
        to.process_new_packets()?;
    }
    Ok(())
}
