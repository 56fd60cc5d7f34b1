//! Certificates made on the spot.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Certificates are valid from this long ago: clocks differ.
const SKEW: Duration = Duration::from_secs(60 * 60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An authority of our own: a key, and a certificate that says whose it is. Whoever trusts it
/// trusts what it signs.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What a server shows: its certificate, and that it has the key to it.
#[derive(Debug)]
pub struct Identity {
    /// Its own certificate first, then those that lead to an authority.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key of the first one.
    pub key: PrivateKeyDer<'static>,
}

impl Authority {
    /// A new authority, of this name.
    ///
    /// # Errors
    ///
    /// When no key can be made.
    pub fn new(name: &str) -> Result<Authority, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, name);
        // For what it signs, and for nothing behind that.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Authority { issuer })
    }

    /// Trust in this authority, and in no other.
    #[must_use]
    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        let added = roots.add(self.certificate());
        debug_assert!(added.is_ok(), "our own certificate is one");
        roots
    }

    /// Its own certificate, for those who are to trust it.
    #[must_use]
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    /// The same as text (RFC 7468), as other programs want it.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server's identity for these names and addresses, valid for a day.
    ///
    /// # Errors
    ///
    /// When a name is none.
    pub fn issue(&self, names: &[&str]) -> Result<Identity, rcgen::Error> {
        self.issue_for(names, SystemTime::now() - SKEW, SystemTime::now() + DAY)
    }

    /// One that was valid until yesterday.
    ///
    /// # Errors
    ///
    /// As [`issue`](Authority::issue).
    pub fn issue_expired(&self, names: &[&str]) -> Result<Identity, rcgen::Error> {
        let yesterday = SystemTime::now() - DAY;
        self.issue_for(names, yesterday - DAY, yesterday)
    }

    /// One that will be valid from tomorrow.
    ///
    /// # Errors
    ///
    /// As [`issue`](Authority::issue).
    pub fn issue_too_early(&self, names: &[&str]) -> Result<Identity, rcgen::Error> {
        let tomorrow = SystemTime::now() + DAY;
        self.issue_for(names, tomorrow, tomorrow + DAY)
    }

    fn issue_for(
        &self,
        names: &[&str],
        from: SystemTime,
        to: SystemTime,
    ) -> Result<Identity, rcgen::Error> {
        let key = KeyPair::generate()?;
        let certificate = params(names, from, to)?.signed_by(&key, &self.issuer)?;
        Ok(Identity::new(certificate.der().clone(), &key))
    }
}

impl Identity {
    fn new(certificate: CertificateDer<'static>, key: &KeyPair) -> Identity {
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        Identity { chain: vec![certificate], key: key.into() }
    }

    /// One that nobody but itself vouches for.
    ///
    /// # Errors
    ///
    /// When a name is none.
    pub fn self_signed(names: &[&str]) -> Result<Identity, rcgen::Error> {
        let key = KeyPair::generate()?;
        let params = params(names, SystemTime::now() - SKEW, SystemTime::now() + DAY)?;
        let certificate = params.self_signed(&key)?;
        Ok(Identity::new(certificate.der().clone(), &key))
    }
}

impl Clone for Identity {
    fn clone(&self) -> Identity {
        Identity { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

/// What a server's certificate says.
fn params(
    names: &[&str],
    from: SystemTime,
    to: SystemTime,
) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "a server of this book");
    params.not_before = from.into();
    params.not_after = to.into();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}
