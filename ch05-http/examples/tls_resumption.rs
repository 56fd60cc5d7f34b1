//! A handshake for someone who is known: `cargo run -p ch05-http --example tls_resumption`.
//!
//! After a handshake the server gives the client a ticket. With that, the next handshake needs no
//! certificate and no signature: whoever has the ticket was there before (RFC 8446, section 2.2).

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ch05_http::tls::{self, Authority};
use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, Connection, HandshakeKind, ServerConfig, ServerConnection,
};

/// Each kind so often, in turns, and then the median: a busy machine hits both.
const ROUNDS: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let authority = Authority::new("an authority for an example")?;
    let server = tls::server_config(authority.issue(&["server.test"])?, &[])?;
    // A client's memory is in its configuration: whoever shares one is known, a new one is not.
    let known = tls::client_config(authority.roots(), &[])?;
    let (kind, bytes, _) = handshake(&known, &server)?;
    println!("the first one:   {kind:?}, {bytes} bytes");
    assert_eq!(kind, HandshakeKind::Full);
    let (kind, bytes, _) = handshake(&known, &server)?;
    println!("the second one:  {kind:?}, {bytes} bytes");
    assert_eq!(kind, HandshakeKind::Resumed);
    let stranger = tls::client_config(authority.roots(), &[])?;
    let (kind, ..) = handshake(&stranger, &server)?;
    println!("by a stranger:   {kind:?}");
    assert_eq!(kind, HandshakeKind::Full);

    let (mut full, mut resumed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let stranger = tls::client_config(authority.roots(), &[])?;
        full.push(handshake(&stranger, &server)?.2);
        resumed.push(handshake(&known, &server)?.2);
    }
    let (full, resumed) = (median(full), median(resumed));
    println!("both sides' work, the median of {ROUNDS}: {full:?} full, {resumed:?} resumed");
    println!("  resumed: {:.2} of full", resumed.as_secs_f64() / full.as_secs_f64());
    Ok(())
}

/// One handshake in memory, and a word after it: tickets come behind the handshake. What kind it
/// was, how many bytes it took both ways, and how long.
fn handshake(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
) -> Result<(HandshakeKind, usize, Duration), Box<dyn Error>> {
    let start = Instant::now();
    let name = ServerName::try_from("server.test")?;
    let mut client = Connection::from(ClientConnection::new(Arc::clone(client), name)?);
    let mut server = Connection::from(ServerConnection::new(Arc::clone(server))?);
    let mut bytes = 0;
    while client.is_handshaking() || server.is_handshaking() {
        bytes += carry(&mut client, &mut server)? + carry(&mut server, &mut client)?;
    }
    let took = start.elapsed();
    carry(&mut server, &mut client)?;
    let kind = client.handshake_kind().ok_or("it is not over")?;
    assert_eq!(server.handshake_kind(), Some(kind), "both sides know");
    Ok((kind, bytes, took))
}

fn carry(from: &mut Connection, to: &mut Connection) -> Result<usize, Box<dyn Error>> {
    let mut records = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut records)?;
    }
    let mut rest = &records[..];
    while !rest.is_empty() {
        to.read_tls(&mut rest)?;
        to.process_new_packets()?;
    }
    Ok(records.len())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
