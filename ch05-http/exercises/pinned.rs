//! Pinned.
//!
//! A device was given its server's certificate when it was made. It asks no authority: it takes this one certificate,
//! a pin, and no other. `Pinned` compares all of it, byte by byte. And yet an impostor gets in.
//!
//! Let nobody in but the server.
//!
//! Hint: a certificate is no secret. Whoever ever connected has a copy of it. What does only its owner have, and where
//! in the handshake is that shown?

use std::io::{Read, Write};
use std::sync::Arc;

use ch05_http::tls::Identity;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, Connection, DigitallySignedStruct, Error,
    ServerConfig, ServerConnection, SignatureScheme, SupportedProtocolVersion, version,
};

#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if *shown != self.certificate {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // SOLUTION
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, shown, signed, algorithms)
        // START
        // let _ = (message, shown, signed);
        // Ok(HandshakeSignatureValid::assertion())
        // END
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // SOLUTION
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, shown, signed, algorithms)
        // START
        // let _ = (message, shown, signed);
        // Ok(HandshakeSignatureValid::assertion())
        // END
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

const NAME: &str = "device.test";

const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS12, &version::TLS13];

fn identity() -> Identity {
    Identity::self_signed(&[NAME]).expect("an identity")
}

/// A handshake of a device that knows `pin`, with a server that shows `shown` and has the key of `owner`. No socket is
/// wanted for it.
fn meet(
    pin: &Identity,
    shown: &Identity,
    owner: &Identity,
    version: &'static SupportedProtocolVersion,
) -> Result<(), Error> {
    let provider = Arc::new(ring::default_provider());
    let certificate = pin.chain[0].clone();
    let pinned = Arc::new(Pinned { certificate, provider: Arc::clone(&provider) });
    let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[version])?
        .dangerous()
        .with_custom_certificate_verifier(pinned)
        .with_no_client_auth();
    let key = provider.key_provider.load_private_key(owner.key.clone_key())?;
    let server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(
            shown.chain.clone(),
            key,
        ))));
    let name = ServerName::try_from(NAME).expect("a name");
    let mut client = Connection::from(ClientConnection::new(Arc::new(client), name)?);
    let mut server = Connection::from(ServerConnection::new(Arc::new(server))?);
    while client.is_handshaking() || server.is_handshaking() {
        carry(&mut client, &mut server);
        server.process_new_packets()?;
        carry(&mut server, &mut client);
        client.process_new_packets()?;
    }
    // One of them speaks, and is heard.
    server.writer().write_all(b"well met").expect("room for it");
    carry(&mut server, &mut client);
    client.process_new_packets()?;
    let mut heard = [0; 8];
    client.reader().read_exact(&mut heard).expect("all of it");
    assert_eq!(&heard, b"well met");
    Ok(())
}

fn carry(from: &mut Connection, to: &mut Connection) {
    let mut records = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut records).expect("a vector takes all");
    }
    let mut records = &records[..];
    while !records.is_empty() {
        to.read_tls(&mut records).expect("a slice gives all");
    }
}

#[test]
fn the_server_is_let_in() {
    let server = identity();
    for version in VERSIONS {
        assert_eq!(meet(&server, &server, &server, version), Ok(()), "{version:?}");
    }
}

#[test]
fn another_certificate_is_not_even_of_the_same_name() {
    let (server, other) = (identity(), identity());
    for version in VERSIONS {
        let refused = CertificateError::ApplicationVerificationFailure.into();
        assert_eq!(meet(&server, &other, &other, version), Err(refused), "{version:?}");
    }
}

#[test]
fn who_has_a_copy_of_the_certificate_is_not_its_owner() {
    let (server, impostor) = (identity(), identity());
    for version in VERSIONS {
        let refused = CertificateError::BadSignature.into();
        assert_eq!(meet(&server, &server, &impostor, version), Err(refused), "{version:?}");
    }
}
