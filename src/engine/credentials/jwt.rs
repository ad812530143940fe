//! JSON Web Tokens, signed with `ring`, which TLS brings along: a second crypto library would buy nothing but ES512.
//!
//! Must not know: network.

use std::path::Path;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Map, Value};

use super::{CredentialsFailure, Token};
use crate::request::{JwtAlgorithm, JwtSpec, Secret, SigningKey, base64_key};

/// No key file is larger.
const MOST_KEY_BYTES: u64 = 1 << 20;

/// A token signed now.
pub(super) async fn token(spec: &JwtSpec) -> Result<Token, CredentialsFailure> {
    let spec = spec.clone();
    // Reads a file, and RSA takes a millisecond.
    let signed = tokio::task::spawn_blocking(move || signed(&spec, SystemTime::now()));
    signed.await.unwrap_or_else(|error| Err(bad_key(error.to_string())))
}

fn bad_key(detail: impl Into<String>) -> CredentialsFailure {
    CredentialsFailure::Key { detail: detail.into() }
}

fn signed(spec: &JwtSpec, now: SystemTime) -> Result<Token, CredentialsFailure> {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut header = Map::new();
    header.insert("alg".to_owned(), spec.algorithm.name().into());
    header.insert("typ".to_owned(), "JWT".into());
    for (name, value) in object(&spec.header).into_iter().filter(|(name, _)| name != "alg") {
        header.insert(name, value);
    }
    let mut claims = object(spec.claims.reveal());
    if let Some(lifetime) = spec.lifetime {
        claims.entry("iat").or_insert(seconds.into());
        claims.entry("exp").or_insert(seconds.saturating_add(lifetime.as_secs().max(1)).into());
    }
    let end = claims.get("exp").and_then(Value::as_u64);
    let key = Key::read(spec.algorithm, &spec.key)?;
    let (header, claims) = (Value::Object(header).to_string(), Value::Object(claims).to_string());
    let token = key.token(spec.algorithm, header.as_bytes(), claims.as_bytes())?;
    Ok(Token::new(Secret::new(token), end.map(|end| Duration::from_secs(end.saturating_sub(seconds)))))
}

/// It was written from an object.
fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

/// The end of a token that is a JWT, as it says itself, in time from now.
pub(super) fn end_of(token: &str) -> Option<Duration> {
    let mut parts = token.split('.');
    let (_header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let end = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(claims.get("exp")?.as_u64()?))?;
    Some(end.duration_since(SystemTime::now()).unwrap_or_default())
}

