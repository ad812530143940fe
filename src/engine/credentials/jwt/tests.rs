//! Signatures held to the vectors of RFC 7515 (appendix A) and RFC 8037 (appendix A). The keys are theirs, in the forms
//! that programs write; only the one on P-384 is made up.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, UnparsedPublicKey};
use serde_json::Value;

use super::{Key, end_of, signed};
use crate::engine::credentials::CredentialsFailure;
use crate::request::{Entry, JwtAlgorithm, JwtSpec, Secret, SigningKey};

const RSA_PKCS1: &str = "\
-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0
l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL+yRT+SFd2lZS+pC
gNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf63kpaSHSX
ndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD
Zlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8
q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQABAoIBABKucaRpzQorw35S
bEUAVx8dYXUdZOlJcHtiWQ+dC6V8ljxAHj/PLyzTveyI5QO/xkObCyjIL303l2cf
UhPu2MFaJdjVzqACXuOrLot/eSFvxjvqVidTtAZExqFRJ9mylUVAoLvhowVWmC1O
n95fZCXxTUtxNEG1Xcc7m0rtzJKs45J+N/V9DP1edYH6USyPSWGp6wuA+KgHRnKK
Vf9GRx80JQY7nVNkL17eHoTWEwga+lwi0FEoW9Y7lDtWXYmKBWhUE+U8PGxlJf8f
40493HDw1WRQ/aSLoS4QTp3rn7gYgeHEvfJdkkf0UMhlknlo53M09EFPdadQ4TlU
bjqKc50CgYEA4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH/5IB3jw3bcxGn6QLvnE
tfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw/Py5PJdTJNPY8cQn7ouZ2KKDcmnPG
BY5t7yLc1QlQ5xHdwW1VhvKn+nXqhJTBgIPgtldC+KDV5z+y2XDwGUcCgYEAuQPE
fgmVtjL0Uyyx88GZFF1fOunH3+7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYs
p1ZSe7zFYHj7C6ul7TjeLQeZD/YwD66t62wDmpe/HlB+TnBA+njbglfIsRLtXlnD
zQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdcCgYAHAp9XcCSrn8wVkMVkKdb7
DOX4IKjzdahm+ctDAJN4O/y7OW5FKebvUjdAIt2GuoTZ71iTG+7F0F+lP88jtjP4
U4qe7VHoewl4MKOfXZKTe+YCS1XbNvfgwJ3Ltyl1OH9hWvu2yza7q+d5PCsDzqtm
27kxuvULVeya+TEdAB1ijQKBgQCH/3r6YrVH/uCWGy6bzV1nGNOdjKc9tmkfOJmN
54dxdixdpozCQ6U4OxZrsj3FcOhHBsqAHvX2uuYjagqvo3cOj1TRqNocX40omfCC
Mx3bD1yPPf/6TI2XECva/ggqEY2mYzmIiA5LVVmc5nrybr+lssFKneeyxN2Wq93S
0iJMdQKBgCGHewxzoa1r8ZMD0LETNrToK423K377UCYqXfg5XMclbrjPbEC3YI1Z
NqMtuhdBJqUnBi6tjKMF+34Xf0CUN8ncuXGO2CAYvO8PdyCixHX52ybaDjy1FtCE
6yUXjoKNXKvUm7MWGsAYH6f4IegOetN5NvmUMFStCSkh7ixZLkN1
-----END RSA PRIVATE KEY-----
";
const RSA_PKCS8: &str = "\
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO
jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL
aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn
juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5
ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf
toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg
VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW
PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G
O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj
kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6
XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB
4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K
pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr
0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE
lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6
kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP
rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw
kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp
5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2
9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/
evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG
yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj
OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2
tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3
ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56
03k2+ZQwVK0JKSHuLFkuQ3U=
-----END PRIVATE KEY-----
";
const P256_SEC1: &str = "\
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49
AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b
focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END EC PRIVATE KEY-----
";
const P256_PKCS8: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
";
const P384_SEC1: &str = "\
-----BEGIN EC PRIVATE KEY-----
MIGkAgEBBDABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJico
KSorLC0uLzCgBwYFK4EEACKhZANiAATHbyKD3alc1JsO2ecz0pBEdONyFvEk4T0s
mrTPAQIcSa2cq7PQuXSZrvLwqzE/oCgmvB+DRRtciWKnXK/3NYjUQApilkNhVPs0
PDk+kQSKbHvLrcg82KXyb+rogxVvkqE=
-----END EC PRIVATE KEY-----
";
const ED25519: &str = "\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

