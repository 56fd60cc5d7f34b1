//! What was wrong, in plain words.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

/// Why a handshake failed.
#[must_use]
pub fn why(error: &Error) -> &'static str {
    use CertificateError as Certificate;
    match error {
        Error::InvalidCertificate(wrong) => match wrong {
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "the certificate has expired"
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "the certificate is not valid yet"
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "the certificate is for another name"
            }
            Certificate::UnknownIssuer => "the certificate is signed by nobody we trust",
            Certificate::BadSignature => "the certificate's signature is wrong",
            Certificate::Revoked => "the certificate was revoked",
            Certificate::InvalidPurpose | Certificate::InvalidPurposeContext { .. } => {
                "the certificate is for another purpose"
            }
            _ => "the certificate is wrong",
        },
        Error::PeerIncompatible(_) => "the two sides have no version or cipher in common",
        Error::NoApplicationProtocol => "the two sides have no protocol in common",
        Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateExpired => "the other side says: certificate expired",
            AlertDescription::UnknownCA => "the other side says: unknown authority",
            AlertDescription::BadCertificate => "the other side says: bad certificate",
            AlertDescription::CertificateUnknown => "the other side says: certificate unknown",
            AlertDescription::HandshakeFailure => "the other side says: nothing in common",
            AlertDescription::ProtocolVersion => "the other side says: no such version",
            AlertDescription::NoApplicationProtocol => "the other side says: no such protocol",
            _ => "the other side broke off",
        },
        Error::InvalidMessage(_) | Error::PeerMisbehaved(_) | Error::DecryptError => {
            "what came is not TLS, or broken"
        }
        _ => "TLS failed",
    }
}

/// The same where it came wrapped in an [`io::Error`]. One that came of no handshake says what it
/// says itself.
#[must_use]
pub fn why_io(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    inner.map_or_else(|| error.to_string(), |error| why(error).to_owned())
}
