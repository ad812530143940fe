//! One POST of a form to a token server, over HTTP/1.1.
//!
//! Must not know: OAuth 2.

use std::time::Duration;

use ::http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, USER_AGENT};
use ::http::{HeaderValue, Request, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::engine::connect::{Stream, open_stream};
use crate::request::{Address, ConnectionSpec, Protocol, Secret, TlsSpec};

/// No token is larger.
const MOST_BYTES: usize = 1 << 20;
/// How long a token server may take for its answer.
const ANSWER: Duration = Duration::from_secs(30);

/// What a server answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// Posts a form; `like` is the connection whose timeout, proxy and roots hold here too.
///
/// # Errors
///
/// Why there is no answer, in words.
pub(super) async fn post(
    url: &str,
    authorization: Option<&Secret>,
    form: String,
    like: &ConnectionSpec,
) -> Result<Answer, String> {
    let uri: Uri = url.parse().map_err(|error| format!("the URL is none: {error}"))?;
    let stream = open_stream(&way(&uri, like)).await.map_err(|cause| cause.to_string())?;
    let answer = timeout(ANSWER, exchange(stream, &uri, authorization, form));
    answer.await.map_err(|_late| format!("it did not answer within {} s", ANSWER.as_secs()))?
}

/// The way to a token server. Client certificates and server names are those of the gRPC server, and stay with it.
fn way(uri: &Uri, like: &ConnectionSpec) -> ConnectionSpec {
    let is_tls = uri.scheme_str() == Some("https");
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let ca = like.tls.as_ref().and_then(|tls| tls.ca.clone());
    ConnectionSpec {
        addresses: vec![Address::Tcp { host, port }],
        tls: is_tls.then(|| TlsSpec { ca, ..TlsSpec::default() }),
        authority: None,
        connect_timeout: like.connect_timeout,
        proxy: like.proxy.clone(),
        keepalive: None,
        windows: like.windows,
        protocol: Protocol::Grpc,
    }
}

async fn exchange(stream: Stream, uri: &Uri, authorization: Option<&Secret>, form: String) -> Result<Answer, String> {
    let (mut send, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    // Whoever puts a name and a password into a URL does not want them in the Host header.
    let host = authority.rsplit('@').next().unwrap_or_default();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path)
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(CONTENT_LENGTH, form.len())
        .header(USER_AGENT, concat!("trunkline/", env!("CARGO_PKG_VERSION")));
    if let Some(authorization) = authorization {
        let mut value = HeaderValue::from_str(authorization.reveal()).map_err(|error| error.to_string())?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let request = request.body(Full::new(Bytes::from(form))).map_err(|error| error.to_string())?;
    let answered = async {
        let response = send.send_request(request).await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MOST_BYTES).collect().await.map_err(|error| error.to_string())?;
        Ok(Answer { status, body: body.to_bytes() })
    };
    tokio::pin!(answered);
    tokio::select! {
        answer = &mut answered => answer,
        // The answer may be whole when the connection ends, well or not: some servers close TLS without a word.
        ended = connection => match (answered.await, ended) {
            (Err(_), Err(error)) => Err(error.to_string()),
            (answer, _) => answer,
        },
    }
}