/// The claims of RFC 7515, appendix A.1.1.
const CLAIMS: &[u8] = b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

fn text(key: &str) -> SigningKey {
    SigningKey::Text(Secret::new(key))
}

fn key(algorithm: JwtAlgorithm, key: &str) -> Key {
    Key::read(algorithm, &text(key)).unwrap()
}

#[test]
fn hs256_of_rfc_7515_a1() {
    let shared = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let key = Key::read(JwtAlgorithm::Hs256, &SigningKey::Base64(Secret::new(shared))).unwrap();
    let token = key.token(JwtAlgorithm::Hs256, b"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}", CLAIMS).unwrap();
    let expected = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                    dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(token, expected);
}

#[test]
fn rs256_of_rfc_7515_a2() {
    let expected = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds\
                    9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRm\
                    B_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98r\
                    qVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    for pem in [RSA_PKCS1, RSA_PKCS8] {
        let token = key(JwtAlgorithm::Rs256, pem).token(JwtAlgorithm::Rs256, b"{\"alg\":\"RS256\"}", CLAIMS).unwrap();
        assert_eq!(token.rsplit('.').next().unwrap(), expected);
    }
}

#[test]
fn eddsa_of_rfc_8037_a4() {
    let (algorithm, payload) = (JwtAlgorithm::EdDsa, b"Example of Ed25519 signing");
    let token = key(algorithm, ED25519).token(algorithm, b"{\"alg\":\"EdDSA\"}", payload).unwrap();
    let expected = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
                    hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(token, expected);
}

/// These signatures have a random number in them: they are verified, as is the one of RFC 7515, appendix A.3.
#[test]
fn random_signatures_verify() {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let p256 = [
        &[4][..],
        &bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
        &bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
    ]
    .concat();
    let verify = |verifier: &'static dyn signature::VerificationAlgorithm, public: &[u8], token: &str| {
        let (message, signature) = token.rsplit_once('.').unwrap();
        UnparsedPublicKey::new(verifier, public).verify(message.as_bytes(), &bytes(signature)).unwrap();
    };
    let theirs = "eyJhbGciOiJFUzI1NiJ9.\
                  eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                  DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    verify(&signature::ECDSA_P256_SHA256_FIXED, &p256, theirs);
    let sign = |algorithm, pem| key(algorithm, pem).token(algorithm, b"{}", CLAIMS).unwrap();
    for pem in [P256_SEC1, P256_PKCS8] {
        verify(&signature::ECDSA_P256_SHA256_FIXED, &p256, &sign(JwtAlgorithm::Es256, pem));
    }
    let p384 = bytes(
        "BMdvIoPdqVzUmw7Z5zPSkER043IW8SThPSyatM8BAhxJrZyrs9C5dJmu8vCrMT-gKCa8H4NFG1yJYqdcr_c1iNRACmKWQ2FU-zQ8OT6RBIpse8utyDzYpfJv6uiDFW-SoQ",
    );
    verify(&signature::ECDSA_P384_SHA384_FIXED, &p384, &sign(JwtAlgorithm::Es384, P384_SEC1));
    let Key::Rsa(rsa) = key(JwtAlgorithm::Ps256, RSA_PKCS8) else { panic!() };
    let public = rsa.public().as_ref().to_vec();
    verify(&signature::RSA_PSS_2048_8192_SHA256, &public, &sign(JwtAlgorithm::Ps256, RSA_PKCS8));
    verify(&signature::RSA_PSS_2048_8192_SHA384, &public, &sign(JwtAlgorithm::Ps384, RSA_PKCS8));
    verify(&signature::RSA_PSS_2048_8192_SHA512, &public, &sign(JwtAlgorithm::Ps512, RSA_PKCS8));
    verify(&signature::RSA_PKCS1_2048_8192_SHA384, &public, &sign(JwtAlgorithm::Rs384, RSA_PKCS8));
    verify(&signature::RSA_PKCS1_2048_8192_SHA512, &public, &sign(JwtAlgorithm::Rs512, RSA_PKCS8));
}