/// A key that can sign.
enum Key {
    Shared(Vec<u8>),
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    fn read(algorithm: JwtAlgorithm, key: &SigningKey) -> Result<Self, CredentialsFailure> {
        let bytes = match key {
            SigningKey::Text(text) => text.reveal().as_bytes().to_vec(),
            SigningKey::Base64(text) => base64_key(text.reveal()).map_err(bad_key)?,
            SigningKey::File(path) => file(path)?,
        };
        if algorithm.is_shared_secret() {
            // Editors end a file with a newline, which nobody means.
            let newline = matches!(key, SigningKey::File(_)) && bytes.ends_with(b"\n");
            return Ok(Self::Shared(bytes[..bytes.len() - usize::from(newline)].to_vec()));
        }
        let name = algorithm.name();
        let private = PrivateKeyDer::from_pem_slice(&bytes)
            .map_err(|error| bad_key(format!("no private key in PEM form can be read ({error})")))?;
        let wrong = |wants: &str| bad_key(format!("{name} needs {wants} key, and this is none that can be used"));
        match algorithm {
            JwtAlgorithm::Es256 => {
                ecdsa(&private, &signature::ECDSA_P256_SHA256_FIXED_SIGNING, &P256).ok_or_else(|| wrong("a P-256"))
            }
            JwtAlgorithm::Es384 => {
                ecdsa(&private, &signature::ECDSA_P384_SHA384_FIXED_SIGNING, &P384).ok_or_else(|| wrong("a P-384"))
            }
            JwtAlgorithm::EdDsa => match &private {
                PrivateKeyDer::Pkcs8(key) => Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.secret_pkcs8_der()).ok(),
                _ => None,
            }
            .map(Self::Ed25519)
            .ok_or_else(|| wrong("an Ed25519")),
            _ => match &private {
                PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).ok(),
                PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()).ok(),
                _ => None,
            }
            .map(Self::Rsa)
            .ok_or_else(|| wrong("an RSA (2048 bits or more)")),
        }
    }

    /// Header and claims with their signature (RFC 7515, section 3.1).
    fn token(&self, algorithm: JwtAlgorithm, header: &[u8], claims: &[u8]) -> Result<String, CredentialsFailure> {
        let mut token = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.sign(algorithm, token.as_bytes()).ok_or_else(|| bad_key("the key does not sign"))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// `None` where key and algorithm do not belong together.
    fn sign(&self, algorithm: JwtAlgorithm, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Shared(secret) => {
                let algorithm = match algorithm {
                    JwtAlgorithm::Hs256 => hmac::HMAC_SHA256,
                    JwtAlgorithm::Hs384 => hmac::HMAC_SHA384,
                    JwtAlgorithm::Hs512 => hmac::HMAC_SHA512,
                    _ => return None,
                };
                Some(hmac::sign(&hmac::Key::new(algorithm, secret), message).as_ref().to_vec())
            }
            Self::Rsa(key) => {
                let padding: &dyn signature::RsaEncoding = match algorithm {
                    JwtAlgorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
                    JwtAlgorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
                    JwtAlgorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
                    JwtAlgorithm::Ps256 => &signature::RSA_PSS_SHA256,
                    JwtAlgorithm::Ps384 => &signature::RSA_PSS_SHA384,
                    JwtAlgorithm::Ps512 => &signature::RSA_PSS_SHA512,
                    _ => return None,
                };
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(padding, &random, message, &mut signature).ok()?;
                Some(signature)
            }
            Self::Ecdsa(key) => Some(key.sign(&random, message).ok()?.as_ref().to_vec()),
            Self::Ed25519(key) => Some(key.sign(message).as_ref().to_vec()),
        }
    }
}

fn file(path: &Path) -> Result<Vec<u8>, CredentialsFailure> {
    let unread = |detail: String| bad_key(format!("its file cannot be read: {detail}: {}", path.display()));
    let length = std::fs::metadata(path).map_err(|error| unread(error.to_string()))?.len();
    if length > MOST_KEY_BYTES {
        return Err(unread("it is too large for a key".to_owned()));
    }
    std::fs::read(path).map_err(|error| unread(error.to_string()))
}

/// `AlgorithmIdentifier` of a key on P-256.
const P256: [u8; 21] = [
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07,
];
/// The same on P-384.
const P384: [u8; 18] =
    [0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

/// A key on a curve. What openssl writes (`EC PRIVATE KEY`) is put into PKCS#8, the only form that `ring` reads.
fn ecdsa(key: &PrivateKeyDer<'_>, curve: &'static signature::EcdsaSigningAlgorithm, name: &[u8]) -> Option<Key> {
    let wrapped;
    let pkcs8 = match key {
        PrivateKeyDer::Pkcs8(key) => key.secret_pkcs8_der(),
        PrivateKeyDer::Sec1(key) => {
            let version = [0x02, 0x01, 0x00];
            wrapped = der(0x30, &[&version[..], name, &der(0x04, key.secret_sec1_der())].concat());
            &wrapped
        }
        _ => return None,
    };
    EcdsaKeyPair::from_pkcs8(curve, pkcs8, &SystemRandom::new()).ok().map(Key::Ecdsa)
}

/// A value of ASN.1 with its tag and length before it.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    let length = content.len();
    if length < 0x80 {
        bytes.push(length as u8);
    } else {
        let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
        bytes.push(0x80 | digits.len() as u8);
        bytes.extend(digits);
    }
    bytes.extend(content);
    bytes
}

#[cfg(test)]
mod tests;
