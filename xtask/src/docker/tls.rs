//! TLS to an engine, with the files that the docker command line uses.

use std::io;
use std::sync::Arc;

use camino::Utf8Path;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::endpoint::Tls;

/// Why a protected connection did not come about.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct TlsFailure(String);

/// What listens is something else: the wrong port, or an engine without TLS.
pub(super) const NO_TLS: &str = "what listens there does not speak TLS";

/// Protects a connection. All that fails here is a [`TlsFailure`] inside.
pub(super) async fn wrap(stream: TcpStream, host: &str, files: &Tls) -> io::Result<TlsStream<TcpStream>> {
    let config = config(files).map_err(failure)?;
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failure(error.to_string()))?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| failure(words(&error)))
}

/// Why the two sides do not agree, if that is what this error says: in plain words, and in those of the library, which can be
/// looked up.
pub(super) fn explained(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let error = error.downcast_ref::<Error>()?;
    Some(match plain(error) {
        Some(plain) => format!("{plain} ({error})"),
        None => error.to_string(),
    })
}

fn words(error: &io::Error) -> String {
    let cause = error.get_ref().and_then(|cause| explained(cause));
    cause.unwrap_or_else(|| error.to_string())
}

fn plain(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the engine's certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the engine's certificate is not valid yet, or the clock of this machine is wrong"
            }
            CertificateError::UnknownIssuer => {
                "none of the authorities that are believed has signed the engine's certificate"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the engine's certificate is for another name than the one in the address"
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                "the engine's certificate is not one for servers: its extendedKeyUsage lacks serverAuth"
            }
            _ => return None,
        },
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the engine asks for a certificate of ours, and there is no cert.pem with a key.pem"
        }
        Error::AlertReceived(AlertDescription::CertificateExpired) => "our certificate, cert.pem, has expired",
        Error::AlertReceived(AlertDescription::UnknownCA) => {
            "the engine does not accept our certificate, cert.pem: another authority has signed it, or nobody who may"
        }
        // Engines before TLS 1.3 had an alert for it say this where there is none, too.
        Error::AlertReceived(AlertDescription::BadCertificate) => {
            "the engine asks for a certificate that its own authority has signed, and got no cert.pem, or another one"
        }
        Error::InvalidMessage(_) => NO_TLS,
        _ => return None,
    })
}

/// What is wrong with a file of PEM.
fn file_words(path: &Utf8Path, error: &pem::Error, what: &str) -> String {
    match error {
        pem::Error::NoItemsFound => format!("there is no {what} in {path}"),
        pem::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => format!("there is no {path}"),
        error => format!("{path}: {error}"),
    }
}

fn failure(cause: String) -> io::Error {
    io::Error::other(TlsFailure(cause))
}

fn config(files: &Tls) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let builder = match files.verifies {
        true => builder.with_root_certificates(roots(files.ca.as_deref())?),
        false => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))),
    };
    match &files.identity {
        None => Ok(builder.with_no_client_auth()),
        Some((cert, key)) => {
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| file_words(key, &error, "private key"))?;
            builder.with_client_auth_cert(certificates(cert)?, secret).map_err(|error| match error {
                Error::InconsistentKeys(_) => format!("{cert} and {key} do not belong together"),
                error => format!("{cert}: {error}"),
            })
        }
    }
}

/// The authorities that are believed: only those of the file, as with docker, or those of the system where none is named.
fn roots(ca: Option<&Utf8Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(path) = ca else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(roots)
}

fn certificates(path: &Utf8Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => Err(format!("there is no certificate in {path}")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(file_words(path, &error, "certificate")),
    }
}

/// Believes whoever answers, as `DOCKER_TLS` without `DOCKER_TLS_VERIFY` and a context with `SkipTLSVerify` ask for.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let supported = &self.0.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls12_signature(message, cert, dss, supported)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let supported = &self.0.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls13_signature(message, cert, dss, supported)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    fn told(files: &Tls, port: u16) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let connected = runtime.block_on(async {
            let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
            wrap(stream, "localhost", files).await.map(drop)
        });
        connected.expect_err("there is no TLS").to_string()
    }

    #[test]
    fn what_does_not_speak_tls_is_told_in_plain_words() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        });
        let told = told(&Tls { ca: None, identity: None, verifies: false }, port);
        answering.join().expect("it answers");
        assert!(told.starts_with(NO_TLS), "{told}");
    }

    #[test]
    fn what_a_file_lacks_is_told_in_plain_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| Utf8Path::from_path(folder.path()).expect("UTF-8").join(name);
        let (key, cert) = (path("key.pem"), path("cert.pem"));
        std::fs::write(&key, "no key").expect("written");
        std::fs::write(&cert, "no certificate").expect("written");
        let told =
            |ca: &str, identity| config(&Tls { ca: Some(path(ca)), identity, verifies: true }).expect_err("none");
        assert_eq!(told("ca.pem", None), format!("there is no {}", path("ca.pem")));
        assert_eq!(told("cert.pem", None), format!("there is no certificate in {cert}"));
        let identity = Some((cert, key.clone()));
        let told = config(&Tls { ca: None, identity, verifies: false }).expect_err("no key");
        assert_eq!(told, format!("there is no private key in {key}"));
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_in_plain_words() {
        let told = |error: Error| explained(&error).expect("one of TLS");
        assert_eq!(
            told(Error::InvalidCertificate(CertificateError::Expired)),
            "the engine's certificate has expired (invalid peer certificate: Expired)"
        );
        assert!(told(Error::AlertReceived(AlertDescription::CertificateRequired)).starts_with("the engine asks for"));
        assert_eq!(explained(&io::Error::other("something else")), None);
    }
}