#[test]
fn keys_that_do_not_fit() {
    let check = |algorithm, key: &SigningKey, part: &str| {
        let Err(CredentialsFailure::Key { detail }) = Key::read(algorithm, key) else { panic!("{part}") };
        assert!(detail.contains(part), "{detail}");
    };
    check(JwtAlgorithm::Rs256, &text(P256_PKCS8), "RS256 needs an RSA");
    check(JwtAlgorithm::Es256, &text(ED25519), "ES256 needs a P-256 key");
    check(JwtAlgorithm::Es256, &text(P384_SEC1), "ES256 needs a P-256 key");
    check(JwtAlgorithm::EdDsa, &text(RSA_PKCS1), "EdDSA needs an Ed25519 key");
    check(JwtAlgorithm::EdDsa, &text("-----BEGIN nothing"), "PEM");
    check(JwtAlgorithm::EdDsa, &SigningKey::File("nowhere.pem".into()), "nowhere.pem");
}

fn spec(claims: &str, lifetime: Option<u64>) -> JwtSpec {
    JwtSpec {
        algorithm: JwtAlgorithm::Hs512,
        key: text("k"),
        header: r#"{"kid":"1","alg":"none"}"#.to_owned(),
        claims: Secret::new(claims),
        lifetime: lifetime.map(Duration::from_secs),
        entry: Entry { name: "authorization".to_owned(), prefix: "Bearer".to_owned() },
    }
}

#[test]
fn times_are_added_where_they_are_absent() {
    let check = |claims: &str, lifetime: Option<u64>, expected: &str, length: Option<u64>| {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let token = signed(&spec(claims, lifetime), now).unwrap();
        let parts: Vec<_> = token.value.reveal().split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        assert_eq!(String::from_utf8_lossy(&parts[0]), r#"{"alg":"HS512","typ":"JWT","kid":"1"}"#);
        assert_eq!(String::from_utf8_lossy(&parts[1]), expected);
        assert_eq!(parts[2].len(), 64);
        assert_eq!(token.life.map(|life| life.length.as_secs()), length);
    };
    check("{}", None, "{}", None);
    check("{}", Some(60), r#"{"iat":1000,"exp":1060}"#, Some(60));
    check(r#"{"exp":1010}"#, Some(60), r#"{"exp":1010,"iat":1000}"#, Some(10));
    check(r#"{"exp":10}"#, None, r#"{"exp":10}"#, Some(0));
}

#[test]
fn tokens_tell_their_end() {
    let in_an_hour = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() + 3600;
    let token = |claims: &Value| format!("x.{}.y", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let left = end_of(&token(&serde_json::json!({ "exp": in_an_hour }))).unwrap();
    assert!(left > Duration::from_secs(3500) && left <= Duration::from_hours(1), "{left:?}");
    assert_eq!(end_of(&token(&serde_json::json!({ "exp": 1 }))), Some(Duration::ZERO));
    assert_eq!(end_of(&token(&serde_json::json!({}))), None);
    assert_eq!(end_of("ya29.opaque"), None);
    assert_eq!(end_of(&token(&serde_json::json!({ "exp": u64::MAX }))), None);
}
