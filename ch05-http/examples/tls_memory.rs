//! A handshake with no socket at all: `cargo run -p ch05-http --example tls_memory`.
//!
//! A TLS library need not know where its records come from. Here two of them talk, and what one
//! wants to send is carried to the other by hand: Python's `ssl.MemoryBIO`. So is every way of
//! waiting served by one library.

use std::error::Error;
use std::io::{Read, Write};
use std::sync::Arc;

use ch05_http::tls::{self, Authority};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, Connection, ServerConnection};

const SECRET: &[u8] = b"nobody on the way can read this";

fn main() -> Result<(), Box<dyn Error>> {
    let authority = Authority::new("an authority for an example")?;
    let client = tls::client_config(authority.roots(), &["http/1.1"])?;
    let server = tls::server_config(authority.issue(&["server.test"])?, &["http/1.1"])?;
    let name = ServerName::try_from("server.test")?;
    let mut client = Connection::from(ClientConnection::new(Arc::clone(&client), name.clone())?);
    let mut server = Connection::from(ServerConnection::new(server)?);

    println!("-- the handshake");
    let mut flights = 0;
    while client.is_handshaking() || server.is_handshaking() {
        let to_server = carry(&mut client, &mut server)?;
        show("client → server", &to_server);
        let to_client = carry(&mut server, &mut client)?;
        show("server → client", &to_client);
        flights += 1;
        assert!(flights < 5, "a handshake ends");
    }
    println!(
        "   agreed after {flights} round trips: {:?}, {:?}",
        client.protocol_version().expect("agreed"),
        client.negotiated_cipher_suite().expect("agreed").suite()
    );

    println!("-- a message of {} bytes", SECRET.len());
    client.writer().write_all(SECRET)?;
    let records = carry(&mut client, &mut server)?;
    show("client → server", &records);
    assert!(!records.windows(SECRET.len()).any(|seen| seen == SECRET), "it went in the clear");
    let mut heard = vec![0; SECRET.len()];
    server.reader().read_exact(&mut heard)?;
    assert_eq!(heard, SECRET);
    println!("   the server reads {:?}", String::from_utf8(heard)?);

    println!("-- a record with one bit changed");
    client.writer().write_all(SECRET)?;
    let mut records = Vec::new();
    client.write_tls(&mut records)?;
    *records.last_mut().expect("a record") ^= 1;
    server.read_tls(&mut &records[..])?;
    let error = server.process_new_packets().expect_err("somebody has touched it");
    println!("   the server: {error}");

    println!("-- the end, said and not said");
    for says in [true, false] {
        let mut client =
            Connection::from(ClientConnection::new(client_config(&authority)?, name.clone())?);
        let config = tls::server_config(authority.issue(&["server.test"])?, &[])?;
        let mut server = Connection::from(ServerConnection::new(config)?);
        while client.is_handshaking() || server.is_handshaking() {
            carry(&mut client, &mut server)?;
            carry(&mut server, &mut client)?;
        }
        if says {
            client.send_close_notify();
            carry(&mut client, &mut server)?;
        } else {
            // What a read of 0 bytes from a socket would tell it.
            server.read_tls(&mut std::io::empty())?;
        }
        let end = server.reader().read(&mut [0; 1]);
        println!("   {}: {end:?}", if says { "close_notify" } else { "nothing said" });
        assert_eq!(end.is_ok(), says, "one is an end, the other a cut");
    }
    Ok(())
}

fn client_config(authority: &Authority) -> Result<Arc<rustls::ClientConfig>, rustls::Error> {
    tls::client_config(authority.roots(), &[])
}

// ANCHOR: carry
/// Carries what one side has to say to the other. The bytes, for whoever wants to look.
fn carry(from: &mut Connection, to: &mut Connection) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut records = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut records)?;
    }
    let mut rest = &records[..];
    while !rest.is_empty() {
        to.read_tls(&mut rest)?;
        to.process_new_packets()?;
    }
    Ok(records)
}
// ANCHOR_END: carry

/// Names the records: the first byte of each says its kind, two behind the version its length
/// (RFC 8446, section 5.1).
fn show(way: &str, mut records: &[u8]) {
    let total = records.len();
    let mut kinds = Vec::new();
    while let [kind, _, _, high, low, rest @ ..] = records {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        let kind = match kind {
            20 => "change cipher",
            21 => "alert",
            22 => "handshake",
            23 => "sealed",
            _ => "unknown",
        };
        kinds.push(format!("{kind} {len}"));
        records = rest.get(len..).unwrap_or_default();
    }
    println!("   {way}: {total:>4} bytes  [{}]", kinds.join(", "));
}
